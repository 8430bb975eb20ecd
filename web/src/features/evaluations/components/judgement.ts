import type { EvaluationAnswerJudgement, EvaluationResult } from '@/api/types'

/** Why a question was judged as it was, in a sentence or two. */
export function judgement(result: EvaluationResult): string {
  const { answered } = result
  return answered === null ? found(result) : `${answer(answered, result)} ${found(result)}`
}

function answer({ failed, refused, held, grounded }: EvaluationAnswerJudgement, { judged, facts = [] }: EvaluationResult): string {
  if (failed !== null) return `There is no answer (${failed}).`
  if (refused) return judged.told ? 'The answer says nothing.' : 'The answer says that the documents do not tell.'
  const said = [`The passages bear out ${String(Math.round((grounded ?? 1) * 100))} % of the answer.`]
  if (held !== null) said.push(`It holds ${partOf(held, facts.length)} ${facts.length === 1 ? 'fact' : 'facts'}.`)
  return said.join(' ')
}

function found({ judged, documents = [], facts = [] }: EvaluationResult): string {
  if (!judged.told) return judged.refused ? 'Nothing was found, as it should be.' : 'Something was found, though the documents do not tell.'
  if (judged.refused) return 'Nothing was found.'
  const said: string[] = []
  if (judged.recalled !== null) said.push(ranked(judged.rank))
  if (judged.recalled !== null && documents.length > 1) said.push(`${partOf(judged.recalled, documents.length)} documents are among the first five.`)
  if (judged.grounded !== null) said.push(`The passages hold ${partOf(judged.grounded, facts.length)} ${facts.length === 1 ? 'fact' : 'facts'}.`)
  return said.join(' ')
}

function ranked(rank: number | null): string {
  if (rank === null) return 'No document that answers is among those found.'
  return rank === 1 ? 'The first document found is one that answers.' : `The first document that answers is at place ${String(rank)}.`
}

function partOf(share: number, count: number): string {
  return `${String(Math.round(share * count))} of ${String(count)}`
}
