/** Tables as spreadsheets write them (RFC 4180), and as they are copied out of one, with tabs. */
export type Separator = ',' | ';' | '\t'

/** The one that stands most often in the first line. */
export function separatorOf(text: string): Separator {
  const line = text.split('\n', 1)[0] ?? ''
  const often = (separator: Separator) => line.split(separator).length
  return ([',', ';', '\t'] as const).reduce((best, one) => (often(one) > often(best) ? one : best))
}

/** Cells without their quotes; rows with nothing in them are left out. A quote that never ends is a character. */
export function rowsOf(text: string, separator: Separator): string[][] {
  const cells = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^${separator}\\r\\n]*))(${separator}|\\r?\\n|\\r|$)`, 'gy')
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain = '', end] of text.matchAll(cells)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === separator) continue
    if (row.some((one) => one.trim() !== '')) rows.push(row)
    row = []
  }
  return rows
}
