import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { EvaluationSet } from '@/api/types'
import { modelsQuery } from '@/features/composer/api/models'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { ProblemNote } from '@/ui/ProblemNote'
import { price } from '@/ui/price'
import { estimateQuery } from '../api/evaluations'
import { useStart } from '../hooks/useStart'

interface AnswersDialogProps {
  workspace: string
  set: EvaluationSet
  onClose: () => void
}

/** Which model answers the set's questions, and what that costs: told before anything is asked of it. */
export function AnswersDialog({ workspace, set, onClose }: AnswersDialogProps) {
  const id = useId()
  const models = useQuery(modelsQuery)
  const [chosen, setChosen] = useState<string | null>(null)
  const listed = models.data?.data ?? []
  const model = chosen ?? (listed.find((one) => one.default) ?? listed[0])?.id ?? ''
  const estimate = useQuery(estimateQuery(workspace, set.id, model))
  const start = useStart(workspace, set.id)
  const fault = models.error ?? estimate.error
  return (
    <Dialog title="Run with answers" onClose={onClose}>
      <p className="text-sm text-soft">The model answers each question from what is found for it. Whether the answers hold the facts, and whether the passages bear out what they say, is judged here, without a model.</p>
      <label htmlFor={id} className="mt-4 block text-sm font-medium">Answered by</label>
      <select id={id} value={model} onChange={(event) => { setChosen(event.target.value) }} className="mt-1.5 h-10 w-full rounded-lg border border-edge bg-raised px-2 text-sm">
        {listed.map((one) => <option key={one.id} value={one.id}>{one.id}</option>)}
      </select>
      <p role="status" className="mt-3 min-h-5 text-sm text-soft">{estimate.data !== undefined && wordsFor(estimate.data)}</p>
      {fault !== null && <div className="mt-2"><ProblemNote problem={asProblem(fault)} /></div>}
      <div className="mt-4 flex gap-3">
        <Button look="primary" busy={start.isPending} disabled={estimate.data === undefined} onClick={() => { start.mutate(model) }}>Run it</Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </Dialog>
  )
}

interface Estimated {
  questions: number
  most_cost: { amount: number; currency: string } | null
}

export function wordsFor({ questions, most_cost: most }: Estimated): string {
  const count = questions === 1 ? '1 question' : `${questions.toLocaleString()} questions`
  if (most === null) return `${count}. Nobody has told what this model costs.`
  return most.amount === 0 ? `${count}, answered for nothing.` : `${count}, for about ${price(most)} at most.`
}
