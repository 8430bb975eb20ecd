import { createContext, useContext } from 'react'
import type { SourcePart } from '@/api/types'

/** Where a passage stands: what its number leads to. */
export interface Place {
  knowledgeBaseId: string
  documentId: string
  chunkId: string
  number: number
  page: number | null
  heading: string | null
  name: string
  /** The answer's sentences that we found it to bear out, where the model cited nothing. */
  bearsOut: readonly string[]
}

interface Sources {
  places: ReadonlyMap<number, Place>
  open: (place: Place) => void
}

export const SourcesContext = createContext<Sources>({ places: new Map(), open: () => undefined })

export function useSources(): Sources {
  return useContext(SourcesContext)
}

/** Places by their number; what says no place is passed over. */
export function placesOf(sources: readonly SourcePart[]): Map<number, Place> {
  const places = new Map<number, Place>()
  for (const source of sources) {
    const told = source.providerMetadata['tertulia'] as Record<string, unknown> | undefined
    const number = told?.['number']
    if (told === undefined || typeof number !== 'number') continue
    places.set(number, {
      knowledgeBaseId: String(told['knowledge_base_id']),
      documentId: String(told['document_id']),
      chunkId: String(told['chunk_id']),
      number,
      page: typeof told['page'] === 'number' ? told['page'] : null,
      heading: typeof told['heading'] === 'string' ? told['heading'] : null,
      name: source.filename ?? source.title,
      bearsOut: Array.isArray(told['bears_out']) ? told['bears_out'].map(String) : [],
    })
  }
  return places
}
