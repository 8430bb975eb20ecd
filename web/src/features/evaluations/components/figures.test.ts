import { expect, test } from 'vitest'
import type { EvaluationFigure } from '@/api/types'
import { differenceOf, headline, shown } from './figures'

const figure = (name: string, value: number, before: number | null = null): EvaluationFigure => ({ name, value, before, less_is_better: name === 'wrongly refused' })

test.each([
  [figure('hit@5', 0.8, 0.75), { kind: 'better', words: '+5 points, better' }],
  [figure('hit@5', 0.75, 0.8), { kind: 'worse', words: '−5 points, worse' }],
  [figure('wrongly refused', 0.11, 0.1), { kind: 'worse', words: '+1 point, worse' }],
  [figure('wrongly refused', 0, 0.125), { kind: 'better', words: '−12.5 points, better' }],
  [figure('MRR@10', 0.75, 0.5), { kind: 'better', words: '+0.25, better' }],
  [figure('hit@1', 1 / 3, 1 / 3), { kind: 'same', words: 'as before' }],
  [figure('hit@1', 1), null],
])('%j says how it compares', (one, difference) => {
  expect(differenceOf(one)).toEqual(difference)
})

test('a run is told by the figure that says most', () => {
  expect(headline([figure('rightly refused', 1), figure('hit@1', 0.2), figure('hit@5', 2 / 3)])).toBe('Right document near the top: 66.7 %')
  expect(headline([figure('rightly refused', 1)])).toBe('Rightly nothing: 100 %')
  expect(headline([])).toBeNull()
  expect(shown('MRR@10', 0.5)).toBe('0.50')
})
