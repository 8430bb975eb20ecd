import { expect, test } from 'vitest'
import { casesOf, changed, NOTHING, problemOfDraft } from './useCases'

const why = { question: 'Why?', documents: ['a.pdf'], facts: ['one', 'two'] }

test('what is imported follows what is there, or takes its place; empty rows make room', () => {
  const begun = changed(changed(NOTHING, { to: 'add' }), { to: 'take', cases: [why], instead: false })
  expect(begun.rows.map(({ key, question }) => [key, question])).toEqual([[1, 'Why?']])
  const more = changed(begun, { to: 'take', cases: [why, why], instead: false })
  expect(more.rows.map(({ key }) => key)).toEqual([1, 2, 3])
  expect(changed(more, { to: 'take', cases: [why], instead: true }).rows.map(({ key }) => key)).toEqual([4])
})

test('a question that was edited is sent as it reads, and an empty row is not sent', () => {
  const taken = changed(changed(NOTHING, { to: 'take', cases: [why], instead: true }), { to: 'add' })
  const edited = changed(taken, { to: 'edit', key: 0, part: { question: ' How? ', typed: 'b.pdf', facts: ' one \n\n' } })
  expect(casesOf(edited.rows)).toEqual([{ question: 'How?', documents: ['a.pdf', 'b.pdf'], facts: ['one'] }])
  expect(casesOf(changed(edited, { to: 'remove', key: 0 }).rows)).toEqual([])
})

test('a row with documents and no question is at fault, an empty one is not', () => {
  const row = { key: 0, question: ' ', documents: [], typed: '', facts: '' }
  expect(problemOfDraft(row)).toBeNull()
  expect(problemOfDraft({ ...row, documents: ['a.pdf'] })).toBe('It has no question.')
})
