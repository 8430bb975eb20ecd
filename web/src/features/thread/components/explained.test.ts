import { expect, test } from 'vitest'
import { inOrder, stepName, took } from './explained'

const step = (name: string) => ({ name, status: 'ok', milliseconds: 1, error_code: null })

test('steps stand in the order in which they begin, unknown ones last', () => {
  const steps = ['respond', 'translate', 'admit', 'window', 'redact'].map(step)
  expect(inOrder(steps).map(({ name }) => name)).toEqual(['window', 'redact', 'admit', 'respond', 'translate'])
})

test('a step is told in words, an unknown one by its name', () => {
  expect(stepName('respond')).toBe('Answered')
  expect(stepName('translate')).toBe('translate')
})

test('what takes a second or more is told in seconds', () => {
  expect(took(999)).toBe('999 ms')
  expect(took(15_052)).toBe('15.1 s')
})
