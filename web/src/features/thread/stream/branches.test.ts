import { describe, expect, test } from 'vitest'
import type { Message } from '@/api/types'
import { choicesTo, pathThrough } from './branches'

let clock = 0
function message(id: string, parent: string | null, role: Message['role'] = 'user'): [string, Message] {
  clock += 1000
  return [id, { id, conversation_id: 'c', parent_id: parent, role, status: 'finished', parts: [], model: null, usage: null, cost: null, error: null, warnings: [], created_at: new Date(clock).toISOString() }]
}

const tree = new Map([
  message('q1', null), message('a1', 'q1', 'assistant'), message('q2', 'a1'), message('a2', 'q2', 'assistant'),
  message('a1bis', 'q1', 'assistant'), message('q1edited', null), message('a3', 'q1edited', 'assistant'),
])
const ids = (choices: ReadonlyMap<string, string>) => pathThrough(tree, choices).map((turn) => turn.message.id)

describe('pathThrough', () => {
  test('follows the newest branch where none is chosen', () => {
    expect(ids(new Map())).toEqual(['q1edited', 'a3'])
  })

  test('follows what the reader chose', () => {
    expect(ids(new Map([['', 'q1'], ['q1', 'a1']]))).toEqual(['q1', 'a1', 'q2', 'a2'])
  })

  test('knows the siblings at each turn, oldest first', () => {
    expect(pathThrough(tree, new Map([['', 'q1']])).map((turn) => turn.siblings)).toEqual([['q1', 'q1edited'], ['a1', 'a1bis']])
  })

  test('a message whose parent is not there yet stands first', () => {
    const late = new Map([...tree].filter(([id]) => id === 'q2' || id === 'a2'))
    expect(pathThrough(late, new Map()).map((turn) => turn.message.id)).toEqual(['q2', 'a2'])
  })
})

test('choicesTo leads to a message deep in an old branch', () => {
  expect(ids(choicesTo(tree, new Map(), 'a2'))).toEqual(['q1', 'a1', 'q2', 'a2'])
})
