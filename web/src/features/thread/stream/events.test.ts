import { describe, expect, test } from 'vitest'
import { EventParser } from './events'

const STREAM = ': hello\r\nretry: 1200\r\n\r\nid: 1\r\ndata: {"type":"start"}\r\n\r\nid: 2\ndata: a\ndata: b\n\n: ping\n\ndata: [DONE]\n\n'
const EVENTS = [
  { id: '1', data: '{"type":"start"}' },
  { id: '2', data: 'a\nb' },
  { id: '2', data: '[DONE]' },
]

describe('EventParser', () => {
  test('reads ids, several data lines and comments', () => {
    expect(new EventParser().feed(STREAM)).toEqual(EVENTS)
  })

  test('gives the same events however the stream is sliced', () => {
    for (let size = 1; size < 12; size++) {
      const parser = new EventParser()
      const events = []
      for (let at = 0; at < STREAM.length; at += size) events.push(...parser.feed(STREAM.slice(at, at + size)))
      expect(events).toEqual(EVENTS)
    }
  })

  test('keeps an unfinished event to itself', () => {
    const parser = new EventParser()
    expect(parser.feed('id: 7\ndata: half')).toEqual([])
    expect(parser.feed('\n\n')).toEqual([{ id: '7', data: 'half' }])
  })
})
