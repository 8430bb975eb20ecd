import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { RoutingSection } from './RoutingSection'

const model = (id: string, choosesFrom: string[] | null = null) => ({
  id, name: id, provider: 'p', context: 8192, default: false, input_price: null, output_price: null, currency: 'USD', free: false, capabilities: null, chooses_from: choosesFrom,
})

/** A server that keeps the choice; the bodies that it was sent. */
function serves(known: { small?: string | null; threshold?: number; in_use?: object | null } = {}) {
  const sent: unknown[] = []
  let routing: object = { small: null, strong: null, threshold: 0.4, in_use: { small: 'tiny', strong: 'great' }, ...known }
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.url.endsWith('/api/models')) return Response.json({ data: [model('tiny'), model('great'), model('auto', ['tiny', 'great'])] })
    if (request.method === 'PUT') {
      const body = await request.json() as object
      sent.push(body)
      routing = { ...routing, ...body }
    }
    return Response.json(routing)
  })
  return sent
}

function shown(mayChange = true) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(<QueryClientProvider client={client}><RoutingSection workspace="w" mayChange={mayChange} /></QueryClientProvider>)
}
const small = () => screen.findByRole<HTMLSelectElement>('combobox', { name: 'Simple questions go to' })
const strong = () => screen.findByRole<HTMLSelectElement>('combobox', { name: 'All others go to' })
const share = () => screen.findByRole<HTMLSelectElement>('combobox', { name: 'The small one answers' })

afterEach(() => { vi.unstubAllGlobals() })

test('the models that chat themselves can be chosen, and what is in use is told', async () => {
  serves()
  shown()
  await screen.findAllByRole('option', { name: 'great' })
  expect([...(await small()).options].map((one) => one.text)).toEqual(['the cheapest model', 'tiny', 'great'])
  expect(screen.getByText('At the moment: tiny, and great.')).toBeDefined()
})

test('a choice is sent with what was chosen before', async () => {
  const sent = serves({ small: 'tiny' })
  shown()
  await screen.findAllByRole('option', { name: 'great' })
  await userEvent.selectOptions(await strong(), 'great')
  await waitFor(async () => { expect((await strong()).value).toBe('great') })
  await userEvent.selectOptions(await share(), 'what is rather simple')
  await waitFor(() => { expect(sent).toEqual([{ small: 'tiny', strong: 'great', threshold: 0.4 }, { small: 'tiny', strong: 'great', threshold: 0.55 }]) })
})

test('a model that is gone and a threshold of one’s own are still shown as what is chosen', async () => {
  serves({ small: 'gone', threshold: 0.42, in_use: null })
  shown()
  await screen.findAllByRole('option', { name: 'great' })
  expect((await small()).value).toBe('gone')
  expect((await share()).value).toBe('0.42')
  expect(screen.getByText(/Not offered at the moment/)).toBeDefined()
})

test('who may not manage reads it', async () => {
  serves()
  shown(false)
  expect((await share()).disabled).toBe(true)
  expect(screen.getByText(/Owners and admins change this/)).toBeDefined()
})
