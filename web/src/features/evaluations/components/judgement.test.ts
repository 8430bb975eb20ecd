import { expect, test } from 'vitest'
import type { EvaluationResult } from '@/api/types'
import { judgement } from './judgement'

const result = (judged: Partial<EvaluationResult['judged']>, documents: string[] = [], facts: string[] = []): EvaluationResult => ({
  question: 'Why?', documents, facts, position: 0, correct: true,
  judged: { told: true, refused: false, rank: null, recalled: null, grounded: null, ...judged },
  answered: null,
})
const answered = (one: EvaluationResult, told: Partial<NonNullable<EvaluationResult['answered']>>): EvaluationResult => ({
  ...one, answered: { refused: false, held: null, grounded: null, failed: null, ...told },
})

test.each([
  [result({ told: false, refused: true }), 'Nothing was found, as it should be.'],
  [result({ told: false }), 'Something was found, though the documents do not tell.'],
  [result({ refused: true, recalled: 0 }, ['a']), 'Nothing was found.'],
  [result({ rank: 1, recalled: 1 }, ['a']), 'The first document found is one that answers.'],
  [result({ rank: 3, recalled: 0.5 }, ['a', 'b']), 'The first document that answers is at place 3. 1 of 2 documents are among the first five.'],
  [result({ recalled: 0, grounded: 2 / 3 }, ['a'], ['x', 'y', 'z']), 'No document that answers is among those found. The passages hold 2 of 3 facts.'],
  [result({ grounded: 1 }, [], ['x']), 'The passages hold 1 of 1 fact.'],
  [answered(result({ grounded: 1 }, [], ['x']), { held: 0, grounded: 0.5 }), 'The passages bear out 50 % of the answer. It holds 0 of 1 fact. The passages hold 1 of 1 fact.'],
  [answered(result({ told: false }), { refused: true }), 'The answer says that the documents do not tell. Something was found, though the documents do not tell.'],
  [answered(result({ rank: 1, recalled: 1 }, ['a']), { failed: 'provider_rejected' }), 'There is no answer (provider_rejected). The first document found is one that answers.'],
])('%# is put into words', (one, words) => {
  expect(judgement(one)).toBe(words)
})
