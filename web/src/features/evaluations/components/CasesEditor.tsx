import { type Dispatch, useId, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Button } from '@/ui/Button'
import { casesOf, type Change, type Draft } from '../hooks/useCases'
import { useDocumentNames } from '../hooks/useDocumentNames'
import { MOST } from '../parse/cases'
import { CaseRow } from './CaseRow'
import { ImportCases } from './ImportCases'

interface CasesEditorProps {
  rows: readonly Draft[]
  dispatch: Dispatch<Change>
  baseIds: readonly string[]
  strict: boolean
}

/** The questions of a set as a table, with the documents of its knowledge bases at hand. */
export function CasesEditor({ rows, dispatch, baseIds, strict }: CasesEditorProps) {
  const offered = useId()
  const list = useRef<HTMLOListElement>(null)
  const [importing, setImporting] = useState(false)
  const { names, whole } = useDocumentNames(baseIds)
  const known = useMemo(() => (whole && baseIds.length > 0 ? new Set(names) : null), [whole, baseIds, names])
  const add = () => {
    flushSync(() => { dispatch({ to: 'add' }) })
    list.current?.lastElementChild?.querySelector('textarea')?.focus()
  }
  return (
    <>
      <datalist id={offered}>{names.map((name) => <option key={name} value={name} />)}</datalist>
      <div aria-hidden="true" className="hidden grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,4fr)_2rem] gap-3 px-4 pb-2 text-xs text-faint md:grid">
        <span>Question</span><span>Documents that answer it</span><span>Facts that the passages hold, one a line</span>
      </div>
      {rows.length > 0 && (
        <ol ref={list} aria-label="Questions" className="divide-y divide-line rounded-xl border border-line bg-raised">
          {rows.map((row, at) => <CaseRow key={row.key} number={at + 1} row={row} dispatch={dispatch} offered={offered} known={known} strict={strict} />)}
        </ol>
      )}
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <Button onClick={add} disabled={rows.length >= MOST.cases}>Add a question</Button>
        <Button onClick={() => { setImporting(true) }}>Import…</Button>
        <p className="text-sm text-faint">{rows.length} of {MOST.cases}</p>
      </div>
      {importing && <ImportCases there={casesOf(rows).length} onTake={(cases, instead) => { dispatch({ to: 'take', cases, instead }) }} onClose={() => { setImporting(false) }} />}
    </>
  )
}
