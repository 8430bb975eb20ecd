/** The person's own batches and files in the OpenAI-compatible API, as their programs left them. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { problemFrom } from '@/api/problem'
import { send, unwrap } from '@/api/transport'
import type { ApiFile, Batch, BatchEndpoint } from '@/api/types'

const PAGE = 20
const WATCH_EVERY = 2000
const ENDED = ['completed', 'failed', 'expired', 'cancelled']

const pageOf = (after: string | null) => ({ params: { query: { limit: PAGE, ...(after === null ? {} : { after }) } } })

export function isRunning({ status }: Batch): boolean {
  return !ENDED.includes(status)
}

/** Looked at again while one of them runs. */
export const batchesQuery = (workspace: string) =>
  infiniteQueryOptions({
    queryKey: ['batches', workspace],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => unwrap(api.GET('/v1/batches', pageOf(pageParam))),
    getNextPageParam: (page) => (page.has_more ? page.last_id : null),
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.data.some(isRunning)) === true ? WATCH_EVERY : false),
  })

export const filesQuery = (workspace: string) =>
  infiniteQueryOptions({
    queryKey: ['files', workspace],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => unwrap(api.GET('/v1/files', pageOf(pageParam))),
    getNextPageParam: (page) => (page.has_more ? page.last_id : null),
  })

export const cancelBatch = (id: string) => unwrap(api.POST('/v1/batches/{batch_id}/cancel', { params: { path: { batch_id: id } } }))
export const deleteFile = (id: string) => unwrap(api.DELETE('/v1/files/{file_id}', { params: { path: { file_id: id } } }))
export const fileAddress = (id: string) => `/v1/files/${id}/content`

/** The file of calls goes up, then its batch is asked for. */
export async function startBatch(file: File, endpoint: BatchEndpoint): Promise<Batch> {
  const form = new FormData()
  form.append('purpose', 'batch')
  form.append('file', file)
  const response = await send(new Request('/v1/files', { method: 'POST', body: form }))
  if (!response.ok) throw await problemFrom(response)
  const { id } = (await response.json()) as ApiFile
  return unwrap(api.POST('/v1/batches', { body: { input_file_id: id, endpoint, completion_window: '24h' } }))
}
