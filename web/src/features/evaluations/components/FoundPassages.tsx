import { useQuery } from '@tanstack/react-query'
import type { EvaluationAnswer, EvaluationClaim, EvaluationPassage, EvaluationResult, EvaluationRunDetails } from '@/api/types'
import { foundQuery } from '../api/evaluations'
import { Loaded } from './Loaded'

interface FoundPassagesProps {
  workspace: string
  run: EvaluationRunDetails
  result: EvaluationResult
}

/** What should have been found for a question, and what was. */
export function FoundPassages({ workspace, run, result }: FoundPassagesProps) {
  const query = useQuery({ ...foundQuery(workspace, run.set_id, run.id, result.position), staleTime: 30_000 })
  const { documents = [], facts = [] } = result
  return (
    <div className="px-4 pb-4 md:pl-11">
      {documents.length > 0 && <p className="text-sm break-words text-soft">Answered by {documents.join(', ')}.</p>}
      {facts.length > 0 && <p className="text-sm break-words text-soft">Should hold {facts.map((fact) => `“${fact}”`).join(', ')}.</p>}
      <Loaded query={query}>
        {({ data, gone, answer }) => (
          <>
            {answer !== null && <Said answer={answer} />}
            {data.length > 0 && (
              <ol aria-label={`Passages found for: ${result.question}`} className="mt-3 flex flex-col gap-3">
                {data.map((passage) => <Passage key={passage.chunk_id} passage={passage} documents={documents} facts={facts} />)}
              </ol>
            )}
            {data.length + gone === 0 && <p className="mt-2 text-sm text-faint">No passage was found.</p>}
            {gone > 0 && <p className="mt-3 text-sm text-faint">{gone === 1 ? '1 passage was found that is' : `${String(gone)} passages were found that are`} not to be read any more: deleted, read anew, or in a knowledge base that you may not use.</p>}
          </>
        )}
      </Loaded>
    </div>
  )
}

const LACKS: Record<NonNullable<EvaluationClaim['lacks']>, string> = {
  numbers: 'a number that no passage has', names: 'a name that no passage has', negation: 'a yes for a no, or a no for a yes', words: 'nothing like it in the passages',
}

/** What the model said, with the sentences that no passage bears out. */
function Said({ answer }: { answer: EvaluationAnswer }) {
  const wanting = answer.claims.filter(({ lacks }) => lacks !== null)
  return (
    <section aria-label="The answer" className="mt-3 border-l-2 border-accent pl-3">
      <p className="font-serif leading-relaxed break-words whitespace-pre-line">{answer.text}</p>
      {wanting.length > 0 && (
        <ul aria-label="Not borne out" className="mt-1 text-xs text-danger">
          {wanting.map(({ text, lacks }, at) => <li key={at}>Not borne out: “{text}” ({lacks !== null && LACKS[lacks]})</li>)}
        </ul>
      )}
    </section>
  )
}

function Passage({ passage, documents, facts }: { passage: EvaluationPassage; documents: readonly string[]; facts: readonly string[] }) {
  const text = passage.text.toLowerCase()
  const held = facts.filter((fact) => text.includes(fact.toLowerCase()))
  const signs = [documents.includes(passage.document_name) ? 'answers' : null, ...held.map((fact) => `holds “${fact}”`)].filter((sign) => sign !== null)
  return (
    <li className="rounded-xl border border-line bg-paper px-4 py-3">
      <p className="text-xs break-words text-faint">{[passage.document_name, passage.page === null ? null : `page ${String(passage.page)}`, passage.heading].filter((part) => part !== null).join(' · ')}</p>
      {signs.length > 0 && (
        <p className="mt-1 flex flex-wrap gap-1.5">{signs.map((sign) => <span key={sign} className="rounded-md bg-wash px-1.5 py-0.5 text-xs text-accent">{sign}</span>)}</p>
      )}
      <p className="mt-1 font-serif leading-relaxed break-words whitespace-pre-line">{passage.text}</p>
    </li>
  )
}
