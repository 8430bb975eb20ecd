import { expect, test } from 'vitest'
import { withScheme } from './AddPage'

test('an address needs no scheme', () => {
  expect(withScheme('example.com/handbook')).toBe('https://example.com/handbook')
  expect(withScheme('http://example.com')).toBe('http://example.com')
  expect(withScheme('localhost:4000/x')).toBe('https://localhost:4000/x')
  expect(withScheme('file:///etc/passwd')).toBe('file:///etc/passwd')
})
