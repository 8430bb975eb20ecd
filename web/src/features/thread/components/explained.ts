import type { Explanation } from '@/api/types'

type Step = Explanation['steps'][number]

/** The pipeline's steps in the order in which they can begin, in words; one that is not known stands last, by its name. */
const NAMES = new Map([
  ['window', 'Recalled the conversation'],
  ['redact', 'Kept personal data back'],
  ['names', 'Looked for names'],
  ['route', 'Chose the model'],
  ['rewrite', 'Wrote the question anew'],
  ['retrieve', 'Looked through documents'],
  ['summarise', 'Recalled what was long ago'],
  ['compose', 'Put the prompt together'],
  ['reuse', 'Looked for an earlier answer'],
  ['admit', 'Waited for a free place'],
  ['respond', 'Answered'],
  ['keep', 'Kept the answer'],
  ['attribute', 'Compared the answer with its passages'],
])
const ORDER = [...NAMES.keys()]

export const stepName = (name: string): string => NAMES.get(name) ?? name

export function inOrder(steps: readonly Step[]): Step[] {
  const place = ({ name }: Step) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  return [...steps].sort((one, other) => place(one) - place(other))
}

/** A second and more in seconds, as one reads it. */
export const took = (milliseconds: number): string => (milliseconds < 1000 ? `${String(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`)
