import { expect, test } from 'vitest'
import type { EvaluationRun, EvaluationSetSummary } from '@/api/types'
import { summaryOf } from './EvaluationsPage'

const run: EvaluationRun = {
  id: 'r', set_id: 's', status: 'finished', error: null, started_by: 'p', started_at: new Date().toISOString(), finished_at: null,
  model: null, questions: 1, done: 1, cost: null,
  figures: [{ name: 'hit@5', value: 0.5, before: null, less_is_better: false }],
}
const set: EvaluationSetSummary = { id: 's', name: 'Keys', knowledge_base_ids: [], questions: 1, created_at: '', last_run: run }

test('a set says how large it is and how its newest run went', () => {
  expect(summaryOf(set)).toBe('1 question · Right document near the top: 50 % · just now')
  expect(summaryOf({ ...set, questions: 12, last_run: null })).toBe('12 questions · never run')
  expect(summaryOf({ ...set, last_run: { ...run, status: 'queued' } })).toBe('1 question · running…')
  expect(summaryOf({ ...set, last_run: { ...run, status: 'failed', figures: [] } })).toBe('1 question · could not be run · just now')
})
