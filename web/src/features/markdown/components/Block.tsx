import { createElement } from 'react'
import type { Formula as FormulaToken, Token, Tokens } from '../parse/lexer'
import { CodeBlock } from './CodeBlock'
import { Formula } from './Formula'
import { Inline } from './Inline'
import { Table } from './Table'

interface BlockProps {
  token: Token
  /** The level of a heading; one inside a quotation or a list is none of the answer's own. */
  level?: number | null
  /** One of the answer's own blocks: it runs as its first letters do, from the right in Arabic, and what is in it likewise. */
  outer?: boolean
  /** Still being written. */
  open?: boolean
}

export function Block({ token, level = null, open = false, outer = false }: BlockProps) {
  const dir = outer ? 'auto' : undefined
  const known = token as Tokens.Generic
  switch (known.type) {
    case 'heading':
      return createElement(level === null ? 'p' : `h${String(level)}`, { dir, className: `head-${String(known['depth'])}` }, <Inline tokens={known.tokens} />)
    case 'paragraph':
      return <p dir={dir}><Inline tokens={known.tokens} /></p>
    case 'text':
      return known.tokens === undefined ? <>{known.raw}</> : <Inline tokens={known.tokens} />
    case 'list':
      return <List list={known as Tokens.List} dir={dir} />
    case 'blockquote':
      return <blockquote dir={dir}><Blocks tokens={known.tokens} /></blockquote>
    case 'code':
      return <CodeBlock code={String(known['text'])} language={String(known['lang'] ?? '')} open={open} />
    case 'table':
      return <Table table={known as Tokens.Table} dir={dir} />
    case 'hr':
      return <hr />
    case 'formula':
      return <Formula source={(known as unknown as FormulaToken).text} display />
    case 'space':
    case 'def':
      return null
    default:
      return <p dir={dir}>{known.raw.trim()}</p> // HTML among them: shown as it was written, never run
  }
}

export function Blocks({ tokens }: { tokens: Token[] | undefined }) {
  return tokens?.map((token, index) => <Block key={index} token={token} />)
}

function List({ list, dir }: { list: Tokens.List; dir: 'auto' | undefined }) {
  const items = list.items.map((item, index) => (
    <li key={index} className={item.task ? 'task' : undefined}>
      {item.task && <input type="checkbox" checked={item.checked === true} readOnly disabled aria-label={item.checked === true ? 'done' : 'to do'} />}
      <Blocks tokens={item.tokens.filter((token) => token.type !== 'checkbox')} />
    </li>
  ))
  if (!list.ordered) return <ul dir={dir}>{items}</ul>
  return <ol dir={dir} start={list.start === '' ? 1 : list.start}>{items}</ol>
}
