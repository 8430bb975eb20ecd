import type { KeyboardEvent } from 'react'

/** Whether a key sends what is written: Enter, but on a touch screen, whose keyboard has no Shift+Enter. */
export function sends(event: KeyboardEvent): boolean {
  // an input method uses Enter to choose a word; 229 is what Safari says just after
  const composing = event.nativeEvent.isComposing || event.keyCode === 229
  return event.key === 'Enter' && !event.shiftKey && !composing && !matchMedia('(pointer: coarse)').matches
}
