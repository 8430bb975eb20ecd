import { useState } from 'react'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { type Case, MOST, readCases } from '../parse/cases'

interface ImportCasesProps {
  /** How many questions the set has. */
  there: number
  onTake: (cases: readonly Case[], instead: boolean) => void
  onClose: () => void
}

const PREVIEW = 3
const EXAMPLE = 'question,documents,facts\nWhere does the spare key hang?,house.pdf,zebra painting\nHow long is the leave?,leave.docx|contract.pdf,thirty-one days'

/** Pasted questions, looked at before they are taken. */
export function ImportCases({ there, onTake, onClose }: ImportCasesProps) {
  const [text, setText] = useState('')
  const read = text.trim() === '' ? null : readCases(text)
  const cases = read !== null && 'cases' in read ? read.cases : []
  const over = there + cases.length > MOST.cases
  const take = (instead: boolean) => {
    onTake(cases, instead)
    onClose()
  }
  return (
    <Dialog title="Import questions" wide onClose={onClose}>
      <p id="import-about" className="text-sm text-soft">Paste CSV with a heading row, cells of a spreadsheet, JSON, or one question a line. Several documents or facts stand on lines of their own or between bars (|).</p>
      <textarea aria-label="Questions to import" aria-describedby="import-about" rows={8} value={text} placeholder={EXAMPLE} spellCheck={false} onChange={(event) => { setText(event.target.value) }} className="mt-3 block w-full rounded-lg border border-edge bg-paper px-3 py-2 font-mono text-xs outline-none focus:border-accent focus:ring-2 focus:ring-accent/25" />
      <div role="status" className="mt-3 text-sm">
        {read !== null && 'problem' in read && <p className="text-danger">{read.problem}</p>}
        {read !== null && 'cases' in read && (
          <>
            <p>{countOf(cases)}{read.unused.length > 0 && <span className="text-soft">. Not used: {read.unused.join(', ')}</span>}</p>
            <ul className="mt-1 text-soft">
              {cases.slice(0, PREVIEW).map((one, at) => <li key={at} className="truncate">{one.question}{[...one.documents, ...one.facts].map((part) => ` · ${part}`).join('')}</li>)}
              {cases.length > PREVIEW && <li>…</li>}
            </ul>
          </>
        )}
      </div>
      <div className="mt-5 flex flex-wrap justify-end gap-3">
        {there > 0 && <Button disabled={cases.length === 0} onClick={() => { take(true) }}>In place of all</Button>}
        <Button look="primary" disabled={cases.length === 0 || over} onClick={() => { take(false) }}>{there > 0 ? 'Add them' : 'Take them'}</Button>
      </div>
      {over && cases.length > 0 && <p className="mt-2 text-right text-sm text-danger">With those that are there it is more than {MOST.cases}.</p>}
    </Dialog>
  )
}

function countOf(cases: readonly Case[]): string {
  const untold = cases.filter(({ documents, facts }) => documents.length === 0 && facts.length === 0).length
  const count = cases.length === 1 ? '1 question' : `${String(cases.length)} questions`
  return untold === 0 ? count : `${count}, ${String(untold)} for which nothing should be found`
}
