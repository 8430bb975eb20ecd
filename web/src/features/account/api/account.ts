/** Who is here: signing up, in and out, and the person with their workspaces. */
import { queryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { rememberSession, unwrap } from '@/api/transport'
import type { Me } from '@/api/types'
import { currentWorkspace, rememberWorkspace } from '@/api/workspace'

export interface Credentials {
  email: string
  password: string
}

/** What is remembered and not theirs, or no more, gives way to their first: all that it is asked for would be refused. */
async function askWhoIsHere(): Promise<Me> {
  const me = await unwrap(api.GET('/api/auth/me'))
  if (!me.workspaces.some(({ id }) => id === currentWorkspace())) rememberWorkspace(me.workspaces[0]?.id ?? null)
  return me
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: askWhoIsHere,
  staleTime: 60_000,
})

export async function signIn(body: Credentials): Promise<void> {
  await unwrap(api.POST('/api/auth/login', { body }))
  rememberSession(true)
}

export async function signUp(body: Credentials & { name: string }): Promise<void> {
  await unwrap(api.POST('/api/auth/signup', { body }))
  rememberSession(true)
}

export async function signOut(): Promise<void> {
  await unwrap(api.POST('/api/auth/logout'))
  rememberSession(false)
}
