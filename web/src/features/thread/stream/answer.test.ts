import { describe, expect, test } from 'vitest'
import { type Answer, heard, NOTHING_SAID, type Part } from './answer'

const told = (...parts: Part[]): Answer => parts.reduce(heard, NOTHING_SAID)
const text = (delta: string): Part => ({ type: 'text-delta', id: 't', delta })

describe('heard', () => {
  test('joins deltas and takes the id from the start', () => {
    const answer = told({ type: 'start', messageId: 'm' }, { type: 'start-step' }, { type: 'text-start', id: 't' }, text('Hel'), text('lo'))
    expect(answer).toMatchObject({ messageId: 'm', text: 'Hello', end: null })
  })

  test('reset-step forgets this step and keeps the ones before', () => {
    const answer = told({ type: 'start-step' }, text('Kept.'), { type: 'finish-step' }, { type: 'start-step' }, text(' Lost'), { type: 'reset-step' }, text(' Said again'))
    expect(answer.text).toBe('Kept. Said again')
  })

  test('a second start begins the same message anew', () => {
    const answer = told({ type: 'start', messageId: 'm' }, { type: 'start-step' }, text('Half'), { type: 'start', messageId: 'm' }, { type: 'start-step' }, text('Whole'))
    expect(answer).toMatchObject({ messageId: 'm', text: 'Whole', stepStart: 0 })
  })

  test('a queue position goes when the first word comes', () => {
    const waiting = told({ type: 'data-queue', id: 'queue', data: { position: 3 } })
    expect(waiting.queue).toBe(3)
    expect(heard(waiting, text('x')).queue).toBeNull()
  })

  test('a step is told anew under its id', () => {
    const answer = told(
      { type: 'data-step', id: 'redact', data: { name: 'redact', status: 'running' } },
      { type: 'data-step', id: 'redact', data: { name: 'redact', status: 'ok' } },
    )
    expect(answer.steps).toEqual([{ id: 'redact', name: 'redact', status: 'ok', warning: null }])
  })

  test.each([
    [{ type: 'finish' }, 'finished'],
    [{ type: 'abort' }, 'stopped'],
    [{ type: 'error', errorText: 'Try again.', code: 'provider_failed' }, 'failed'],
  ])('has exactly one end: %o', (part, status) => {
    expect(told(part, { type: 'finish' }).end?.status).toBe(status)
  })

  test('passes over parts it does not know', () => {
    expect(told({ type: 'data-weather', data: {} })).toEqual(NOTHING_SAID)
  })

  test('a passage is kept once and in its place, as it was told last, and a step that failed says what is missing', () => {
    const source = { type: 'source-document', sourceId: 'c', title: 'Keys' }
    const other = { ...source, sourceId: 'd' }
    const more = { ...source, title: 'Keys and doors' }
    const answer = [source, other, more, { type: 'data-step', id: 'retrieve', data: { name: 'retrieve', status: 'failed', code: 'documents_not_searched', detail: 'Not searched.' } }].reduce(heard, NOTHING_SAID)
    expect(answer.sources).toEqual([more, other])
    expect(answer.steps[0]?.warning).toEqual({ code: 'documents_not_searched', detail: 'Not searched.' })
  })
})
