/**
 * Markdown into tokens; elements are made of the tokens, so that no HTML of a model's making ever reaches the page.
 *
 * Formulas are ours: `$…$` by pandoc's rules (so that "$5 to $10" stays money), `$$…$$`, `\(…\)` and `\[…\]`.
 */
import { Marked, type Token, type TokenizerAndRendererExtension, type Tokens } from 'marked'

export interface Formula {
  type: 'formula'
  raw: string
  text: string
  display: boolean
}

export type { Token, Tokens }

const INLINE = [
  { pattern: /^\$\$((?:\\.|[^\\$])+?)\$\$/, display: true },
  { pattern: /^\$(?![\s$])((?:\\.|[^\\\n$])+?)(?<!\s)\$(?!\d)/, display: false },
  { pattern: /^\\\(([\s\S]+?)\\\)/, display: false },
  { pattern: /^\\\[([\s\S]+?)\\\]/, display: true },
]
const BLOCK = [/^ {0,3}\$\$([\s\S]+?)\$\$[ \t]*(?:\n|$)/, /^ {0,3}\\\[([\s\S]+?)\\\][ \t]*(?:\n|$)/]

const inlineFormula: TokenizerAndRendererExtension = {
  name: 'formula',
  level: 'inline',
  start: (source) => source.search(/\$|\\[([]/),
  tokenizer(source) {
    for (const { pattern, display } of INLINE) {
      const found = pattern.exec(source)
      if (found !== null) return { type: 'formula', raw: found[0], text: (found[1] ?? '').trim(), display }
    }
    return undefined
  },
}

const blockFormula: TokenizerAndRendererExtension = {
  name: 'formulaBlock',
  level: 'block',
  start: (source) => source.match(/(?:^|\n) {0,3}(?:\$\$|\\\[)/)?.index,
  tokenizer(source) {
    for (const pattern of BLOCK) {
      const found = pattern.exec(source)
      if (found !== null) return { type: 'formula', raw: found[0], text: (found[1] ?? '').trim(), display: true }
    }
    return undefined
  },
}

const markdown = new Marked({ gfm: true, extensions: [blockFormula, inlineFormula] })

export function lex(text: string): Token[] {
  return markdown.lexer(text)
}

/**
 * Lexes a text that grows: blocks that can no longer change keep their tokens, so that each piece costs what it adds
 * and not what was said before.
 */
export class GrowingLexer {
  private settled: Token[] = []
  private settledText = ''

  lex(text: string): Token[] {
    if (!text.startsWith(this.settledText)) this.forget()
    const open = lex(mend(text.slice(this.settledText.length)))
    const tokens = [...this.settled, ...open]
    const firm = open.slice(0, -3)
    const raw = firm.map((token) => token.raw).join('')
    if (raw !== '' && text.startsWith(raw, this.settledText.length)) {
      this.settled = [...this.settled, ...firm]
      this.settledText += raw
    }
    return tokens
  }

  private forget(): void {
    this.settled = []
    this.settledText = ''
  }
}

/** Makes half-written Markdown look like what it is about to become, so that nothing jumps while it is written. */
export function mend(text: string): string {
  const prose = text.replace(/^ {0,3}(```|~~~)[\s\S]*?^ {0,3}\1[ \t]*$/gm, (code) => ' '.repeat(code.length))
  if (/^ {0,3}(?:```|~~~)/m.test(prose)) return text // code is being written: nothing in it is Markdown
  const whole = text.slice(0, endOfWholeFormulas(prose))
  const mended = whole
    .replace(/(^|\n\n)[ \t]*\|[^\n]*(?:\n[ \t:|-]*)?$/, '$1') // a table whose head is not whole
    .replace(/\n[ \t]*(?:[-=*+_#>|]{1,3}|\d{1,3}[.)]?)[ \t]*$/, '') // a list, rule or heading about to begin
    .replace(/!?\[([^\][\n]*)(?:\]\([^)\s]*)?$/, '$1')
  return closeEmphasis(mended, mended.slice(mended.lastIndexOf('\n\n') + 1))
}

/** A displayed formula is shown when it is whole: half of one is noise. */
function endOfWholeFormulas(prose: string): number {
  const dollars = [...prose.matchAll(/\$\$/g)]
  const lastDollars = dollars.length % 2 === 1 ? dollars[dollars.length - 1]?.index : undefined
  const bracket = prose.lastIndexOf('\\[')
  const lastBracket = bracket >= 0 && !prose.includes('\\]', bracket) ? bracket : undefined
  return Math.min(lastDollars ?? prose.length, lastBracket ?? prose.length)
}

function closeEmphasis(text: string, lastBlock: string): string {
  if (count(lastBlock, /`/g) % 2 === 1) return `${text}\``
  const words = lastBlock.replace(/`[^`]*`/g, '').replace(/^[ \t]*\*[ \t]/gm, '')
  if (count(words, /\*\*/g) % 2 === 1) return /\*\*$/.test(text) ? text.slice(0, -2) : `${text.replace(/\*$/, '')}**`
  if (count(words.replace(/\*\*/g, ''), /\*/g) % 2 === 1) return text.endsWith('*') ? text.slice(0, -1) : `${text}*`
  return count(words, /~~/g) % 2 === 1 ? `${text}~~` : text
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
