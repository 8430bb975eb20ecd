import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { EvaluationSetSummary } from '@/api/types'
import { ago } from '@/features/settings/components/ago'
import { Row, Rows } from '@/features/settings/components/Rows'
import { Section } from '@/features/settings/components/Section'
import { Icon } from '@/ui/Icon'
import { setsQuery } from '../api/evaluations'
import { EvaluationsFrame } from './EvaluationsFrame'
import { headline } from './figures'
import { PageHead } from './PageHead'

/** The workspace's sets of questions, each with how its newest run went. */
export function EvaluationsPage() {
  return (
    <EvaluationsFrame>
      {(workspace) => (
        <>
          <PageHead title="Evaluations" />
          <p className="mt-1 max-w-prose text-soft">Write down questions with the documents that answer them, then see how many are found. Run a set again after a change to your documents, and compare.</p>
          <p className="mt-5"><Link to="/evaluations/new" className="inline-flex h-10 items-center gap-2 rounded-lg bg-fill px-4 text-sm font-medium text-on-accent transition hover:opacity-90"><Icon name="plus" size={16} /> New set</Link></p>
          <Section title="Sets of questions"><Sets workspace={workspace} /></Section>
        </>
      )}
    </EvaluationsFrame>
  )
}

function Sets({ workspace }: { workspace: string }) {
  const query = useQuery(setsQuery(workspace))
  return (
    <Rows label="Sets of questions" query={query} empty="There are none yet. A dozen questions that people really ask are a good beginning.">
      {(query.data?.data ?? []).map((set) => (
        <Row key={set.id}>
          <Icon name="table" />
          <div className="min-w-0 flex-1">
            <Link to="/evaluations/$setId" params={{ setId: set.id }} className="block truncate text-sm font-medium underline-offset-4 hover:underline">{set.name}</Link>
            <p className="text-xs text-faint">{summaryOf(set)}</p>
          </div>
        </Row>
      ))}
    </Rows>
  )
}

export function summaryOf({ questions, last_run: run }: EvaluationSetSummary): string {
  const count = questions === 1 ? '1 question' : `${questions.toLocaleString()} questions`
  if (run === null) return `${count} · never run`
  if (run.status === 'queued') return `${count} · running…`
  const went = { failed: 'could not be run', cancelled: 'stopped', finished: headline(run.figures) ?? 'run' }[run.status]
  return `${count} · ${went} · ${ago(run.started_at)}`
}
