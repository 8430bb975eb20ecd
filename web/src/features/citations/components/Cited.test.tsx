import { fireEvent, render, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { type Place, SourcesContext } from '../hooks/useSources'
import { Cited } from './Cited'

const place: Place = { knowledgeBaseId: 'b', documentId: 'd', chunkId: 'c', number: 1, page: 2, heading: null, name: 'handbook.pdf', bearsOut: [] }

test('a number that leads to a passage is a button, any other stays text', () => {
  const open = vi.fn()
  render(<SourcesContext.Provider value={{ places: new Map([[1, place]]), open }}><p><Cited text="By the door [1], not [2]." /></p></SourcesContext.Provider>)
  expect(screen.getByRole('paragraph').textContent).toBe('By the door 1, not [2].')
  fireEvent.click(screen.getByRole('button', { name: 'Passage 1: handbook.pdf' }))
  expect(open).toHaveBeenCalledWith(place)
})
