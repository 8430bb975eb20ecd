/**
 * Questions with what should be found for them, from pasted text: JSON, a table with a heading row, or a line each.
 *
 * The bounds are the server's: what is over them is refused here, by its place in the text.
 */
import { rowsOf, separatorOf } from './csv'

/** `documents`: names of those that answer; `facts`: words that the passages must hold. */
export interface Case {
  question: string
  documents: string[]
  facts: string[]
}

/** `unused` are columns or fields that mean nothing here. */
export type Read = { cases: Case[]; unused: string[] } | { problem: string }

export const MOST = { cases: 500, question: 2000, listed: 20, document: 255, fact: 500 }
export const COLUMNS = ['question', 'documents', 'facts'] as const

export function readCases(text: string): Read {
  const read = /^\s*[[{]/.test(text) ? fromJson(text) : fromTable(text.replace(/^\uFEFF/, ''))
  if ('problem' in read) return read
  if (read.cases.length > MOST.cases) return { problem: `A set has ${String(MOST.cases)} questions at most; these are ${String(read.cases.length)}.` }
  for (const [at, one] of read.cases.entries()) {
    const problem = problemOf(one)
    if (problem !== null) return { problem: `Question ${String(at + 1)}: ${problem}` }
  }
  return read
}

/** What the server would refuse it for. */
export function problemOf({ question, documents, facts }: Case): string | null {
  if (question === '') return 'It has no question.'
  if (question.length > MOST.question) return `A question has ${String(MOST.question)} characters at most.`
  if (Math.max(documents.length, facts.length) > MOST.listed) return `It has more than ${String(MOST.listed)} documents or facts.`
  if (documents.some((name) => name.length > MOST.document)) return `A document’s name has ${String(MOST.document)} characters at most.`
  if (facts.some((fact) => fact.length > MOST.fact)) return `A fact has ${String(MOST.fact)} characters at most.`
  return null
}

/** The lines that hold something. */
export function linesOf(text: string, between: RegExp = /\n/): string[] {
  return text.split(between).map((line) => line.trim()).filter((line) => line !== '')
}

function fromJson(text: string): Read {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return { problem: 'This begins like JSON but cannot be read as such. Look for a missing comma, quote or bracket.' }
  }
  const list = isRecord(parsed) ? parsed['cases'] : parsed
  if (!Array.isArray(list)) return { problem: 'The JSON should be a list of questions, or have one as “cases”.' }
  const items = list.map((one: unknown) => (typeof one === 'string' ? { question: one } : one))
  const wrong = items.findIndex((one) => !isRecord(one) || typeof one['question'] !== 'string')
  if (wrong >= 0) return { problem: `Question ${String(wrong + 1)}: It is neither a text nor an object with a “question”.` }
  const records = items.filter(isRecord)
  return {
    cases: records.map((one) => ({ question: String(one['question']).trim(), documents: listed(one['documents']), facts: listed(one['facts']) })),
    unused: unusedOf(records.flatMap((one) => Object.keys(one))),
  }
}

function fromTable(text: string): Read {
  const separator = separatorOf(text)
  const [first = [], ...others] = rowsOf(text, separator)
  const heading = first.map((cell) => cell.trim().toLowerCase())
  const named = heading.includes('question')
  if (!named && separator !== '\t') return { cases: linesOf(text).map((question) => ({ question, documents: [], facts: [] })), unused: [] }
  const columns: readonly string[] = named ? heading : COLUMNS
  const cases = (named ? others : [first, ...others]).map((row) => {
    const cell = (name: string) => row[columns.indexOf(name)] ?? ''
    return { question: cell('question').trim(), documents: listed(cell('documents')), facts: listed(cell('facts')) }
  })
  return { cases, unused: unusedOf(columns) }
}

/** Several in one cell stand on lines of their own, or between bars. */
function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((one) => linesOf(String(one))) : typeof value === 'string' ? linesOf(value, /[\n|]/) : []
}

function unusedOf(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== '' && !(COLUMNS as readonly string[]).includes(name))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
