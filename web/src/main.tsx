import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProblem } from './api/problem'
import { onSignedOut } from './api/transport'
import { makeRouter } from './app/router'
import { watchTheme } from './features/theme/hooks/useTheme'
import './styles/index.css'

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
    },
  },
})
const router = makeRouter(client)

watchTheme()

onSignedOut(() => {
  const { pathname, href } = router.latestLocation
  if (pathname === '/login' || pathname === '/signup') return
  client.removeQueries({ queryKey: ['me'] })
  void router.navigate({ to: '/login', search: href === '/' ? {} : { next: href } })
})

const place = document.getElementById('root')
if (place === null) throw new Error('index.html has no #root')
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
