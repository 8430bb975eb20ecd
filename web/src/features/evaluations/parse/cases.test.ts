import { expect, test } from 'vitest'
import { readCases } from './cases'

const key = { question: 'Where is the key?', documents: ['house.pdf', 'keys.docx'], facts: ['zebra'] }

test.each([
  ['a table with its columns in any order', 'Facts,Question,Documents\nzebra,Where is the key?,house.pdf|keys.docx'],
  ['lines within a cell', 'question;documents;facts\nWhere is the key?;"house.pdf\nkeys.docx";zebra'],
  ['cells copied out of a spreadsheet, with no heading', 'Where is the key?\thouse.pdf|keys.docx\tzebra'],
  ['a list in JSON', JSON.stringify([key])],
  ['a set as the API gives it', JSON.stringify({ name: 'Keys', cases: [key] })],
  ['one name in place of a list', '[{"question": "Where is the key?", "documents": "house.pdf|keys.docx", "facts": "zebra"}]'],
])('%s is read', (_, text) => {
  expect(readCases(text)).toEqual({ cases: [key], unused: [] })
})

test('without a heading each line is a question, commas and all', () => {
  expect(readCases('Where, then, is it?\n\nWhy?\n')).toEqual({
    cases: [{ question: 'Where, then, is it?', documents: [], facts: [] }, { question: 'Why?', documents: [], facts: [] }],
    unused: [],
  })
})

test('what has no meaning here is named', () => {
  expect(readCases('id,question,answer\n1,Why?,So.')).toMatchObject({ unused: ['id', 'answer'] })
  expect(readCases('[{"question": "Why?", "expected": []}]')).toMatchObject({ unused: ['expected'] })
})

test.each([
  ['[{"question": "Why?"', /cannot be read/],
  ['{"questions": []}', /list of questions/],
  ['["Why?", 7]', /^Question 2:/],
  ['question,documents\nWhy?,a\n,b', /^Question 2: It has no question/],
  ['x\n'.repeat(501), /500 questions at most; these are 501/],
  [`question\n${'x'.repeat(2001)}`, /2000 characters/],
])('%# what cannot be kept is refused with its place', (text, problem) => {
  expect(readCases(text)).toEqual({ problem: expect.stringMatching(problem) as string })
})
