import { expect, test } from 'vitest'
import { safeAddress } from './links'

test.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'vbscript:x', '/api/auth/logout', 'file:///etc/passwd', '//evil.example', 'java\nscript:alert(1)', ''])('%j is no place to go', (href) => {
  expect(safeAddress(href)).toBeNull()
})

test.each(['https://example.org/a', 'http://localhost:8080', 'mailto:a@example.org'])('%j is', (href) => {
  expect(safeAddress(href)?.href).toContain(href)
})
