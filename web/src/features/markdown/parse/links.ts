/**
 * Where an answer may lead: to the web or to a mail address, never to a script, a file or this page's own actions.
 *
 * Pictures are not loaded at all: fetching one tells its host who reads, and its address can carry words out of the
 * conversation. They are shown as a link that the reader may follow.
 */
const ALLOWED = new Set(['http:', 'https:', 'mailto:'])

export function safeAddress(href: string): URL | null {
  try {
    const address = new URL(href)
    return ALLOWED.has(address.protocol) ? address : null
  } catch {
    return null
  }
}
