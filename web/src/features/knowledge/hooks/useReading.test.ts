import { expect, test } from 'vitest'
import type { KnowledgeDocument } from '@/api/types'
import { withNews } from './useReading'

const document = (id: string, progress: number): KnowledgeDocument => ({
  id, name: `${id}.pdf`, status: 'embedding', progress, chunks: 0, error: null, media_type: 'application/pdf', size: 1,
  source_url: null, created_at: '', updated_at: '',
})

test('news of a document take its place, and a new one stands first', () => {
  const known = [document('b', 0.1), document('a', 0.5)]
  expect(withNews(known, document('a', 0.9))).toEqual([document('b', 0.1), document('a', 0.9)])
  expect(withNews(known, document('c', 0)).map(({ id }) => id)).toEqual(['c', 'b', 'a'])
})
