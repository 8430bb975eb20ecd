import { expect, test } from 'vitest'
import { wordsFor } from './AnswersDialog'

test('what answers cost is told before they are asked for', () => {
  expect(wordsFor({ questions: 2, most_cost: { amount: 1_250_000, currency: 'USD' } })).toMatch(/^2 questions, for about .*1[.,]25.* at most\.$/)
  expect(wordsFor({ questions: 1, most_cost: { amount: 0, currency: 'USD' } })).toBe('1 question, answered for nothing.')
  expect(wordsFor({ questions: 1, most_cost: null })).toBe('1 question. Nobody has told what this model costs.')
})
