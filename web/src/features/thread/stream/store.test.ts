import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Message } from '@/api/types'
import { threadApi } from '../api/thread'
import { ThreadStore } from './store'
import { textOf } from './text'

const stored = (change: Partial<Message>): Message => ({
  id: 'q', conversation_id: 'c', parent_id: null, role: 'user', status: 'finished', parts: [{ type: 'text', text: 'Hi' }],
  model: null, usage: null, cost: null, error: null, warnings: [], created_at: '2026-11-23T10:00:00Z', ...change,
})
const events = (...parts: object[]) => parts.map((part, index) => `id: ${String(index + 1)}\ndata: ${JSON.stringify(part)}\n\n`).join('')
const answered = (id: string, text: string) =>
  events({ type: 'start', messageId: id }, { type: 'start-step' }, { type: 'text-delta', id: 't', delta: text }, { type: 'finish' })

/** The server of one test: answers by method and path, and keeps what it was sent. */
function server(replies: Record<string, () => Response>) {
  const asked: { path: string; body: Record<string, unknown> | null }[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname, search } = new URL(request.url)
    const text = await request.text()
    asked.push({ path: `${request.method} ${pathname}${search}`, body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>) })
    const reply = Object.entries(replies).find(([path]) => `${request.method} ${pathname}`.endsWith(path))?.[1]
    if (reply === undefined) throw new TypeError('Failed to fetch')
    return reply()
  })
  return asked
}
const page = (...data: Message[]) => () => Response.json({ data, has_more: false, first_id: null, last_id: null })
const shown = (store: ThreadStore) => store.snapshot().turns.map(({ message }) => `${message.role}: ${textOf(message)} (${message.status})`)
const idle = (store: ThreadStore) => vi.waitFor(() => { expect(store.answering).toBe(false) })

afterEach(() => { vi.unstubAllGlobals() })

describe('ThreadStore', () => {
  test('a question and its streamed answer', async () => {
    const asked = server({ 'POST /api/chat': () => new Response(answered('a', 'Hello')) })
    const store = new ThreadStore('c', threadApi)
    store.ask('Hi', 'm1')
    await idle(store)
    expect(shown(store)).toEqual(['user: Hi (finished)', 'assistant: Hello (finished)'])
    expect(asked[0]?.body).toMatchObject({ id: 'c', trigger: 'submit-message', model: 'm1', parent_id: null, message: { role: 'user' } })
  })

  test('an answer that runs is joined from its start, by its own id', async () => {
    const asked = server({
      'GET /api/conversations/c/messages': page(stored({ id: 'a', role: 'assistant', parent_id: 'q', status: 'generating', parts: [], created_at: '2026-11-23T10:00:01Z' }), stored({})),
      'GET /api/chat/c/stream': () => new Response(answered('a', 'Whole')),
    })
    const store = new ThreadStore('c', threadApi)
    await store.load()
    await idle(store)
    expect(shown(store)).toEqual(['user: Hi (finished)', 'assistant: Whole (finished)'])
    expect(asked.map(({ path }) => path)).toContain('GET /api/chat/c/stream?answer_id=a')
  })

  test('an edit and another answer open branches, and the reader goes between them', async () => {
    let answers = 0
    const asked = server({ 'POST /api/chat': () => new Response(answered(`a${String(++answers)}`, `Answer ${String(answers)}`)) })
    const store = new ThreadStore('c', threadApi)
    store.ask('First', null)
    await idle(store)
    const first = store.snapshot().turns[0]?.message.id ?? ''
    store.edit(first, 'Second', null)
    await idle(store)
    expect(shown(store)).toEqual(['user: Second (finished)', 'assistant: Answer 2 (finished)'])
    expect(asked[1]?.body).toMatchObject({ messageId: first, trigger: 'submit-message' })
    store.regenerate('a2', null)
    await idle(store)
    expect(asked[2]?.body).toEqual({ id: 'c', trigger: 'regenerate-message', messageId: 'a2' })
    expect(store.snapshot().turns[1]?.siblings).toEqual(['a2', 'a3'])
    store.choose(first)
    expect(shown(store)).toEqual(['user: First (finished)', 'assistant: Answer 1 (finished)'])
  })

  test('a refused question stays with its reason, and is sent again under the same id', async () => {
    const refusal = () => Response.json({ detail: 'Wait.', code: 'unavailable' }, { status: 503 })
    let reply: () => Response = refusal
    const asked = server({ 'POST /api/chat': () => reply() })
    const store = new ThreadStore('c', threadApi)
    store.ask('Hi', null)
    await vi.waitFor(() => { expect(store.snapshot().unsent?.problem.detail).toBe('Wait.') })
    expect(shown(store)).toEqual(['user: Hi (finished)'])
    reply = () => new Response(answered('a', 'Hello'))
    store.retry()
    await idle(store)
    expect(shown(store)).toEqual(['user: Hi (finished)', 'assistant: Hello (finished)'])
    expect(asked[1]?.body).toEqual(asked[0]?.body)
  })

  test('a question that arrived although the line broke is not shown as lost', async () => {
    let id = ''
    vi.stubGlobal('fetch', async (request: Request) => {
      if (request.method === 'GET') return page(stored({ id: 'a', role: 'assistant', parent_id: id, parts: [{ type: 'text', text: 'Hello' }] }), stored({ id }))()
      id = ((await request.json()) as { message: { id: string } }).message.id
      throw new TypeError('Failed to fetch')
    })
    const store = new ThreadStore('c', threadApi)
    store.ask('Hi', null)
    await vi.waitFor(() => { expect(shown(store)).toEqual(['user: Hi (finished)', 'assistant: Hello (finished)']) })
    expect(store.snapshot().unsent).toBeNull()
  })

  test('a conversation that is not there says so', async () => {
    server({ 'GET /api/conversations/c/messages': () => Response.json({ detail: 'No such conversation.' }, { status: 404 }) })
    const store = new ThreadStore('c', threadApi)
    await store.load()
    expect(store.snapshot()).toMatchObject({ status: 'failed', problem: { status: 404 } })
  })
})
