const UNBROKEN = /\S{3000}/

/**
 * The class for a text that may hold a word of thousands of letters, as pasted keys and pictures do: kerning one takes
 * the browser seconds for each letter typed. What is typed in is never kerned, for the same reason.
 */
export const NO_KERNING = '[font-kerning:none]'

export function kerningFor(text: string): string {
  return UNBROKEN.test(text) ? NO_KERNING : ''
}
