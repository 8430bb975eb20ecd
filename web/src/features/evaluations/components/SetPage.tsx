import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { EvaluationSet } from '@/api/types'
import { basesQuery } from '@/features/knowledge/api/knowledge'
import { Section } from '@/features/settings/components/Section'
import { Button } from '@/ui/Button'
import { setQuery } from '../api/evaluations'
import { useStart } from '../hooks/useStart'
import { AnswersDialog } from './AnswersDialog'
import { DeleteSetDialog } from './DeleteSetDialog'
import { EvaluationsFrame } from './EvaluationsFrame'
import { Loaded } from './Loaded'
import { PageHead } from './PageHead'
import { QuestionList } from './QuestionList'
import { RunList } from './RunList'

/** A set: run it, see its runs, read its questions. */
export function SetPage() {
  const { setId } = useParams({ from: '/inside/evaluations/$setId' })
  return <EvaluationsFrame>{(workspace) => <Known workspace={workspace} setId={setId} />}</EvaluationsFrame>
}

function Known({ workspace, setId }: { workspace: string; setId: string }) {
  const query = useQuery(setQuery(workspace, setId))
  return (
    <Loaded query={query} head={<PageHead title="Evaluation" within="list" />}>
      {(set) => (
        <>
          <PageHead title={set.name} within="list"><Actions workspace={workspace} set={set} /></PageHead>
          <p className="mt-1 text-sm text-soft"><Bases ids={set.knowledge_base_ids} /></p>
          <Section title="Runs"><RunList workspace={workspace} setId={set.id} /></Section>
          <Section title="Questions"><QuestionList cases={set.cases} /></Section>
        </>
      )}
    </Loaded>
  )
}

function Actions({ workspace, set }: { workspace: string; set: EvaluationSet }) {
  const [opened, setOpened] = useState<'answers' | 'delete' | null>(null)
  const start = useStart(workspace, set.id)
  const close = () => { setOpened(null) }
  return (
    <div className="flex flex-wrap items-center gap-1">
      <Button look="primary" busy={start.isPending} onClick={() => { start.mutate(null) }}>Run it</Button>
      <Button onClick={() => { setOpened('answers') }}>Run with answers…</Button>
      <Link to="/evaluations/$setId/edit" params={{ setId: set.id }} className="inline-flex h-10 items-center rounded-lg px-3 text-sm text-soft transition hover:bg-hover hover:text-ink">Edit</Link>
      <Button look="quiet" onClick={() => { setOpened('delete') }}>Delete</Button>
      {opened === 'answers' && <AnswersDialog workspace={workspace} set={set} onClose={close} />}
      {opened === 'delete' && <DeleteSetDialog workspace={workspace} set={set} onClose={close} />}
    </div>
  )
}

function Bases({ ids }: { ids: readonly string[] }) {
  const { data } = useQuery(basesQuery)
  if (data === undefined) return <>Asks {ids.length === 1 ? '1 knowledge base' : `${String(ids.length)} knowledge bases`}.</>
  const names = ids.map((id) => data.data.find((base) => base.id === id)?.name ?? 'one that is gone, or is somebody else’s')
  return <>Asks {names.join(', ')}.</>
}
