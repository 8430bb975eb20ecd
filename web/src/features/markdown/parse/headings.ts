import type { Token } from './lexer'

const FIRST = 3 // the page and the turn have the first two
const LAST = 6

/**
 * The level of each heading among the page's own, so that no level is skipped however the model numbers its headings.
 * Its looks follow the model; only the outline that assistive technology reads is mended.
 */
export function headingLevels(tokens: readonly Token[]): (number | null)[] {
  const above: number[] = []
  return tokens.map((token) => {
    if (token.type !== 'heading') return null
    const depth = Number((token as { depth?: unknown }).depth)
    while (above.length > 0 && (above[above.length - 1] ?? 0) >= depth) above.pop()
    above.push(depth)
    return Math.min(LAST, FIRST + above.length - 1)
  })
}
