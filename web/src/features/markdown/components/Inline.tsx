import type { Token, Tokens } from '../parse/lexer'
import { withoutEntities } from '../parse/entities'
import { safeAddress } from '../parse/links'
import { Cited } from '@/features/citations/components/Cited'
import { Formula } from './Formula'

export function Inline({ tokens }: { tokens: Token[] | undefined }) {
  return tokens?.map((token, index) => <Piece key={index} token={token as Tokens.Generic} />)
}

function Piece({ token }: { token: Tokens.Generic }) {
  switch (token.type) {
    case 'strong':
      return <strong><Inline tokens={token.tokens} /></strong>
    case 'em':
      return <em><Inline tokens={token.tokens} /></em>
    case 'del':
      return <del><Inline tokens={token.tokens} /></del>
    case 'codespan':
      return <code>{String(token['text'])}</code>
    case 'br':
      return <br />
    case 'link':
      return <Link href={String(token['href'])}><Inline tokens={token.tokens} /></Link>
    case 'image':
      return <Link href={String(token['href'])}>{`Picture: ${String(token['text'] || token['href'])}`}</Link>
    case 'formula':
      return <Formula source={String(token['text'])} display={token['display'] === true} />
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw) ? <br /> : <>{token.raw}</>
    case 'escape':
      return <>{String(token['text'])}</>
    case 'text':
      return token.tokens === undefined ? <Cited text={withoutEntities(String(token['text']))} /> : <Inline tokens={token.tokens} />
    default:
      return <>{token.raw}</>
  }
}

function Link({ href, children }: { href: string; children: React.ReactNode }) {
  const address = safeAddress(href)
  if (address === null) return <>{children}</>
  return (
    <a href={address.href} title={address.host} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}
