/**
 * The one way out of the page: adds the chosen workspace, and when the session's short half has run out renews it
 * once for everyone who is waiting, then asks again.
 */
import { asProblem, problemOf } from './problem'
import { currentWorkspace } from './workspace'

const WAS_HERE = 'tertulia.was-here'
const NEVER_RENEWED = ['/api/auth/login', '/api/auth/signup', '/api/auth/refresh', '/api/auth/logout']

let renewal: Promise<boolean> | null = null
const whenSignedOut = new Set<() => void>()

/** Remembers that a session was begun here: only then is it worth asking for its renewal. */
export function rememberSession(begun: boolean): void {
  if (begun) localStorage.setItem(WAS_HERE, 'yes')
  else localStorage.removeItem(WAS_HERE)
}

/** Calls back when the session is over and cannot be renewed. */
export function onSignedOut(listener: () => void): () => void {
  whenSignedOut.add(listener)
  return () => whenSignedOut.delete(listener)
}

export async function send(request: Request): Promise<Response> {
  const workspace = currentWorkspace()
  if (workspace !== null && !request.headers.has('X-Workspace-ID')) request.headers.set('X-Workspace-ID', workspace)
  const again = request.clone()
  const response = await fetch(request)
  if (response.status !== 401 || NEVER_RENEWED.includes(new URL(request.url).pathname)) return response
  if (await renewed()) return fetch(again)
  if (localStorage.getItem(WAS_HERE) !== null) return response // not refused, only out of reach
  whenSignedOut.forEach((listener) => {
    listener()
  })
  return response
}

function renewed(): Promise<boolean> {
  if (localStorage.getItem(WAS_HERE) === null) return Promise.resolve(false)
  renewal ??= fetch('/api/auth/refresh', { method: 'POST' })
    .then((response) => {
      if (response.status === 401) rememberSession(false)
      return response.ok
    })
    .finally(() => {
      renewal = null
    })
  return renewal
}

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The data of a call that went well; otherwise throws an ApiProblem. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch (error) {
    throw asProblem(error)
  }
  if (!answer.response.ok) throw problemOf(answer.response, answer.error)
  return answer.data as T
}
