import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { Me, Workspace } from '@/api/types'
import { rememberWorkspace, useCurrentWorkspace } from '@/api/workspace'
import { forgetThreads } from '@/features/thread/hooks/threads'
import { meQuery, signOut } from '../api/account'

/** The person and the workspace they are in: the remembered one while they belong to it, else their first. */
export function useSession(): Me & { workspace: Workspace | null } {
  const { data } = useSuspenseQuery(meQuery)
  const remembered = useCurrentWorkspace()
  const workspace = data.workspaces.find((one) => one.id === remembered) ?? data.workspaces[0] ?? null
  return { ...data, workspace }
}

/** Leaves the page that is shown first: it would ask the other workspace for what stands in this one. */
export function useSwitchWorkspace(): (id: string | null) => void {
  const client = useQueryClient()
  const router = useRouter()
  return (id) => {
    void router.navigate({ to: '/' }).then(() => {
      forgetThreads()
      rememberWorkspace(id)
      return Promise.all([
        client.resetQueries({ predicate: (query) => query.queryKey[0] !== 'me' }),
        client.invalidateQueries({ queryKey: meQuery.queryKey }),
      ])
    })
  }
}

export function useSignOut() {
  const client = useQueryClient()
  const router = useRouter()
  return useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await router.navigate({ to: '/login' })
      forgetThreads()
      rememberWorkspace(null)
      client.clear()
    },
  })
}
