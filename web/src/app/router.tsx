import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { ApiProblem } from '@/api/problem'
import { meQuery } from '@/features/account/api/account'
import { AccountForm } from '@/features/account/components/AccountForm'
import { modelsQuery } from '@/features/composer/api/models'
import { conversationsQuery } from '@/features/conversations/api/conversations'
import { NewConversationPage } from '@/features/thread/components/NewConversationPage'
import { ThreadPage } from '@/features/thread/components/ThreadPage'
import { Broken } from './Broken'
import { Inside } from './Inside'
import { NotHere } from './NotHere'

interface Context {
  client: QueryClient
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotHere, errorComponent: Broken })

const doorSearch = (search: Record<string, unknown>): { next?: string | undefined } => {
  const next = search['next']
  const ours = typeof next === 'string' && /^\/(?![/\\])/.test(next) // never on to another site
  return { next: ours ? next : undefined } // named even then: the router would keep what the address said
}
const login = createRoute({ getParentRoute: () => root, path: '/login', validateSearch: doorSearch, component: Login })
const signup = createRoute({ getParentRoute: () => root, path: '/signup', validateSearch: doorSearch, component: SignUp })

function Login() {
  return <AccountForm key="login" mode="login" next={login.useSearch().next} />
}

function SignUp() {
  return <AccountForm key="signup" mode="signup" next={signup.useSearch().next} />
}

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Inside,
  beforeLoad: async ({ context: { client }, location }) => {
    try {
      await client.ensureQueryData(meQuery)
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } })
      throw error
    }
    void client.prefetchInfiniteQuery(conversationsQuery)
    void client.prefetchQuery(modelsQuery)
  },
})
const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  validateSearch: ({ knowledge }: Record<string, unknown>): { knowledge?: string | undefined } => ({ knowledge: typeof knowledge === 'string' ? knowledge : undefined }),
  component: NewConversation,
})

/** Begins anew for each address, so that another knowledge base is another beginning. */
function NewConversation() {
  const { knowledge } = home.useSearch()
  return <NewConversationPage key={knowledge} knowledge={knowledge} />
}

const thread = createRoute({
  getParentRoute: () => inside,
  path: '/c/$conversationId',
  validateSearch: ({ message }: Record<string, unknown>): { message?: string | undefined } => ({ message: typeof message === 'string' ? message : undefined }),
  component: ThreadPage,
})

const knowledge = createRoute({
  getParentRoute: () => inside,
  path: '/knowledge',
  component: lazyRouteComponent(() => import('@/features/knowledge/components/KnowledgePage'), 'KnowledgePage'),
})
const knowledgeBase = createRoute({
  getParentRoute: () => inside,
  path: '/knowledge/$knowledgeBaseId',
  component: lazyRouteComponent(() => import('@/features/knowledge/components/BasePage'), 'BasePage'),
})

const evaluations = createRoute({ getParentRoute: () => inside, path: '/evaluations', component: lazyRouteComponent(() => import('@/features/evaluations/components/EvaluationsPage'), 'EvaluationsPage') })
const newEvaluation = createRoute({ getParentRoute: () => inside, path: '/evaluations/new', component: lazyRouteComponent(() => import('@/features/evaluations/components/NewSetPage'), 'NewSetPage') })
const evaluation = createRoute({ getParentRoute: () => inside, path: '/evaluations/$setId', component: lazyRouteComponent(() => import('@/features/evaluations/components/SetPage'), 'SetPage') })
const editEvaluation = createRoute({ getParentRoute: () => inside, path: '/evaluations/$setId/edit', component: lazyRouteComponent(() => import('@/features/evaluations/components/EditSetPage'), 'EditSetPage') })
const evaluationRun = createRoute({ getParentRoute: () => inside, path: '/evaluations/$setId/runs/$runId', component: lazyRouteComponent(() => import('@/features/evaluations/components/RunPage'), 'RunPage') })

const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/features/settings/components/SettingsPage'), 'SettingsPage'),
})
const settingsHome = createRoute({ getParentRoute: () => settings, path: '/', beforeLoad: () => { throw redirect({ to: '/settings/account' }) } })
const account = createRoute({ getParentRoute: () => settings, path: '/account', component: lazyRouteComponent(() => import('@/features/settings/components/AccountSection'), 'AccountSection') })
const apiKeys = createRoute({ getParentRoute: () => settings, path: '/api-keys', component: lazyRouteComponent(() => import('@/features/settings/components/ApiKeysSection'), 'ApiKeysSection') })
const batches = createRoute({ getParentRoute: () => settings, path: '/batches', component: lazyRouteComponent(() => import('@/features/batches/components/BatchesSection'), 'BatchesSection') })
const members = createRoute({ getParentRoute: () => settings, path: '/members', component: lazyRouteComponent(() => import('@/features/settings/components/MembersSection'), 'MembersSection') })
const providers = createRoute({ getParentRoute: () => settings, path: '/providers', component: lazyRouteComponent(() => import('@/features/settings/components/ProvidersSection'), 'ProvidersSection') })
const privacy = createRoute({ getParentRoute: () => settings, path: '/privacy', component: lazyRouteComponent(() => import('@/features/settings/components/PrivacySection'), 'PrivacySection') })
const assistant = createRoute({ getParentRoute: () => settings, path: '/assistant', component: lazyRouteComponent(() => import('@/features/settings/components/AssistantSection'), 'AssistantSection') })

const tree = root.addChildren([login, signup, inside.addChildren([home, thread, knowledge, knowledgeBase, evaluations, newEvaluation, evaluation, editEvaluation, evaluationRun, settings.addChildren([settingsHome, account, apiKeys, batches, members, providers, assistant, privacy])])])

export function makeRouter(client: QueryClient) {
  return createRouter({ routeTree: tree, context: { client }, defaultPreload: 'intent', defaultPreloadStaleTime: 0 })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
