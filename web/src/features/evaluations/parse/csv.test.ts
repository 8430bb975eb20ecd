import { expect, test } from 'vitest'
import { rowsOf, separatorOf } from './csv'

test.each([
  ['a,b\n1,2', ',', [['a', 'b'], ['1', '2']]],
  ['"a, b","say ""no"""\r\n"two\nlines",x\r\n', ',', [['a, b', 'say "no"'], ['two\nlines', 'x']]],
  ['a\t\tc\n\n\t\t\n', '\t', [['a', '', 'c']]],
  ['"never closed;b', ';', [['"never closed', 'b']]],
  ['', ',', []],
] as const)('%j is cut into its cells', (text, separator, rows) => {
  expect(rowsOf(text, separator)).toEqual(rows)
})

test('the separator is the one that the first line is made with', () => {
  expect(separatorOf('question;documents;facts\n"a, b, c, d";x;y')).toBe(';')
  expect(separatorOf('question\tdocuments')).toBe('\t')
  expect(separatorOf('question')).toBe(',')
})

test('a megabyte in one cell is no trouble', () => {
  expect(rowsOf(`"${'x""'.repeat(300_000)}"`, ',')[0]?.[0]).toHaveLength(600_000)
})
