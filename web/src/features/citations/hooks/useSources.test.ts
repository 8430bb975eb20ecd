import { expect, test } from 'vitest'
import { placesOf } from './useSources'

const source = { type: 'source-document' as const, sourceId: 'c', mediaType: 'application/pdf', title: 'Keys', filename: 'handbook.pdf' }

test('a passage is found by its number, and one without a place is passed over', () => {
  const told = { knowledge_base_id: 'b', document_id: 'd', chunk_id: 'c', page: 2, heading: null, number: 1 }
  const places = placesOf([{ ...source, providerMetadata: { tertulia: told } }, { ...source, providerMetadata: {} }])
  expect([...places.values()]).toEqual([{ knowledgeBaseId: 'b', documentId: 'd', chunkId: 'c', number: 1, page: 2, heading: null, name: 'handbook.pdf', bearsOut: [] }])
})
