/**
 * Follows one answer to its end across any number of connections.
 *
 * Each event has a sequence number; a new connection asks for what comes after the last one heard, and an event that
 * was heard already is passed over. So a cut line shows neither a gap nor a repeat.
 */
import { ApiProblem, asProblem, problemFrom } from '@/api/problem'
import type { Part } from './answer'
import { eventsOf } from './events'

const SILENCE_LIMIT = 40_000 // the server says something at least every 15 s
const ENDS = new Set(['finish', 'abort', 'error'])

export type Outcome = 'ended' | 'nothing-runs'

export interface Follow {
  /** Opens a connection that begins after the given event, or at the start. */
  connect: (after: string | null, signal: AbortSignal) => Promise<Response>
  hear: (part: Part) => void
  onReconnecting: (reconnecting: boolean) => void
  signal: AbortSignal
  /** Whether the very first connection may fail and be tried again; a question that was refused must say so instead. */
  patient?: boolean
  /** Waits before the given attempt, counted from 1; ends early when the browser is online again. */
  pause?: (attempt: number, signal: AbortSignal) => Promise<void>
}

export async function follow(options: Follow): Promise<Outcome> {
  const { connect, hear, onReconnecting, signal, patient = true, pause = backOff } = options
  let last: string | null = null
  let opened = patient
  for (let failures = 0; ; ) {
    const silence = new AbortController()
    const either = AbortSignal.any([signal, silence.signal])
    let timer = setTimeout(() => { silence.abort() }, SILENCE_LIMIT)
    try {
      const response = await connect(last, either)
      if (response.status === 204) return 'nothing-runs'
      if (!response.ok || response.body === null) throw await problemFrom(response)
      opened = true
      onReconnecting(false)
      for await (const event of eventsOf(response.body, () => {
        clearTimeout(timer)
        timer = setTimeout(() => { silence.abort() }, SILENCE_LIMIT)
      })) {
        failures = 0
        if (event.data === '[DONE]') return 'ended'
        if (event.id !== null) {
          if (last !== null && Number(event.id) <= Number(last)) continue
          last = event.id
        }
        const part = JSON.parse(event.data) as Part
        if (part.type === 'reset-step' && event.id === null) last = null // the log begins anew, and so do its numbers
        hear(part)
        if (ENDS.has(part.type)) return 'ended'
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!opened || (error instanceof ApiProblem && isFinal(error))) throw asProblem(error)
    } finally {
      clearTimeout(timer)
    }
    failures += 1
    onReconnecting(true)
    await pause(failures, signal)
    signal.throwIfAborted()
  }
}

/** A refusal that asking again will not change. */
function isFinal(problem: ApiProblem): boolean {
  return problem.status >= 400 && problem.status < 500 && problem.status !== 408 && problem.status !== 429
}

async function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(10_000, 400 * 2 ** attempt)
  const wait = longest / 2 + Math.random() * (longest / 2)
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, wait)
    addEventListener('online', done)
    signal.addEventListener('abort', done)
  })
}
