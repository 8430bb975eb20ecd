/** Models cite `[1]`, and several as `[1][2]` or `[1, 2]`. What we found ourselves stands as one with a mark that nobody types. */
const FOUND = '\uE000'
const CITATION = new RegExp(`(\\[${FOUND}?\\d{1,2}(?:, ?\\d{1,2})*\\])`)

export interface Citation {
  numbers: number[]
  /** Found by us, not cited by the model. */
  found: boolean
}

/** The text and what is cited between, as they come. */
export function piecesOf(text: string): (string | Citation)[] {
  return text.split(CITATION).map((piece, index) => (index % 2 === 1 ? citationOf(piece) : piece))
}

function citationOf(piece: string): Citation {
  const found = piece[1] === FOUND
  return { numbers: piece.slice(found ? 2 : 1, -1).split(',').map(Number), found }
}

export function citedIn(text: string): ReadonlySet<number> {
  return new Set(piecesOf(text).flatMap((piece) => (typeof piece === 'string' ? [] : piece.numbers)))
}

/**
 * An answer's Markdown with the passages' numbers behind the sentences that they bear out. A sentence that is not found
 * again, or stands in code or a table, where no number can stand, is left as it is.
 */
export function withFound(text: string, places: readonly { number: number; bearsOut: readonly string[] }[]): string {
  return [...places].reverse().reduce(
    (marked, { number, bearsOut }) => bearsOut.reduce((so, sentence) => markedBehind(so, sentence, `[${FOUND}${String(number)}]`), marked),
    text,
  )
}

function markedBehind(text: string, sentence: string, mark: string): string {
  if (/[|`]/.test(sentence)) return text
  const words = sentence.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const said = new RegExp(`(?<![\\p{L}\\p{N}])${words.join('[\\s*_]+')}(?![\\p{L}\\p{N}])`, 'u').exec(text)
  if (said === null || text.slice(0, said.index).split('```').length % 2 === 0) return text
  const end = said.index + said[0].length
  return text.slice(0, end) + mark + text.slice(end)
}
