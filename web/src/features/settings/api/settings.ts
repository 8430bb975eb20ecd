/** Sessions of the person; keys and members of the workspace. */
import { queryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { unwrap } from '@/api/transport'
import type { AnswerCache, Assistant, OwnProviderChange, PrivacyChange, Role, RoutingChange } from '@/api/types'

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => unwrap(api.GET('/api/auth/sessions', { params: { query: { limit: 100 } } })),
})
export const revokeSession = (id: string) => unwrap(api.DELETE('/api/auth/sessions/{session_id}', { params: { path: { session_id: id } } }))

export const changeName = (name: string) => unwrap(api.PATCH('/api/auth/me', { body: { name } }))
export const changePassword = (body: { current_password: string; new_password: string }) => unwrap(api.POST('/api/auth/password', { body }))

const inWorkspace = (id: string) => ({ path: { workspace_id: id }, query: { limit: 100 } })

export const keysQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['api-keys', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/api-keys', { params: inWorkspace(workspace) })),
  })
export const createKey = (workspace: string, name: string) =>
  unwrap(api.POST('/api/workspaces/{workspace_id}/api-keys', { params: { path: { workspace_id: workspace } }, body: { name } }))
export const revokeKey = (workspace: string, id: string) =>
  unwrap(api.DELETE('/api/workspaces/{workspace_id}/api-keys/{key_id}', { params: { path: { workspace_id: workspace, key_id: id } } }))

export const privacyQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['privacy', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/privacy', { params: { path: { workspace_id: workspace } } })),
  })
export const changePrivacy = (workspace: string, body: PrivacyChange) =>
  unwrap(api.PUT('/api/workspaces/{workspace_id}/privacy', { params: { path: { workspace_id: workspace } }, body }))
export const tryPrivacy = (workspace: string, text: string) =>
  unwrap(api.POST('/api/workspaces/{workspace_id}/privacy/try', { params: { path: { workspace_id: workspace } }, body: { text } }))

export const providersQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['providers', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/providers', { params: { path: { workspace_id: workspace } } })),
  })
export const putProvider = (workspace: string, name: string, body: OwnProviderChange) =>
  unwrap(api.PUT('/api/workspaces/{workspace_id}/providers/{name}', { params: { path: { workspace_id: workspace, name } }, body }))
export const removeProvider = (workspace: string, name: string) =>
  unwrap(api.DELETE('/api/workspaces/{workspace_id}/providers/{name}', { params: { path: { workspace_id: workspace, name } } }))

export const assistantQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['assistant', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/assistant', { params: { path: { workspace_id: workspace } } })),
  })
export const changeAssistant = (workspace: string, body: Assistant) =>
  unwrap(api.PUT('/api/workspaces/{workspace_id}/assistant', { params: { path: { workspace_id: workspace } }, body }))
export const answerCacheQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['answer-cache', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/answer-cache', { params: { path: { workspace_id: workspace } } })),
  })
export const changeAnswerCache = (workspace: string, body: AnswerCache) =>
  unwrap(api.PUT('/api/workspaces/{workspace_id}/answer-cache', { params: { path: { workspace_id: workspace } }, body }))
export const routingQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['routing', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/routing', { params: { path: { workspace_id: workspace } } })),
  })
export const changeRouting = (workspace: string, body: RoutingChange) =>
  unwrap(api.PUT('/api/workspaces/{workspace_id}/routing', { params: { path: { workspace_id: workspace } }, body }))
export const findingsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['privacy-findings', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/privacy/findings', { params: inWorkspace(workspace) })),
  })
export const revealFinding = (workspace: string, finding: string) =>
  unwrap(api.POST('/api/workspaces/{workspace_id}/privacy/findings/{finding_id}/reveal', { params: { path: { workspace_id: workspace, finding_id: finding } } }))

export const deleteWorkspace = (workspace: string) =>
  unwrap(api.DELETE('/api/workspaces/{workspace_id}', { params: { path: { workspace_id: workspace } } }))
export const membersQuery = (workspace: string) =>
  queryOptions({
    queryKey: ['members', workspace],
    queryFn: () => unwrap(api.GET('/api/workspaces/{workspace_id}/members', { params: inWorkspace(workspace) })),
  })
export const addMember = (workspace: string, email: string, role: Role) =>
  unwrap(api.POST('/api/workspaces/{workspace_id}/members', { params: { path: { workspace_id: workspace } }, body: { email, role } }))
export const changeRole = (workspace: string, user: string, role: Role) =>
  unwrap(api.PATCH('/api/workspaces/{workspace_id}/members/{user_id}', { params: { path: { workspace_id: workspace, user_id: user } }, body: { role } }))
export const removeMember = (workspace: string, user: string) =>
  unwrap(api.DELETE('/api/workspaces/{workspace_id}/members/{user_id}', { params: { path: { workspace_id: workspace, user_id: user } } }))
