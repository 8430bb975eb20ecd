import { expect, test } from 'vitest'
import type { Message } from '@/api/types'
import { asMarkdown, fileNameOf } from './asMarkdown'

const message = (role: Message['role'], text: string, sources: Message['parts'] = []): Message => ({
  id: role, conversation_id: 'c', parent_id: null, role, status: 'finished', parts: [...sources, { type: 'text', text }], model: null, usage: null,
  cost: null, error: null, warnings: [], created_at: '2026-01-01T00:00:00Z',
})

test('a branch reads as who said what, with the passages of an answer', () => {
  const source: Message['parts'][number] = {
    type: 'source-document', sourceId: 's', mediaType: 'application/pdf', title: 'rules.pdf', filename: 'rules.pdf',
    providerMetadata: { tertulia: { number: 1, page: 2, document_id: 'd', chunk_id: 'k', knowledge_base_id: 'b' } },
  }
  const turns = [message('user', 'How much?'), message('assistant', 'Sixty [1].', [source])].map((one) => ({ message: one, siblings: [one.id] }))
  expect(asMarkdown('Meals', turns)).toBe('# Meals\n\n## You\n\nHow much?\n\n## Tertulia\n\nSixty [1].\n\nSources: [1] rules.pdf, page 2\n')
})

test('a file is called as its conversation, as far as a file may be', () => {
  expect(fileNameOf('Is 1/2 > 1/3?\n')).toBe('Is 1 2 1 3')
  expect(fileNameOf('///')).toBe('Conversation')
})
