/**
 * KaTeX, loaded when the first formula appears.
 *
 * It builds elements and sets their style through the DOM, which the content policy allows; its HTML string, and the
 * red of its own error text, would carry style attributes, which it does not.
 */
import katex from 'katex'
import 'katex/dist/katex.min.css'

export function typeset(place: HTMLElement, source: string, display: boolean): boolean {
  try {
    katex.render(source, place, { displayMode: display, throwOnError: true, strict: 'ignore', trust: false, maxSize: 30, maxExpand: 300 })
    return true
  } catch {
    place.replaceChildren()
    return false // the reader sees the source instead
  }
}
