import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import type { EvaluationSet } from '@/api/types'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { ProblemNote } from '@/ui/ProblemNote'
import { deleteSet, setsQuery } from '../api/evaluations'

export function DeleteSetDialog({ workspace, set, onClose }: { workspace: string; set: EvaluationSet; onClose: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => deleteSet(workspace, set.id),
    onSuccess: async () => {
      await navigate({ to: '/evaluations' })
      await client.invalidateQueries({ queryKey: setsQuery(workspace).queryKey })
    },
  })
  return (
    <ConfirmDialog
      title={`Delete “${set.name}”?`}
      action="Delete"
      busy={remove.isPending}
      onConfirm={() => { remove.mutate() }}
      onClose={onClose}
    >
      Its questions and all its runs are deleted for good. Documents stay as they are.
      {remove.error !== null && <div className="mt-4"><ProblemNote problem={asProblem(remove.error)} /></div>}
    </ConfirmDialog>
  )
}
