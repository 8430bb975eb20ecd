/** A workspace's own evaluation sets, their runs, and what came of them. */
import { queryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { unwrap } from '@/api/transport'
import type { EvaluationRun, EvaluationSetContent } from '@/api/types'

const PAGE = 100
const WATCH_EVERY = 1000

const inWorkspace = (workspace: string) => ({ path: { workspace_id: workspace } })
const at = (workspace: string, set: string) => ({ path: { workspace_id: workspace, set_id: set } })
const atRun = (workspace: string, set: string, run: string) => ({ path: { workspace_id: workspace, set_id: set, run_id: run } })

const isWaited = (run: EvaluationRun | null | undefined): boolean => run?.status === 'queued'

/** Looked at again every second while a newest run has not ended, as the lists below. */
export const setsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['evaluations', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/evals', { params: { ...inWorkspace(workspace), query: { limit: PAGE } } })),
    refetchInterval: ({ state }) => (state.data?.data.some((set) => isWaited(set.last_run)) === true ? WATCH_EVERY : false),
  })
export const setQuery = (workspace: string, set: string) =>
  queryOptions({ queryKey: ['evaluations', workspace, set], queryFn: () => readSet(workspace, set) })
export const runsQuery = (workspace: string, set: string) =>
  queryOptions({
    queryKey: ['evaluations', workspace, set, 'runs'],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/evals/{set_id}/runs', { params: { ...at(workspace, set), query: { limit: PAGE } } })),
    refetchInterval: ({ state }) => (state.data?.data.some(isWaited) === true ? WATCH_EVERY : false),
  })
export const runQuery = (workspace: string, set: string, run: string) =>
  queryOptions({
    queryKey: ['evaluations', workspace, set, 'runs', run],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/evals/{set_id}/runs/{run_id}', { params: atRun(workspace, set, run) })),
    refetchInterval: ({ state }) => (isWaited(state.data) ? WATCH_EVERY : false),
  })
export const foundQuery = (workspace: string, set: string, run: string, position: number) =>
  queryOptions({
    queryKey: ['evaluations', workspace, set, 'runs', run, position],
    queryFn: () =>
      unwrap(
        api.GET('/api/workspaces/{workspace_id}/evals/{set_id}/runs/{run_id}/results/{position}/passages', {
          params: { path: { ...atRun(workspace, set, run).path, position } },
        }),
      ),
  })

export const estimateQuery = (workspace: string, set: string, model: string) =>
  queryOptions({
    queryKey: ['evaluations', workspace, set, 'estimate', model],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/evals/{set_id}/estimate', { params: { ...at(workspace, set), query: { model } } })),
    enabled: model !== '',
  })

export const readSet = (workspace: string, set: string) =>
  unwrap(api.GET('/api/workspaces/{workspace_id}/evals/{set_id}', { params: at(workspace, set) }))
export const createSet = (workspace: string, body: EvaluationSetContent) =>
  unwrap(api.POST('/api/workspaces/{workspace_id}/evals', { params: inWorkspace(workspace), body }))
/** `version` is the one that was changed; of another the server refuses the change. */
export const changeSet = (workspace: string, set: string, version: number, content: EvaluationSetContent) =>
  unwrap(api.PUT('/api/workspaces/{workspace_id}/evals/{set_id}', { params: at(workspace, set), body: { ...content, version } }))
export const deleteSet = (workspace: string, set: string) =>
  unwrap(api.DELETE('/api/workspaces/{workspace_id}/evals/{set_id}', { params: at(workspace, set) }))
/** `model` answers the questions too; with null only what is found is judged. */
export const startRun = (workspace: string, set: string, model: string | null) =>
  unwrap(api.POST('/api/workspaces/{workspace_id}/evals/{set_id}/runs', { params: at(workspace, set), body: { model } }))
export const cancelRun = (workspace: string, set: string, run: string) =>
  unwrap(api.POST('/api/workspaces/{workspace_id}/evals/{set_id}/runs/{run_id}/cancel', { params: atRun(workspace, set, run) }))
