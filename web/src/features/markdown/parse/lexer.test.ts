import { describe, expect, test } from 'vitest'
import { GrowingLexer, lex, mend } from './lexer'

const kinds = (text: string) => lex(text).filter((token) => token.type !== 'space').map((token) => token.type)
const inline = (text: string) => lex(text).flatMap((token) => ('tokens' in token ? token.tokens ?? [] : [])).map((token) => token.type)

describe('formulas', () => {
  test('are found in their four ways of writing', () => {
    expect(kinds('$$\nx^2\n$$')).toEqual(['formula'])
    expect(kinds('\\[\nx^2\n\\]')).toEqual(['formula'])
    expect(inline('so $x^2$ and \\(y\\)')).toEqual(['text', 'formula', 'text', 'formula'])
  })

  test('sums of money are not formulas', () => {
    expect(inline('from $5 to $10, or $5-$10')).toEqual(['text'])
  })
})

const ANSWER = `# Title

A paragraph with **bold**, *slanted*, \`code\` and [a link](https://example.org/a_b).

- one
- two
  - deeper

\`\`\`python
def f(x):
    return "**not bold**"
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

$$
\\int_0^1 x\\,dx
$$

> quoted

Last words.`

describe('GrowingLexer', () => {
  test('ends with the same tokens as lexing the whole at once', () => {
    const lexer = new GrowingLexer()
    for (let at = 0; at < ANSWER.length; at += 3) lexer.lex(ANSWER.slice(0, at))
    expect(lexer.lex(ANSWER).map((token) => token.raw)).toEqual(lex(ANSWER).map((token) => token.raw))
  })

  test('keeps the tokens of blocks that are done', () => {
    const lexer = new GrowingLexer()
    const before = lexer.lex(ANSWER.slice(0, -20))
    expect(lexer.lex(ANSWER)[0]).toBe(before[0])
  })

  test('begins anew when the text was taken back', () => {
    const lexer = new GrowingLexer()
    lexer.lex(ANSWER)
    expect(lexer.lex('Other')).toHaveLength(1)
  })
})

describe('mend', () => {
  test.each([
    ['so **bol', 'so **bol**'],
    ['so **', 'so '],
    ['run `npm', 'run `npm`'],
    ['see [the do', 'see the do'],
    ['see [the docs](https://exa', 'see the docs'],
    ['A line\n-', 'A line'],
    ['So:\n\n| a | b |\n|--', 'So:\n\n'],
    ['| a | b |\n|---|---|\n| 1', '| a | b |\n|---|---|\n| 1'],
    ['Then\n\n$$\nx', 'Then\n\n'],
    ['```py\na = **', '```py\na = **'],
    ['* one\n* two', '* one\n* two'],
  ])('%j is shown as %j', (half, whole) => {
    expect(mend(half)).toBe(whole)
  })
})
