import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/problem'
import type { Explanation } from '@/api/types'
import { KIND_NAMES } from '@/features/settings/components/kindNames'
import { Dialog } from '@/ui/Dialog'
import { ProblemNote } from '@/ui/ProblemNote'
import { explanationQuery } from '../api/explanation'
import { useCost } from '../hooks/useCost'
import { inOrder, stepName, took } from './explained'

const PART_NAMES: Record<string, string> = {
  system: 'What every model is told', instructions: 'This workspace’s instructions', summary: 'Notes of the conversation', passages: 'Passages of documents',
  placeholders: 'What placeholders are',
  user: 'Asked', assistant: 'Answered',
}

/** The prompt as the model saw it, and how the answer came about. */
export function ExplanationPanel({ messageId, onClose }: { messageId: string; onClose: () => void }) {
  const { data, error, isPending } = useQuery(explanationQuery(messageId))
  return (
    <Dialog title="Why this answer" onClose={onClose} wide>
      <p className="text-sm text-soft">What was sent to the model, with personal data in placeholders. That you looked is in the audit record.</p>
      {isPending && <p role="status" className="mt-4 text-sm text-faint">Loading…</p>}
      {error !== null && <div className="mt-4"><ProblemNote problem={asProblem(error)} /></div>}
      {data !== undefined && <Explained explanation={data} />}
    </Dialog>
  )
}

function Explained({ explanation }: { explanation: Explanation }) {
  const { parts, conversation, left_out: leftOut, passages, steps, attempts, warnings, replaced } = explanation
  const hidden = Object.entries(replaced)
  const costs = useCost(explanation.model, explanation.cost)
  return (
    <>
      <Part title="Model">
        <p>{[explanation.model, explanation.provider && `by ${explanation.provider}`, costs, tokens(explanation)].filter(Boolean).join(' · ')}</p>
        {explanation.chosen !== null && <p className="mt-1 text-soft">{`Chosen by Auto: the question’s difficulty is ${explanation.chosen.difficulty.toFixed(2)}, and the ${explanation.chosen.small ? 'small model answers below' : 'strong model answers from'} ${explanation.chosen.threshold.toFixed(2)}${explanation.chosen.small ? '' : ' on'}.`}</p>}
        {attempts.length > 1 && <ol className="mt-1 text-soft">{attempts.map((one, at) => <li key={at}>{one.provider}: {one.status === 'ok' ? 'answered' : one.status} after {took(one.milliseconds)}</li>)}</ol>}
      </Part>
      {warnings.length > 0 && <Part title="Had to do without"><p>{warnings.map((code) => code.replaceAll('_', ' ')).join(', ')}</p></Part>}
      <Part title="Sent">
        {[...parts, ...conversation].map((part, at) => (
          <details key={at} className="border-b border-line py-2 last:border-0" open={at === parts.length + conversation.length - 1}>
            <summary className="flex cursor-pointer justify-between gap-4"><span>{PART_NAMES[part.name] ?? part.name}</span><span className="shrink-0 text-faint">{part.tokens.toLocaleString()} tokens</span></summary>
            <pre className="mt-2 max-h-72 overflow-auto rounded-lg bg-wash px-3 py-2 font-mono text-xs whitespace-pre-wrap break-words" tabIndex={0}>{part.text}</pre>
          </details>
        ))}
        {leftOut > 0 && <p className="mt-2 text-faint">{leftOut} older messages were sent too, and are not kept here.</p>}
      </Part>
      {passages.length > 0 && (
        <Part title="Passages">
          {explanation.searched_for !== '' && <p className="mb-1 text-soft">Searched with: {explanation.searched_for}</p>}
          <ol>{passages.map((one) => <li key={one.chunk_id} className="flex justify-between gap-4"><span className="min-w-0 truncate">[{one.number}] {one.name}{one.page === null ? '' : `, page ${String(one.page)}`}</span><span className="shrink-0 text-faint">{one.score === 0 ? 'by words' : one.score.toFixed(2)}</span></li>)}</ol>
        </Part>
      )}
      {hidden.length > 0 && <Part title="Kept back"><p>{hidden.map(([kind, count]) => `${KIND_NAMES[kind] ?? kind}: ${String(count)}`).join(' · ')}</p></Part>}
      <Part title="Steps">
        <ol>{inOrder(steps).map((step) => <li key={step.name} className="flex justify-between gap-4"><span>{stepName(step.name)}{step.status === 'ok' ? '' : ` (${step.error_code ?? step.status})`}</span><span className="shrink-0 text-faint">{took(step.milliseconds)}</span></li>)}</ol>
      </Part>
    </>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-5 text-sm">
      <h3 className="mb-1 font-medium text-ink">{title}</h3>
      {children}
    </section>
  )
}

function tokens({ usage }: Explanation): string {
  const cached = usage.cached_prompt_tokens > 0 ? ` (${usage.cached_prompt_tokens.toLocaleString()} cached)` : ''
  return `${usage.prompt_tokens.toLocaleString()} tokens read${cached}, ${usage.completion_tokens.toLocaleString()} written`
}
