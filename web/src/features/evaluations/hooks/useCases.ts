import { useReducer } from 'react'
import { type Case, linesOf, problemOf } from '../parse/cases'

/** A question as it is being edited; `typed` may be one more document, and facts stand on lines of their own. */
export interface Draft {
  key: number
  question: string
  documents: readonly string[]
  typed: string
  facts: string
}

export type Change =
  | { to: 'edit'; key: number; part: Partial<Omit<Draft, 'key'>> }
  | { to: 'remove'; key: number }
  | { to: 'add' }
  | { to: 'take'; cases: readonly Case[]; instead: boolean }

export interface Drafts {
  rows: readonly Draft[]
  /** The next row's key. */
  next: number
}

export const NOTHING: Drafts = { rows: [], next: 0 }

export function useCases(cases: readonly Case[]) {
  return useReducer(changed, cases, (known) => changed(NOTHING, known.length === 0 ? { to: 'add' } : { to: 'take', cases: known, instead: true }))
}

export function changed({ rows, next }: Drafts, change: Change): Drafts {
  if (change.to === 'edit') return { rows: rows.map((row) => (row.key === change.key ? { ...row, ...change.part } : row)), next }
  if (change.to === 'remove') return { rows: rows.filter(({ key }) => key !== change.key), next }
  const taken = change.to === 'add' ? [{ question: '', documents: [], facts: [] }] : change.cases
  const kept = change.to === 'add' ? rows : change.instead ? [] : rows.filter((row) => !isEmpty(row))
  return {
    rows: [...kept, ...taken.map(({ question, documents, facts }, at) => ({ key: next + at, question, documents, typed: '', facts: facts.join('\n') }))],
    next: next + taken.length,
  }
}

/** What is sent: rows with nothing in them are left out. */
export function casesOf(rows: readonly Draft[]): Case[] {
  return rows.filter((row) => !isEmpty(row)).map(caseOf)
}

export function problemOfDraft(row: Draft): string | null {
  return isEmpty(row) ? null : problemOf(caseOf(row))
}

/** The names with one more, unless it is among them or empty. */
export function withName(names: readonly string[], name: string): string[] {
  return [...new Set([...names, name.trim()])].filter((one) => one !== '')
}

function caseOf({ question, documents, typed, facts }: Draft): Case {
  return { question: question.trim(), documents: withName(documents, typed), facts: linesOf(facts) }
}

function isEmpty({ question, documents, typed, facts }: Draft): boolean {
  return documents.length === 0 && `${question}${typed}${facts}`.trim() === ''
}
