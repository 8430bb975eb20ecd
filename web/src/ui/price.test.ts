import { expect, test } from 'vitest'
import { price } from './price'

test.each([
  [0, 'free'],
  [42, '$0.000042'],
  [123_400, '$0.1234'],
  [2_500_000, '$2.50'],
])('%i micro-units read %s', (amount, words) => {
  expect(price({ amount, currency: 'USD' })).toBe(words)
})
