import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import type { EvaluationSetContent } from '@/api/types'
import { createSet, setsQuery } from '../api/evaluations'
import { useUnkept } from '../hooks/useUnkept'
import { EvaluationsFrame } from './EvaluationsFrame'
import { LeavingDialog } from './LeavingDialog'
import { PageHead } from './PageHead'
import { SetForm } from './SetForm'

const EMPTY = { name: '', knowledge_base_ids: [], cases: [] }

export function NewSetPage() {
  return (
    <EvaluationsFrame wide>{(workspace) => <NewSet workspace={workspace} />}</EvaluationsFrame>
  )
}

function NewSet({ workspace }: { workspace: string }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { setDirty, leave } = useUnkept()
  const create = useMutation({
    mutationFn: (content: EvaluationSetContent) => createSet(workspace, content),
    onSuccess: async (set) => {
      setDirty(false)
      await client.invalidateQueries({ queryKey: setsQuery(workspace).queryKey })
      await navigate({ to: '/evaluations/$setId', params: { setId: set.id } })
    },
  })
  return (
    <>
      <PageHead title="New set" within="list" />
      <SetForm known={EMPTY} busy={create.isPending} problem={create.error && asProblem(create.error)} onKeep={create.mutate} onCancel={() => void navigate({ to: '/evaluations' })} onDirty={setDirty} />
      <LeavingDialog leave={leave} />
    </>
  )
}
