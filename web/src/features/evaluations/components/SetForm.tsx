import { useCallback, useState } from 'react'
import type { ApiProblem } from '@/api/problem'
import type { EvaluationSetContent } from '@/api/types'
import { Section } from '@/features/settings/components/Section'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { casesOf, type Change, problemOfDraft, useCases } from '../hooks/useCases'
import type { Case } from '../parse/cases'
import { BaseChoice } from './BaseChoice'
import { CasesEditor } from './CasesEditor'

interface SetFormProps {
  known: { name: string; knowledge_base_ids: readonly string[]; cases: readonly Case[] }
  busy: boolean
  problem: ApiProblem | null
  onKeep: (content: EvaluationSetContent) => void
  onCancel: () => void
  /** Called when something is not as it was known. */
  onDirty: (dirty: boolean) => void
}

/** A set's name, knowledge bases and questions. */
export function SetForm({ known, busy, problem, onKeep, onCancel, onDirty }: SetFormProps) {
  const [name, setName] = useState(known.name)
  const [baseIds, setBaseIds] = useState<readonly string[]>(known.knowledge_base_ids)
  const [{ rows }, dispatch] = useCases(known.cases)
  const [strict, setStrict] = useState(false)
  const change = useCallback((what: Change) => {
    onDirty(true)
    dispatch(what)
  }, [dispatch, onDirty])
  const cases = casesOf(rows)
  const lacks = lackOf(name, baseIds, cases) ?? (rows.some((row) => problemOfDraft(row) !== null) ? 'Mend or delete the questions that are marked.' : null)
  const keep = () => {
    setStrict(true)
    if (lacks === null) onKeep({ name: name.trim(), knowledge_base_ids: [...baseIds], cases })
  }
  return (
    <form
      className="mt-6"
      noValidate
      onChange={() => { onDirty(true) }}
      onSubmit={(event) => {
        event.preventDefault()
        keep()
      }}
    >
      <div className="flex max-w-xl flex-col gap-5">
        <TextField label="Name" placeholder="What new colleagues ask" value={name} maxLength={100} required onChange={(event) => { setName(event.target.value) }} />
        <BaseChoice chosen={baseIds} onChoose={setBaseIds} />
      </div>
      <Section title="Questions" about="With the documents that answer each, or words that the passages must hold. One with neither is about something that the documents do not tell: nothing should be found for it.">
        <CasesEditor
          rows={rows}
          dispatch={change}
          baseIds={baseIds}
          strict={strict}
        />
      </Section>
      <div className="mt-8 flex flex-col gap-4">
        {strict && lacks !== null && <p role="alert" className="text-sm text-danger">{lacks}</p>}
        {problem !== null && <ProblemNote problem={problem} />}
        <div className="flex gap-3">
          <Button type="submit" look="primary" busy={busy}>Save</Button>
          <Button onClick={onCancel}>Cancel</Button>
        </div>
      </div>
    </form>
  )
}

function lackOf(name: string, baseIds: readonly string[], cases: readonly Case[]): string | null {
  if (name.trim() === '') return 'Give the set a name.'
  if (baseIds.length === 0) return 'Choose a knowledge base.'
  return cases.length === 0 ? 'Write down a question.' : null
}
