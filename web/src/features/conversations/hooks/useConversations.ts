import { type InfiniteData, type QueryClient, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouterState } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import type { Conversation, Page } from '@/api/types'
import { forgetThread } from '@/features/thread/hooks/threads'
import { toast } from '@/ui/toast'
import { chooseKnowledge, conversationsQuery, deleteConversation, renameConversation, restoreConversation } from '../api/conversations'

type Pages = InfiniteData<Page<Conversation>, string | null>

export function useConversations() {
  const query = useInfiniteQuery(conversationsQuery)
  const conversations = query.data?.pages.flatMap((page) => page.data) ?? []
  return { ...query, conversations }
}

export function useRename() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) => renameConversation(id, title),
    onMutate: ({ id, title }) => { changeList(client, (list) => list.map((one) => (one.id === id ? { ...one, title, title_status: 'final' } : one))) },
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: () => client.invalidateQueries({ queryKey: conversationsQuery.queryKey }),
  })
}

/** Which knowledge bases a conversation asks from its next question on. */
export function useChooseKnowledge(id: string): (knowledgeBaseIds: readonly string[]) => void {
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (chosen: readonly string[]) => chooseKnowledge(id, chosen),
    onMutate: (chosen) => { changeList(client, (list) => list.map((one) => (one.id === id ? { ...one, knowledge_base_ids: [...chosen] } : one))) },
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: () => client.invalidateQueries({ queryKey: conversationsQuery.queryKey }),
  })
  return change.mutate
}

/** Deletes at once and offers to undo it: the server keeps what was deleted for a while. */
export function useDelete(): (conversation: Conversation) => void {
  const client = useQueryClient()
  const navigate = useNavigate()
  const here = useRouterState({ select: (state) => state.location.pathname })
  const refetch = () => client.invalidateQueries({ queryKey: conversationsQuery.queryKey })
  const restore = useMutation({
    mutationFn: restoreConversation,
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: refetch,
  })
  const remove = useMutation({
    mutationFn: (conversation: Conversation) => deleteConversation(conversation.id),
    onMutate: async ({ id }) => {
      await client.cancelQueries({ queryKey: conversationsQuery.queryKey })
      changeList(client, (list) => list.filter((one) => one.id !== id))
      if (here === `/c/${id}`) await navigate({ to: '/' })
      forgetThread(id)
    },
    onSuccess: (_, { id, title }) => {
      toast(`Deleted “${title}”`, { label: 'Undo', run: () => { restore.mutate(id) } })
    },
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: refetch,
  })
  return remove.mutate
}

export function changeList(client: QueryClient, change: (list: Conversation[]) => Conversation[]): void {
  client.setQueryData<Pages>(conversationsQuery.queryKey, (pages) =>
    pages === undefined ? pages : { ...pages, pages: pages.pages.map((page) => ({ ...page, data: change(page.data) })) })
}
