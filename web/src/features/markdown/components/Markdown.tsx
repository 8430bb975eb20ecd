import { memo, useMemo, useState } from 'react'
import { headingLevels } from '../parse/headings'
import { GrowingLexer, lex, type Token } from '../parse/lexer'
import { Block } from './Block'

interface MarkdownProps {
  text: string
  streaming?: boolean
}

/** An answer's text as elements. While it grows only its last blocks are read and drawn again. */
export function Markdown({ text, streaming = false }: MarkdownProps) {
  const [growing] = useState(() => new GrowingLexer())
  const tokens = useMemo(() => (streaming ? growing.lex(text) : lex(text)), [text, streaming, growing])
  const levels = headingLevels(tokens)
  const last = tokens.length - 1
  return (
    <div className="answer">
      {tokens.map((token, index) => (
        <MemoBlock key={index} token={token} level={levels[index] ?? null} open={streaming && index === last} />
      ))}
    </div>
  )
}

interface BlockProps {
  token: Token
  level: number | null
  open: boolean
}

const MemoBlock = memo(
  ({ token, level, open }: BlockProps) => <Block token={token} level={level} open={open} outer />,
  (before, after) =>
    before.open === after.open && before.level === after.level &&
    (before.token === after.token || (before.token.type === after.token.type && before.token.raw === after.token.raw && !after.token.raw.includes('['))),
)
MemoBlock.displayName = 'MemoBlock'
