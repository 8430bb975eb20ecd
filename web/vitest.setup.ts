import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

Object.defineProperty(document, 'compatMode', { value: 'CSS1Compat' }) // index.html has a doctype; KaTeX asks

afterEach(() => {
  cleanup()
  localStorage.clear()
})
