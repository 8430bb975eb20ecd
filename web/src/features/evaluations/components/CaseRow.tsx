import { type Dispatch, memo, useId } from 'react'
import { IconButton } from '@/ui/IconButton'
import { type Change, type Draft, problemOfDraft } from '../hooks/useCases'
import { MOST } from '../parse/cases'
import { NameList } from './NameList'

interface CaseRowProps {
  number: number
  row: Draft
  dispatch: Dispatch<Change>
  offered: string
  known: ReadonlySet<string> | null
  /** Whether faults are shown: not before the set was to be kept. */
  strict: boolean
}

const FIELD = 'block w-full resize-none rounded-lg border border-edge bg-raised px-3 py-2 text-base outline-none field-sizing-content focus:border-accent focus:ring-2 focus:ring-accent/25 aria-invalid:border-danger md:text-sm'
const CAPTION = 'mb-1.5 block text-xs text-faint md:sr-only'

/** One question: on a desk a row of the table, on a phone a card. */
export const CaseRow = memo(function CaseRow({ number, row, dispatch, offered, known, strict }: CaseRowProps) {
  const id = useId()
  const problem = strict ? problemOfDraft(row) : null
  const edit = (part: Partial<Omit<Draft, 'key'>>) => { dispatch({ to: 'edit', key: row.key, part }) }
  return (
    <li className="relative grid gap-3 px-4 py-3 md:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,4fr)_auto]">
      <div>
        <label htmlFor={`${id}-question`} className={CAPTION}>Question {number}</label>
        <textarea id={`${id}-question`} rows={1} value={row.question} maxLength={MOST.question} aria-invalid={problem !== null || undefined} aria-describedby={problem === null ? undefined : `${id}-problem`} onChange={(event) => { edit({ question: event.target.value }) }} className={FIELD} />
        {problem !== null && <p id={`${id}-problem`} className="mt-1 text-xs text-danger">{problem}</p>}
      </div>
      <div>
        <p aria-hidden="true" className="mb-1 text-xs text-faint md:hidden">Documents that answer it</p>
        <NameList label={`A document that answers question ${String(number)}`} names={row.documents} typed={row.typed} onChange={edit} offered={offered} known={known} />
      </div>
      <div>
        <label htmlFor={`${id}-facts`} className={CAPTION}>Facts for question {number}, one a line</label>
        <textarea id={`${id}-facts`} rows={1} value={row.facts} onChange={(event) => { edit({ facts: event.target.value }) }} className={FIELD} />
      </div>
      <IconButton icon="trash" size="small" label={`Delete question ${String(number)}`} className="absolute top-0.5 right-2 md:static" onClick={() => { dispatch({ to: 'remove', key: row.key }) }} />
    </li>
  )
})
