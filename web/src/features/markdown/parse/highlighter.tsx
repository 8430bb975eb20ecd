/** Colours for code: a tree of spans with class names, made to elements. Loaded when the first code block appears. */
import { common, createLowlight } from 'lowlight'
import { Fragment, type ReactNode } from 'react'

const lowlight = createLowlight(common)

interface Node {
  type: string
  value?: string
  properties?: { className?: unknown }
  children?: Node[]
}

export function coloured(code: string, language: string): ReactNode {
  const name = language.toLowerCase()
  if (!lowlight.registered(name)) return code
  return drawn(lowlight.highlight(name, code) as Node)
}

function drawn(node: Node): ReactNode {
  if (node.type === 'text') return node.value
  const children = node.children?.map((child, index) => <Fragment key={index}>{drawn(child)}</Fragment>)
  const names = node.properties?.className
  return Array.isArray(names) ? <span className={names.join(' ')}>{children}</span> : children
}
