import { expect, test } from 'vitest'
import { ago } from './ago'

const now = Date.parse('2026-11-23T12:00:00Z')

test.each([
  ['2026-11-23T11:59:40Z', 'just now'],
  ['2026-11-23T11:57:00Z', '3 minutes ago'],
  ['2026-11-22T11:00:00Z', 'yesterday'],
  ['2026-08-01T00:00:00Z', '3 months ago'],
])('%s is %s', (time, words) => {
  expect(ago(time, now)).toBe(words)
})
