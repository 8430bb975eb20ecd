import type { EvaluationSet } from '@/api/types'

/** What a set asks, and what should be found. */
export function QuestionList({ cases }: { cases: EvaluationSet['cases'] }) {
  return (
    <ol aria-label="Questions" className="divide-y divide-line rounded-xl border border-line bg-raised">
      {cases.map(({ question, documents = [], facts = [] }, at) => (
        <li key={at} className="px-4 py-2.5">
          <p className="text-sm break-words">{question}</p>
          <p className="mt-0.5 text-xs break-words text-faint">
            {documents.length + facts.length === 0 ? 'Nothing should be found.' : [...documents, ...facts.map((fact) => `“${fact}”`)].join(' · ')}
          </p>
        </li>
      ))}
    </ol>
  )
}
