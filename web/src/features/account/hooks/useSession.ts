import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { Me, Workspace } from '@/api/types'
import { currentWorkspace, rememberWorkspace } from '@/api/workspace'
import { forgetThreads } from '@/features/thread/hooks/threads'
import { meQuery, signOut } from '../api/account'

/** The person and the workspace they are in: the remembered one while they belong to it, else their first. */
export function useSession(): Me & { workspace: Workspace | null } {
  const { data } = useSuspenseQuery(meQuery)
  const remembered = currentWorkspace()
  const workspace = data.workspaces.find((one) => one.id === remembered) ?? data.workspaces[0] ?? null
  return { ...data, workspace }
}

export function useSwitchWorkspace(): (id: string | null) => void {
  const client = useQueryClient()
  const router = useRouter()
  return (id) => {
    rememberWorkspace(id)
    forgetThreads()
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' })
    void router.navigate({ to: '/' }).then(() => client.invalidateQueries({ queryKey: ['me'] }))
  }
}

export function useSignOut() {
  const client = useQueryClient()
  const router = useRouter()
  return useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      forgetThreads()
      rememberWorkspace(null)
      await router.navigate({ to: '/login' })
      client.clear()
    },
  })
}
