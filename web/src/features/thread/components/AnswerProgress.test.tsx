import { expect, test } from 'vitest'
import { NOTHING_SAID } from '../stream/answer'
import type { Live } from '../stream/store'
import { wordsFor } from './AnswerProgress'

const live = (change: Partial<Live>): Live => ({ answerId: 'a', answer: NOTHING_SAID, phase: 'answering', stopping: false, ...change })
const step = (name: string, status: string) => ({ id: name, name, status, warning: null })

test.each([
  [live({ phase: 'sending' }), 'Sending'],
  [live({ phase: 'reconnecting', answer: { ...NOTHING_SAID, text: 'some' } }), 'The line was cut. Reconnecting'],
  [live({ answer: { ...NOTHING_SAID, queue: 3 } }), 'In the queue, place 3'],
  [live({ answer: { ...NOTHING_SAID, steps: [step('redact', 'ok'), step('window', 'running')] } }), 'Recalling the conversation'],
  [live({ answer: { ...NOTHING_SAID, steps: [step('brand-new', 'running')] } }), 'Thinking'],
  [live({ answer: { ...NOTHING_SAID, text: 'Hello' } }), null],
])('progress is told in words: case %#', (state, words) => {
  expect(wordsFor(state)).toBe(words)
})
