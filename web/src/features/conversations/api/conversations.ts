/** The list of conversations: its pages, search, new names and deletion. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { unwrap } from '@/api/transport'

const PAGE = 40

export const conversationsQuery = infiniteQueryOptions({
  queryKey: ['conversations'],
  initialPageParam: null as string | null,
  queryFn: ({ pageParam }) =>
    unwrap(api.GET('/api/conversations', { params: { query: { limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) } } })),
  getNextPageParam: (page) => (page.has_more ? page.last_id : null),
})

export const searchQuery = (words: string) =>
  queryOptions({
    queryKey: ['search', words],
    queryFn: () => unwrap(api.GET('/api/conversations/search', { params: { query: { q: words, limit: 20 } } })),
    enabled: words.length >= 2,
    staleTime: 10_000,
  })

export const renameConversation = (id: string, title: string) =>
  unwrap(api.PATCH('/api/conversations/{conversation_id}', { params: { path: { conversation_id: id } }, body: { title } }))

export const chooseKnowledge = (id: string, chosen: readonly string[]) =>
  unwrap(api.PATCH('/api/conversations/{conversation_id}', { params: { path: { conversation_id: id } }, body: { knowledge_base_ids: [...chosen] } }))

export const deleteConversation = (id: string) =>
  unwrap(api.DELETE('/api/conversations/{conversation_id}', { params: { path: { conversation_id: id } } }))

export const restoreConversation = (id: string) =>
  unwrap(api.PATCH('/api/conversations/{conversation_id}', { params: { path: { conversation_id: id } }, body: { deleted: false } }))
