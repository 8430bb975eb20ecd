/** Models cite `[1]`, and several as `[1][2]` or `[1, 2]`. */
const CITATION = /(\[\d{1,2}(?:, ?\d{1,2})*\])/

/** The text and the numbers that are cited between, as they come. */
export function piecesOf(text: string): (string | number[])[] {
  return text.split(CITATION).map((piece, index) => (index % 2 === 1 ? piece.slice(1, -1).split(',').map(Number) : piece))
}

export function citedIn(text: string): ReadonlySet<number> {
  return new Set(piecesOf(text).flatMap((piece) => (typeof piece === 'string' ? [] : piece)))
}
