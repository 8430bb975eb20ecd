/** Who is here: signing up, in and out, and the person with their workspaces. */
import { queryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { rememberSession, unwrap } from '@/api/transport'

export interface Credentials {
  email: string
  password: string
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => unwrap(api.GET('/api/auth/me')),
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
