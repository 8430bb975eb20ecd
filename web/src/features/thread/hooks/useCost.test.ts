import { expect, test } from 'vitest'
import type { Model } from '@/api/types'
import { costWords } from './useCost'

const NOTHING = { amount: 0, currency: 'USD' }
const MODEL: Model = {
  id: 'm', name: 'm', provider: 'p', context: 8192, default: true, free: false, currency: 'USD',
  input_price: null, output_price: null, capabilities: null, chooses_from: null,
}

test('what has no known price is not called free', () => {
  expect(costWords(MODEL, NOTHING)).toBe('no price known')
})

test('what is free, reused or of a model that is gone costs nothing', () => {
  expect(costWords({ ...MODEL, free: true }, NOTHING)).toBe('free')
  expect(costWords({ ...MODEL, input_price: '1', output_price: '2' }, NOTHING)).toBe('free')
  expect(costWords(undefined, NOTHING)).toBe('free')
})
