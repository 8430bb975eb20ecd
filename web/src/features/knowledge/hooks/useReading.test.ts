import { expect, test } from 'vitest'
import type { KnowledgeDocument } from '@/api/types'
import { withNews } from './useReading'

const document = (id: string, progress: number): KnowledgeDocument => ({
  id, name: `${id}.pdf`, status: 'embedding', progress, chunks: 0, error: null, media_type: 'application/pdf', size: 1,
  source_url: null, created_at: '', updated_at: '',
})

test('news of a document take its place, on whichever page, and a new one stands first', () => {
  const known = [{ data: [document('c', 1), document('b', 0.1)] }, { data: [document('a', 0.5)] }]
  expect(withNews(known, document('a', 0.9))).toEqual([known[0], { data: [document('a', 0.9)] }])
  expect(withNews(known, document('d', 0)).map(({ data }) => data.map(({ id }) => id))).toEqual([['d', 'c', 'b'], ['a']])
})
