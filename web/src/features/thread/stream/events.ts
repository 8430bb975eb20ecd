/**
 * Reads server-sent events from a body, however the network slices it.
 *
 * `EventSource` cannot POST nor choose its Last-Event-ID, so the format is parsed here, by the WHATWG rules that matter:
 * all three line ends, comments, several data lines, and an id that lasts until the next one.
 */
export interface StreamEvent {
  id: string | null
  data: string
}

export class EventParser {
  private rest = ''
  private data: string[] = []
  private id: string | null = null

  /** The events that this piece completes. */
  feed(piece: string): StreamEvent[] {
    const events: StreamEvent[] = []
    let text = this.rest + piece
    const heldReturn = text.endsWith('\r') // the line end's second half may still come
    if (heldReturn) text = text.slice(0, -1)
    const lines = text.split(/\r\n|\n|\r/)
    this.rest = (lines.pop() ?? '') + (heldReturn ? '\r' : '')
    for (const line of lines) {
      if (line === '') {
        if (this.data.length > 0) events.push({ id: this.id, data: this.data.join('\n') })
        this.data = []
      } else {
        this.read(line)
      }
    }
    return events
  }

  private read(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) return // a comment, which keeps the connection open
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') this.data.push(value)
    if (field === 'id' && !value.includes('\0')) this.id = value
  }
}

/** All events of a response body, and `alive` at each piece that comes, pings included. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<StreamEvent> {
  const parser = new EventParser()
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      alive()
      yield* parser.feed(decoder.decode(value, { stream: true }))
    }
  } finally {
    reader.cancel().catch(() => undefined) // already broken: nothing to give back
  }
}
