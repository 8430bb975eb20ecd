import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import { toast } from '@/ui/toast'
import { runsQuery, startRun } from '../api/evaluations'

/** Starts a run, with answers by the model that it is given, and goes there. */
export function useStart(workspace: string, setId: string) {
  const client = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: (model: string | null) => startRun(workspace, setId, model),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: async (run) => {
      await client.invalidateQueries({ queryKey: runsQuery(workspace, setId).queryKey, exact: true })
      await navigate({ to: '/evaluations/$setId/runs/$runId', params: { setId, runId: run.id } })
    },
  })
}
