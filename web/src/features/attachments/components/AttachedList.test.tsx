import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import type { KnowledgeDocument } from '@/api/types'
import type { Attachments } from '../hooks/useAttachments'
import { AttachedList } from './AttachedList'

const document: KnowledgeDocument = {
  id: 'd', name: 'a.pdf', status: 'parsing', progress: 0.5, chunks: 0, error: null, media_type: 'application/pdf', size: 1,
  source_url: null, created_at: '', updated_at: '',
}
const NONE: Attachments = { documents: [], sending: null, refused: [], wait: null, add: vi.fn(), remove: vi.fn(), stop: vi.fn(), sent: vi.fn() }

test('a file tells how far it is, or why it cannot be read, and can be taken away', async () => {
  const damaged: KnowledgeDocument = { ...document, id: 'e', name: 'b.pdf', status: 'failed', error: { code: 'document_damaged', detail: 'It is damaged.' } }
  render(<AttachedList files={{ ...NONE, documents: [document, damaged] }} />)
  expect(screen.getByLabelText<HTMLProgressElement>('Reading a.pdf').value).toBe(0.5)
  expect(screen.getByRole('alert').textContent).toBe('It is damaged.')
  await userEvent.click(screen.getByRole('button', { name: 'Take away b.pdf' }))
  expect(NONE.remove).toHaveBeenCalledExactlyOnceWith(damaged)
})

test('what is being sent can be stopped; where there are no files there is no list', async () => {
  const { rerender } = render(<AttachedList files={{ ...NONE, sending: 'Sending a.pdf…' }} />)
  await userEvent.click(screen.getByRole('button', { name: 'Stop sending' }))
  expect(NONE.stop).toHaveBeenCalledOnce()
  rerender(<AttachedList files={NONE} />)
  expect(screen.queryByRole('list')).toBeNull()
})
