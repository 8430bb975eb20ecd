import { expect, test } from 'vitest'
import { headingLevels } from './headings'
import { lex } from './lexer'

test.each([
  ['## a\n\n## b', [3, 3]],
  ['# a\n\n### b\n\n#### c\n\n# d', [3, 4, 5, 3]],
  ['#### a\n\n## b\n\n### c', [3, 3, 4]],
])('%j has the outline %j', (text, levels) => {
  expect(headingLevels(lex(text)).filter((level) => level !== null)).toEqual(levels)
})
