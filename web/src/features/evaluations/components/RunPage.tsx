import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import type { EvaluationRunDetails } from '@/api/types'
import { Section } from '@/features/settings/components/Section'
import { Button } from '@/ui/Button'
import { Icon } from '@/ui/Icon'
import { toast } from '@/ui/toast'
import { price } from '@/ui/price'
import { cancelRun, runQuery, setQuery } from '../api/evaluations'
import { EvaluationsFrame } from './EvaluationsFrame'
import { FigureList } from './FigureList'
import { Loaded } from './Loaded'
import { moment } from './moment'
import { PageHead } from './PageHead'
import { ResultList } from './ResultList'

/** One run: watched until it ends, then its figures beside those of the run before, and each question. */
export function RunPage() {
  const { setId, runId } = useParams({ from: '/inside/evaluations/$setId/runs/$runId' })
  return <EvaluationsFrame>{(workspace) => <Known workspace={workspace} setId={setId} runId={runId} />}</EvaluationsFrame>
}

function Known({ workspace, setId, runId }: { workspace: string; setId: string; runId: string }) {
  const query = useQuery(runQuery(workspace, setId, runId))
  const set = useQuery(setQuery(workspace, setId))
  return (
    <Loaded query={query} head={<PageHead title="Run" within={{ setId, name: set.data?.name ?? 'The set' }} />}>
      {(run) => (
        <>
          <PageHead title={`Run of ${moment(run.started_at)}`} within={{ setId, name: set.data?.name ?? 'The set' }} />
          <div role="status" className="mt-1 text-sm text-soft">
            {run.status === 'queued' && 'Its questions are being asked. You may leave: it goes on.'}
            {run.status === 'cancelled' && `It was stopped after ${String(run.done)} of ${String(run.questions)} questions.`}
          </div>
          {run.cost !== null && <p className="text-sm text-soft">Answered by {run.model}{run.cost.amount > 0 && `, for ${price(run.cost)}${run.status === 'queued' ? ' so far' : ''}`}.</p>}
          {run.status === 'queued' && <Asking workspace={workspace} run={run} />}
          {run.status === 'failed' && <Failed code={run.error} />}
          {run.status === 'finished' && <Finished workspace={workspace} run={run} />}
          {run.status === 'cancelled' && run.done > 0 && <Section title="Questions"><ResultList workspace={workspace} run={run} /></Section>}
        </>
      )}
    </Loaded>
  )
}

function Asking({ workspace, run }: { workspace: string; run: EvaluationRunDetails }) {
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => cancelRun(workspace, run.set_id, run.id),
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: () => client.invalidateQueries({ queryKey: runQuery(workspace, run.set_id, run.id).queryKey }),
  })
  return (
    <div className="mt-4 flex items-center gap-4">
      <progress aria-label="The run" aria-valuetext={`${String(run.done)} of ${String(run.questions)} questions`} value={run.done === 0 ? undefined : run.done} max={run.questions} className="h-1.5 w-full max-w-xs accent-accent" />
      <Button look="quiet" busy={cancel.isPending} onClick={() => { cancel.mutate() }}>Stop it</Button>
    </div>
  )
}

function Failed({ code }: { code: string | null }) {
  return (
    <div role="alert" className="mt-6 flex gap-3 rounded-xl border border-danger/30 bg-danger-wash px-4 py-3 text-sm">
      <span className="mt-0.5 text-danger"><Icon name="warning" /></span>
      <p>{FAILED[code ?? ''] ?? `It could not be run (${String(code)}). Run it again.`}</p>
    </div>
  )
}

const FAILED: Record<string, string> = {
  model_not_found: 'The model that was to answer is gone. Run it again with another.',
  evaluation_broke_off: 'It broke off again and again. Run it again later.',
  knowledge_base_not_found: 'A knowledge base of this set is gone, or whoever started the run may not use it. Edit the set, then run it again.',
}

function Finished({ workspace, run }: { workspace: string; run: EvaluationRunDetails }) {
  const right = run.results.filter(({ correct }) => correct).length
  return (
    <>
      <p className="text-soft">{right} of {run.results.length} {run.results.length === 1 ? 'question' : 'questions'} right.</p>
      <Section title="Figures"><FigureList run={run} /></Section>
      <Section title="Questions"><ResultList workspace={workspace} run={run} /></Section>
    </>
  )
}
