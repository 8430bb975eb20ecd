/** What the figures of a run are called, and how they compare with those of the run before. */
import type { EvaluationFigure } from '@/api/types'

interface Meaning {
  name: string
  about: string
}

const MEANINGS: Record<string, Meaning> = {
  'hit@1': { name: 'Right document first', about: 'Questions whose document is the first found (hit@1).' },
  'hit@5': { name: 'Right document near the top', about: 'Questions whose document is among the first five (hit@5).' },
  'recall@5': { name: 'Documents found', about: 'Of all documents that answer, those among the first five (recall@5).' },
  'MRR@10': { name: 'Mean reciprocal rank', about: '1 where the document is always first, ½ where it is always second (MRR@10).' },
  'facts held': { name: 'Facts held', about: 'Of all facts, those that stand in the passages.' },
  'rightly refused': { name: 'Rightly nothing', about: 'Questions that the documents do not tell, and for which nothing was found.' },
  'facts in answers': { name: 'Facts in answers', about: 'Of all facts, those that stand in the answers.' },
  groundedness: { name: 'Borne out', about: 'Of what answers say, sentence by sentence, what their passages bear out.' },
  'answers rightly refused': { name: 'Rightly not answered', about: 'Questions that the documents do not tell, and whose answer says so.' },
  'answers wrongly refused': { name: 'Wrongly not answered', about: 'Questions that the documents tell, and whose answer says nothing. Less is better.' },
  'answers failed': { name: 'No answer', about: 'Questions that the model could not be asked. Less is better.' },
  'wrongly refused': { name: 'Wrongly nothing', about: 'Questions that the documents tell, and for which nothing was found. Less is better.' },
}
const TELLING = ['groundedness', 'facts in answers', 'hit@5', 'facts held', 'rightly refused']
const SAME = 0.0005

export function meaningOf(figure: EvaluationFigure): Meaning {
  return MEANINGS[figure.name] ?? { name: figure.name, about: '' }
}

export function shown(name: string, value: number): string {
  return name.startsWith('MRR') ? value.toFixed(2) : `${inPercent(value)} %`
}

/** The figure that tells most about a run, in a few words; null when it has none. */
export function headline(figures: readonly EvaluationFigure[]): string | null {
  const figure = TELLING.map((name) => figures.find((one) => one.name === name)).find((one) => one !== undefined)
  return figure === undefined ? null : `${meaningOf(figure).name}: ${shown(figure.name, figure.value)}`
}

export interface Difference {
  kind: 'better' | 'worse' | 'same'
  words: string
}

/** Null where the run before did not have this figure. */
export function differenceOf({ name, value, before, less_is_better }: EvaluationFigure): Difference | null {
  if (before == null) return null
  const delta = value - before
  if (Math.abs(delta) < SAME) return { kind: 'same', words: 'as before' }
  const kind = delta > 0 === less_is_better ? 'worse' : 'better'
  const size = name.startsWith('MRR') ? Math.abs(delta).toFixed(2) : pointsOf(Math.abs(delta))
  return { kind, words: `${delta > 0 ? '+' : '−'}${size}, ${kind}` }
}

function pointsOf(delta: number): string {
  const points = inPercent(delta)
  return `${points} ${points === '1' ? 'point' : 'points'}`
}

function inPercent(value: number): string {
  return (value * 100).toFixed(1).replace(/\.0$/, '')
}
