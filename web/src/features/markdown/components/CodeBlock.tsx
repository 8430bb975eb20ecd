import { type ReactNode, useMemo } from 'react'
import { CopyButton } from '@/ui/CopyButton'
import { lazyPart } from '../hooks/whenLoaded'

const useHighlighter = lazyPart(() => import('../parse/highlighter'))
const TOO_LONG_TO_COLOUR_WHILE_WRITTEN = 6_000
const TOO_LONG_TO_COLOUR = 100_000

interface CodeBlockProps {
  code: string
  language: string
  open?: boolean
}

export function CodeBlock({ code, language, open = false }: CodeBlockProps) {
  const name = language.trim().split(/[\s{,:]/)[0] ?? ''
  return (
    <figure className="code-block overflow-hidden rounded-xl border border-line bg-[var(--code)] font-sans">
      <figcaption className="flex items-center justify-between border-b border-line pr-1.5 pl-4 text-xs text-faint">
        <span>{name === '' ? 'text' : name}</span>
        <CopyButton text={() => code} label="Copy the code" words />
      </figcaption>
      <pre dir="ltr" tabIndex={0} role="region" aria-label={`Code${name === '' ? '' : `, ${name}`}`} className="overflow-x-auto px-4 py-3">
        <code>{name === '' ? code : <Coloured code={code} language={name} open={open} />}</code>
      </pre>
    </figure>
  )
}

function Coloured({ code, language, open }: Required<CodeBlockProps>): ReactNode {
  const highlighter = useHighlighter()
  const limit = open ? TOO_LONG_TO_COLOUR_WHILE_WRITTEN : TOO_LONG_TO_COLOUR
  return useMemo(
    () => (highlighter === null || code.length > limit ? code : highlighter.coloured(code, language)),
    [highlighter, code, language, limit],
  )
}
