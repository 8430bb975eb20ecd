import { expect, test } from 'vitest'
import { inOrder, stepName } from './explained'

const step = (name: string) => ({ name, status: 'ok', milliseconds: 1, error_code: null })

test('steps stand in the order in which they begin, unknown ones last', () => {
  const steps = ['respond', 'translate', 'admit', 'window', 'redact'].map(step)
  expect(inOrder(steps).map(({ name }) => name)).toEqual(['window', 'redact', 'admit', 'respond', 'translate'])
})

test('a step is told in words, an unknown one by its name', () => {
  expect(stepName('respond')).toBe('Answered')
  expect(stepName('translate')).toBe('translate')
})
