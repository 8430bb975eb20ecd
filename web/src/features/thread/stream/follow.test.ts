import { describe, expect, test } from 'vitest'
import { follow, type Follow } from './follow'


/** A server that knows ten numbered words and drops the line where the script says. */
function played(connections: { until?: number; from?: number; status?: number; end?: boolean; restarted?: boolean }[]) {
  const asked: (string | null)[] = []
  const heard: string[] = []
  const waits: boolean[] = []
  const signal = new AbortController()
  const connect: Follow['connect'] = (after) => {
    asked.push(after)
    const next = connections.shift()
    if (next === undefined) throw new Error('asked too often')
    if (next.status !== undefined) return Promise.resolve(new Response(null, { status: next.status }))
    const from = next.from ?? Number(after ?? 0)
    let body = next.restarted === true ? 'data: {"type":"reset-step"}\n\n' : ''
    for (let n = from + 1; n <= (next.until ?? 10); n++) body += `id: ${String(n)}\ndata: {"type":"text-delta","delta":"${String(n)} "}\n\n`
    if (next.end) body += 'id: 11\ndata: {"type":"finish"}\n\ndata: [DONE]\n\n'
    return Promise.resolve(new Response(body))
  }
  const run = follow({
    connect,
    hear: (part) => heard.push(part.delta ?? part.type),
    onReconnecting: (now) => waits.push(now),
    signal: signal.signal,
    pause: () => Promise.resolve(),
  })
  return { run, asked, heard, waits }
}

const WHOLE = ['1 ', '2 ', '3 ', '4 ', '5 ', '6 ', '7 ', '8 ', '9 ', '10 ', 'finish']

describe('follow', () => {
  test('hears an answer to its end', async () => {
    const { run, heard, asked } = played([{ end: true }])
    expect(await run).toBe('ended')
    expect(heard).toEqual(WHOLE)
    expect(asked).toEqual([null])
  })

  test('after a cut asks for what follows the last event and repeats nothing', async () => {
    const { run, heard, asked } = played([{ until: 4 }, { until: 7 }, { end: true }])
    await run
    expect(heard).toEqual(WHOLE)
    expect(asked).toEqual([null, '4', '7'])
  })

  test('passes over what a server sends twice', async () => {
    const { run, heard } = played([{ until: 6 }, { from: 2, end: true }])
    await run
    expect(heard).toEqual(WHOLE)
  })

  test('a log that was lost and begins anew is heard from its beginning', async () => {
    const { run, heard } = played([{ until: 6 }, { restarted: true, from: 0, end: true }])
    await run
    expect(heard).toEqual([...WHOLE.slice(0, 6), 'reset-step', ...WHOLE])
  })

  test('waits out a server that is restarting', async () => {
    const { run, heard, waits } = played([{ until: 3 }, { status: 503 }, { status: 502 }, { end: true }])
    await run
    expect(heard).toEqual(WHOLE)
    expect(waits).toEqual([false, true, true, true, false])
  })

  test('says when nothing runs', async () => {
    expect(await played([{ status: 204 }]).run).toBe('nothing-runs')
  })

  test('a refusal ends it with the problem', async () => {
    await expect(played([{ status: 404 }]).run).rejects.toMatchObject({ status: 404 })
  })
})
