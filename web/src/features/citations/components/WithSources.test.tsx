import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { SourcePart } from '@/api/types'
import { WithSources } from './WithSources'

const SOURCES = [1, 2].map((number): SourcePart => ({
  type: 'source-document', sourceId: `s${String(number)}`, mediaType: 'application/pdf', title: 'handbook.pdf',
  providerMetadata: { tertulia: { number, knowledge_base_id: 'b', document_id: 'd', chunk_id: `c${String(number)}`, page: number } },
}))
const shown = (text: string | null) => render(<WithSources sources={SOURCES} text={text}><p>{text}</p></WithSources>)

test('what was given and is not cited is told from what is cited', () => {
  shown('By the door [2].')
  expect(screen.getAllByRole('button').map((one) => one.title)).toEqual(['Given to the model, not cited', ''])
  expect(screen.queryByText(/cites none/)).toBeNull()
})

test('an answer that cites nothing says so, once it is whole', () => {
  const { unmount } = shown(null)
  expect(screen.queryByText(/cites none/)).toBeNull()
  unmount()
  shown('By the door.')
  expect(screen.getByText(/cites none/)).toBeDefined()
})
