import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import type { EvaluationSet, EvaluationSetContent } from '@/api/types'
import { changeSet, readSet, setQuery, setsQuery } from '../api/evaluations'
import { useUnkept } from '../hooks/useUnkept'
import { EvaluationsFrame } from './EvaluationsFrame'
import { LeavingDialog } from './LeavingDialog'
import { Loaded } from './Loaded'
import { OvertakenDialog } from './OvertakenDialog'
import { PageHead } from './PageHead'
import { SetForm } from './SetForm'

export function EditSetPage() {
  const { setId } = useParams({ from: '/inside/evaluations/$setId/edit' })
  return (
    <EvaluationsFrame wide>{(workspace) => <Known workspace={workspace} setId={setId} />}</EvaluationsFrame>
  )
}

function Known({ workspace, setId }: { workspace: string; setId: string }) {
  // What somebody else keeps meanwhile must not be taken for what is being edited.
  const query = useQuery({ ...setQuery(workspace, setId), staleTime: Infinity, gcTime: 0 })
  return <Loaded query={query} head={<PageHead title="Edit the set" within="list" />}>{(set) => <Edit key={set.version} workspace={workspace} set={set} onTheirs={() => void query.refetch()} />}</Loaded>
}

interface EditProps {
  workspace: string
  set: EvaluationSet
  /** Begins anew from what the set is by now. */
  onTheirs: () => void
}

function Edit({ workspace, set, onTheirs }: EditProps) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { setDirty, leave } = useUnkept()
  const toSet = () => navigate({ to: '/evaluations/$setId', params: { setId: set.id } })
  const change = useMutation({
    mutationFn: async ({ content, instead }: { content: EvaluationSetContent; instead: boolean }) => {
      const { version } = instead ? await readSet(workspace, set.id) : set
      return changeSet(workspace, set.id, version, content)
    },
    onSuccess: async (changed) => {
      setDirty(false)
      client.setQueryData(setQuery(workspace, set.id).queryKey, changed)
      await client.invalidateQueries({ queryKey: setsQuery(workspace).queryKey, exact: true })
      await toSet()
    },
  })
  const problem = change.error && asProblem(change.error)
  const overtaken = problem?.code === 'evaluation_set_changed' ? change.variables : undefined
  const known = { ...set, cases: set.cases.map(({ question, documents = [], facts = [] }) => ({ question, documents, facts })) }
  return (
    <>
      <PageHead title="Edit the set" within={{ setId: set.id, name: set.name }} />
      <SetForm known={known} busy={change.isPending} problem={overtaken === undefined ? problem : null} onKeep={(content) => { change.mutate({ content, instead: false }) }} onCancel={() => void toSet()} onDirty={setDirty} />
      {overtaken !== undefined && (
        <OvertakenDialog
          onTheirs={() => {
            setDirty(false)
            onTheirs()
          }}
          onMine={() => { change.mutate({ ...overtaken, instead: true }) }}
          onClose={() => { change.reset() }}
        />
      )}
      <LeavingDialog leave={leave} />
    </>
  )
}
