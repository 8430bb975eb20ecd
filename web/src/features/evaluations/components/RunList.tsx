import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { EvaluationRun } from '@/api/types'
import { Row, Rows } from '@/features/settings/components/Rows'
import { runsQuery } from '../api/evaluations'
import { headline } from './figures'
import { moment } from './moment'

/** A set's runs, the newest first; one that has not ended is watched. */
export function RunList({ workspace, setId }: { workspace: string; setId: string }) {
  const query = useQuery(runsQuery(workspace, setId))
  return (
    <Rows label="Runs" query={query} empty="It was never run. A run calls no model and costs nothing, unless you want answers too.">
      {(query.data?.data ?? []).map((run) => (
        <Row key={run.id}>
          <div className="min-w-0 flex-1">
            <Link to="/evaluations/$setId/runs/$runId" params={{ setId, runId: run.id }} className="text-sm font-medium underline-offset-4 hover:underline">{moment(run.started_at)}</Link>
            <p className={`text-xs ${run.status === 'failed' ? 'text-danger' : 'text-faint'}`}>{[wordsFor(run), run.model].filter((part) => part !== null).join(' · ')}</p>
          </div>
        </Row>
      ))}
    </Rows>
  )
}

function wordsFor(run: EvaluationRun): string {
  if (run.status === 'failed') return 'Could not be run'
  if (run.status === 'cancelled') return 'Stopped'
  return run.status === 'queued' ? 'Running…' : (headline(run.figures) ?? 'Done')
}
