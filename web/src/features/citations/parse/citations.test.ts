import { expect, test } from 'vitest'
import { citedIn, piecesOf } from './citations'

test.each<[string, (string | number[])[]]>([
  ['By the door [1].', ['By the door ', [1], '.']],
  ['Both say so [1, 2][3].', ['Both say so ', [1, 2], '', [3], '.']],
  ['list[100] and [a]', ['list[100] and [a]']],
])('%s is taken apart', (text, pieces) => {
  expect(piecesOf(text)).toEqual(pieces)
})

test('what is cited is told once', () => {
  expect([...citedIn('One [2], two [1,2], and [2] again.')]).toEqual([2, 1])
})
