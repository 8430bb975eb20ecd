import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { toasts } from '@/ui/toast'
import { AnswerCacheSection } from './AnswerCacheSection'

/** A server that keeps the choice; the bodies that it was sent. */
function serves(status = 200) {
  const sent: unknown[] = []
  let choice: unknown = { exact: false, similar: false }
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.method === 'PUT') {
      const body: unknown = await request.json()
      sent.push(body)
      if (status !== 200) return Response.json({ code: 'forbidden', detail: 'Ask an owner.' }, { status })
      choice = body
    }
    return Response.json(choice)
  })
  return sent
}

function shown(mayChange = true) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(<QueryClientProvider client={client}><AnswerCacheSection workspace="w" mayChange={mayChange} /></QueryClientProvider>)
}
const exact = () => screen.findByRole<HTMLInputElement>('switch', { name: /to the letter/ })
const similar = () => screen.findByRole<HTMLInputElement>('switch', { name: /in other words/ })

afterEach(() => { vi.unstubAllGlobals() })

test('each switch changes its own choice and keeps the other', async () => {
  const sent = serves()
  shown()
  await userEvent.click(await exact())
  await waitFor(async () => { expect((await exact()).checked).toBe(true) })
  await userEvent.click(await similar())
  await waitFor(async () => { expect((await similar()).checked).toBe(true) })
  expect(sent).toEqual([{ exact: true, similar: false }, { exact: true, similar: true }])
})

test('what the server refuses is said, and the switch stays as it was', async () => {
  serves(403)
  shown()
  await userEvent.click(await exact())
  await waitFor(() => { expect(toasts.current()?.text).toBe('Ask an owner.') })
  expect((await exact()).checked).toBe(false)
})

test('who may not change it sees what is chosen, and whom to ask', async () => {
  serves()
  shown(false)
  expect((await exact()).disabled).toBe(true)
  expect((await similar()).disabled).toBe(true)
  expect(screen.getByText('Owners and admins change this.')).toBeDefined()
})

test('a choice that cannot be read is a fault with a way on', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 503 })))
  shown()
  expect(await screen.findByRole('button', { name: 'Try again' })).toBeDefined()
})
