import { expect, test } from 'vitest'
import type { Model } from '@/api/types'
import { detailOf, nameOf, priceOf } from './modelWords'

const MODEL: Model = {
  id: 'great', name: 'great', provider: 'there', context: 128_000, default: true, free: false, currency: 'USD',
  input_price: '0.15', output_price: '10', capabilities: ['tools', 'vision'], chooses_from: null,
}

test('a model is told by who serves it, what it remembers and what it can', () => {
  expect(detailOf(MODEL)).toBe('there · remembers 128k tokens · calls tools · sees images')
})

test('auto is told by the two that it chooses from', () => {
  const auto = { ...MODEL, id: 'auto', name: 'auto', chooses_from: ['tiny', 'great'] }
  expect(nameOf(auto)).toBe('Auto')
  expect(detailOf(auto)).toBe('simple questions to tiny, others to great')
})

test('what is free and what has no price are not the same', () => {
  expect(priceOf(MODEL)).toBe('$0.15 in, $10.00 out')
  expect(priceOf({ ...MODEL, free: true })).toBe('Free')
  expect(priceOf({ ...MODEL, input_price: null, output_price: null })).toBe('No price known')
})
