/** Knowledge bases: making and filling them, looking into documents, and trying a search. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { problemFrom } from '@/api/problem'
import { send, unwrap } from '@/api/transport'
import type { KnowledgeDocument } from '@/api/types'
import { eventsOf } from '@/features/thread/stream/events'

const PAGE = 100
const WATCH_EVERY = 1000

const at = (id: string) => ({ path: { knowledge_base_id: id } })
const atDocument = (id: string, document: string) => ({ path: { knowledge_base_id: id, document_id: document } })

export const basesQuery = queryOptions({
  queryKey: ['knowledge'],
  queryFn: () => unwrap(api.GET('/api/knowledge-bases', { params: { query: { limit: PAGE } } })),
  staleTime: 30_000,
})
export const baseQuery = (id: string) =>
  queryOptions({ queryKey: ['knowledge', id], queryFn: () => unwrap(api.GET('/api/knowledge-bases/{knowledge_base_id}', { params: at(id) })) })

export const createBase = (name: string, visibility: 'workspace' | 'private') =>
  unwrap(api.POST('/api/knowledge-bases', { body: { name, description: '', visibility } }))
export const changeBase = (id: string, change: { name?: string; visibility?: 'workspace' | 'private' }) =>
  unwrap(api.PATCH('/api/knowledge-bases/{knowledge_base_id}', { params: at(id), body: change }))
export const deleteBase = (id: string) => unwrap(api.DELETE('/api/knowledge-bases/{knowledge_base_id}', { params: at(id) }))

const pageOf = (id: string, after: string | null) =>
  unwrap(api.GET('/api/knowledge-bases/{knowledge_base_id}/documents', { params: { ...at(id), query: { limit: PAGE, ...(after === null ? {} : { after }) } } }))

/** The newest of a base's documents. */
export const documentsQuery = (id: string) => queryOptions({ queryKey: ['knowledge', id, 'documents'], queryFn: () => pageOf(id, null) })

/** All of them, page by page. With `ask`, looked at again every second while one of them is being read. */
export const documentPagesQuery = (id: string, ask = false) =>
  infiniteQueryOptions({
    queryKey: ['knowledge', id, 'document-pages'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => pageOf(id, pageParam),
    getNextPageParam: (page) => (page.has_more ? page.last_id : null),
    refetchInterval: ({ state }) => (ask && state.data?.pages.some(({ data }) => data.some(isBeingRead)) === true ? WATCH_EVERY : false),
  })

/** Each document that is being read, as it stands, and again at each change; `opened` once the server tells. */
export async function* watchDocuments(id: string, signal: AbortSignal, opened: () => void): AsyncGenerator<KnowledgeDocument> {
  const response = await send(new Request(`/api/knowledge-bases/${id}/documents/events`, { signal }))
  if (!response.ok || response.body === null) throw await problemFrom(response)
  opened()
  for await (const { data } of eventsOf(response.body, () => undefined)) yield JSON.parse(data) as KnowledgeDocument
}

export function isBeingRead({ status }: KnowledgeDocument): boolean {
  return status !== 'ready' && status !== 'failed'
}

export async function uploadFile(id: string, file: File, signal: AbortSignal): Promise<void> {
  const form = new FormData()
  form.append('file', file)
  const response = await send(new Request(`/api/knowledge-bases/${id}/documents`, { method: 'POST', body: form, signal }))
  if (!response.ok) throw await problemFrom(response)
}

export async function addUrl(id: string, url: string): Promise<void> {
  const body = JSON.stringify({ url })
  const response = await send(new Request(`/api/knowledge-bases/${id}/documents`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }))
  if (!response.ok) throw await problemFrom(response)
}

export const deleteDocument = (id: string, document: string) =>
  unwrap(api.DELETE('/api/knowledge-bases/{knowledge_base_id}/documents/{document_id}', { params: atDocument(id, document) }))
export const retryDocument = (id: string, document: string) =>
  unwrap(api.POST('/api/knowledge-bases/{knowledge_base_id}/documents/{document_id}/retry', { params: atDocument(id, document) }))

export const passagesQuery = (id: string, document: string, around: string) =>
  queryOptions({
    queryKey: ['passages', document, around],
    queryFn: () =>
      unwrap(api.GET('/api/knowledge-bases/{knowledge_base_id}/documents/{document_id}/passages', { params: { ...atDocument(id, document), query: { around } } })),
  })
export const contentAddress = (id: string, document: string) => `/api/knowledge-bases/${id}/documents/${document}/content`

export const trySearch = (id: string, query: string) =>
  unwrap(api.POST('/api/knowledge-bases/{knowledge_base_id}/search', { params: at(id), body: { query, limit: 5 } }))
