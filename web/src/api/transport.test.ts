import { afterEach, expect, test, vi } from 'vitest'
import { onSignedOut, rememberSession, send } from './transport'
import { rememberWorkspace } from './workspace'

const answers = (...statuses: number[]) => {
  const asked: string[] = []
  vi.stubGlobal('fetch', (request: Request | string) => {
    asked.push(typeof request === 'string' ? request : new URL(request.url).pathname)
    return Promise.resolve(new Response(null, { status: statuses.shift() ?? 500 }))
  })
  return asked
}
const models = () => send(new Request('http://localhost/api/models'))

afterEach(() => { vi.unstubAllGlobals() })

test('an ended session is renewed and the call made again', async () => {
  rememberSession(true)
  const asked = answers(401, 200, 200)
  expect((await models()).status).toBe(200)
  expect(asked).toEqual(['/api/models', '/api/auth/refresh', '/api/models'])
})

test('calls that wait together renew once', async () => {
  rememberSession(true)
  const asked = answers(401, 401, 200, 200, 200)
  await Promise.all([models(), models()])
  expect(asked.filter((path) => path === '/api/auth/refresh')).toHaveLength(1)
})

test('a session that cannot be renewed is over', async () => {
  rememberSession(true)
  const over = vi.fn()
  const stop = onSignedOut(over)
  answers(401, 401)
  expect((await models()).status).toBe(401)
  expect(over).toHaveBeenCalledOnce()
  stop()
})

test('a stranger is not renewed: each try would count as a guess', async () => {
  const asked = answers(401)
  await models()
  expect(asked).toEqual(['/api/models'])
})

test('the chosen workspace goes with each call', async () => {
  rememberWorkspace('w1')
  let header: string | null = null
  vi.stubGlobal('fetch', (request: Request) => {
    header = request.headers.get('X-Workspace-ID')
    return Promise.resolve(new Response(null))
  })
  await models()
  expect(header).toBe('w1')
})
