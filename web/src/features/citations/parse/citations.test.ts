import { expect, test } from 'vitest'
import { type Citation, citedIn, piecesOf, withFound } from './citations'

const by = (...numbers: number[]): Citation => ({ numbers, found: false })
const found = (...numbers: number[]): Citation => ({ numbers, found: true })

test.each<[string, (string | Citation)[]]>([
  ['By the door [1].', ['By the door ', by(1), '.']],
  ['Both say so [1, 2][3].', ['Both say so ', by(1, 2), '', by(3), '.']],
  ['list[100] and [a]', ['list[100] and [a]']],
])('%s is taken apart', (text, pieces) => {
  expect(piecesOf(text)).toEqual(pieces)
})

test('what is cited is told once', () => {
  expect([...citedIn('One [2], two [1,2], and [2] again.')]).toEqual([2, 1])
})

const marked = (text: string, ...places: [number, string][]) => piecesOf(withFound(text, places.map(([number, sentence]) => ({ number, bearsOut: [sentence] }))))

test('what bears a sentence out stands behind it, in the order of the numbers', () => {
  expect(marked('By the door. In May.', [1, 'By the door.'], [2, 'By the door.'])).toEqual(['By the door.', found(1), '', found(2), ' In May.'])
})

test('a sentence is found again though it is in parts bold, and not within another word', () => {
  expect(marked('- Begin: it\u2019s **27 days**\n  a year.', [1, 'it\u2019s 27 days a year.'])).toEqual(['- Begin: it\u2019s **27 days**\n  a year.', found(1), ''])
  expect(marked('127 or 27', [1, '27'])).toEqual(['127 or 27', found(1), ''])
})

test.each([
  ['a table', '| Days |\n| - |\n| 27 |', '| 27 |'],
  ['code', '```\nIt is 27.\n```', 'It is 27.'],
  ['other words', 'It is 28.', 'It is 27.'],
])('in %s it is left as it is', (_, text, sentence) => {
  expect(withFound(text, [{ number: 1, bearsOut: [sentence] }])).toBe(text)
})
