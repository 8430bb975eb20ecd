import { expect, test } from 'vitest'
import { uuid7 } from './uuid7'

test('an id is a version 7 UUID that begins with its time', () => {
  const id = uuid7(0x0123456789ab)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(id.slice(0, 13)).toBe('01234567-89ab')
})

test('later ids sort later', () => {
  expect(uuid7(1000) < uuid7(2000)).toBe(true)
})
