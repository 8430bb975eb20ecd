import { expect, test } from 'vitest'
import type { KnowledgeDocument } from '@/api/types'
import { wordsFor } from './DocumentRow'

const document: KnowledgeDocument = {
  id: 'd', name: 'a.pdf', status: 'ready', progress: 1, chunks: 1, error: null, media_type: 'application/pdf', size: 1234,
  source_url: null, created_at: '', updated_at: '',
}

test('a document says how much it holds, or why it could not be read', () => {
  expect(wordsFor(document)).toBe('1 passage · 1 kB')
  expect(wordsFor({ ...document, chunks: 1200, size: 2_500_000 })).toBe('1,200 passages · 2.5 MB')
  expect(wordsFor({ ...document, status: 'failed', error: { code: 'document_damaged', detail: 'It is damaged.' } })).toBe('It is damaged.')
})
