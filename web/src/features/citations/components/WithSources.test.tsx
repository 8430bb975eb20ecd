import { render, screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { SourcePart } from '@/api/types'
import { Cited } from './Cited'
import { WithSources } from './WithSources'

const SOURCES = [1, 2].map((number): SourcePart => ({
  type: 'source-document', sourceId: `s${String(number)}`, mediaType: 'application/pdf', title: 'handbook.pdf',
  providerMetadata: { tertulia: { number, knowledge_base_id: 'b', document_id: 'd', chunk_id: `c${String(number)}`, page: number } },
}))
const shown = (text: string, { running = false, sources = SOURCES } = {}) =>
  render(<WithSources sources={sources} text={text} running={running}>{(whole) => <p><Cited text={whole} /></p>}</WithSources>)

test('what was given and is not cited is told from what is cited', () => {
  shown('By the door [2].')
  expect(within(screen.getByRole('list')).getAllByRole('button').map((one) => one.title)).toEqual(['Given to the model, not cited', ''])
  expect(screen.queryByText(/cites none/)).toBeNull()
})

test('an answer that cites nothing says so, once it is whole', () => {
  const { unmount } = shown('By the', { running: true })
  expect(screen.queryByText(/cites none/)).toBeNull()
  unmount()
  shown('By the door.')
  expect(screen.getByText(/cites none/)).toBeDefined()
})

test('what we found ourselves is told from what the model cites', () => {
  const sources = SOURCES.map((source, at) => (at === 0 ? source : { ...source, providerMetadata: { tertulia: { ...source.providerMetadata['tertulia'] as object, bears_out: ['By the door.'] } } }))
  shown('By the door. In May.', { sources })
  expect(screen.getAllByRole('paragraph').map((one) => one.textContent)).toContain('By the door.2 In May.')
  expect(screen.getByRole('button', { name: 'Found in passage 2: handbook.pdf' })).toBeDefined()
  expect(screen.getByText(/The model cited nothing/)).toBeDefined()
  expect(within(screen.getByRole('list')).getAllByRole('button').map((one) => one.title)).toEqual(['Given to the model, not cited', 'Not cited by the model: found by comparison'])
})
