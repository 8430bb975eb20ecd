import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import type { EvaluationSet } from '@/api/types'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
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
    <Dialog title={`Delete “${set.name}”?`} onClose={onClose}>
      <p className="text-sm text-soft">Its questions and all its runs are deleted for good. Documents stay as they are.</p>
      {remove.error !== null && <div className="mt-4"><ProblemNote problem={asProblem(remove.error)} /></div>}
      <div className="mt-6 flex justify-end gap-3">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={remove.isPending} onClick={() => { remove.mutate() }}>Delete</Button>
      </div>
    </Dialog>
  )
}
