import { useState } from 'react'
import type { EvaluationResult, EvaluationRunDetails } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { FoundPassages } from './FoundPassages'
import { judgement } from './judgement'

/** Each question of a run with how it was judged; opened, what was found for it. */
export function ResultList({ workspace, run }: { workspace: string; run: EvaluationRunDetails }) {
  const [wrongOnly, setWrongOnly] = useState(false)
  const wrong = run.results.filter(({ correct }) => !correct)
  const listed = wrongOnly ? wrong : run.results
  return (
    <>
      {wrong.length > 0 && wrong.length < run.results.length && (
        <label className="mb-3 flex min-h-10 items-center gap-2 text-sm text-soft">
          <input type="checkbox" checked={wrongOnly} onChange={(event) => { setWrongOnly(event.target.checked) }} className="size-4 accent-accent" /> Only those judged wrong ({wrong.length})
        </label>
      )}
      <ol aria-label="Judged questions" className="divide-y divide-line rounded-xl border border-line bg-raised">
        {listed.map((result) => <li key={result.position}><Result workspace={workspace} run={run} result={result} /></li>)}
      </ol>
    </>
  )
}

interface ResultProps {
  workspace: string
  run: EvaluationRunDetails
  result: EvaluationResult
}

function Result({ workspace, run, result }: ResultProps) {
  const [open, setOpen] = useState(false)
  return (
    <details className="group" onToggle={(event) => { setOpen(event.currentTarget.open) }}>
      <summary className="flex list-none items-start gap-3 px-4 py-3 hover:bg-hover">
        <span className={`mt-0.5 ${result.correct ? 'text-soft' : 'text-danger'}`}><Icon name={result.correct ? 'check' : 'close'} /></span>
        <span className="min-w-0 flex-1">
          <span className="block text-sm font-medium break-words"><span className="sr-only">{result.correct ? 'Right: ' : 'Wrong: '}</span>{result.question}</span>
          <span className={`block text-xs ${result.correct ? 'text-faint' : 'text-danger'}`}>{judgement(result)}</span>
        </span>
        <span className="mt-0.5 text-faint transition group-open:rotate-180"><Icon name="down" /></span>
      </summary>
      {open && <FoundPassages workspace={workspace} run={run} result={result} />}
    </details>
  )
}
