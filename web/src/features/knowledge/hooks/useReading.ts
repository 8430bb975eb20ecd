import { type QueryClient, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { KnowledgeDocument } from '@/api/types'
import { baseQuery, documentPagesQuery, isBeingRead, watchDocuments } from '../api/knowledge'

/**
 * A base's documents; of none there are none. While any is being read its progress is told by the server; where that
 * breaks, it is asked for.
 */
export function useReading(baseId: string | null) {
  const client = useQueryClient()
  const [told, setTold] = useState(false)
  const query = useInfiniteQuery({ ...documentPagesQuery(baseId ?? '', !told), enabled: baseId !== null })
  const documents = query.data?.pages.flatMap((page) => page.data) ?? []
  const reading = documents.some(isBeingRead)

  useEffect(() => {
    if (!reading || baseId === null) return
    const leaving = new AbortController()
    const watch = async () => {
      try {
        for await (const document of watchDocuments(baseId, leaving.signal, () => { setTold(true) })) hear(client, baseId, document)
      } catch {
        // It is asked for from now on.
      }
      setTold(false)
    }
    void watch()
    return () => { leaving.abort() }
  }, [client, baseId, reading])

  return { query, documents }
}

function hear(client: QueryClient, baseId: string, document: KnowledgeDocument) {
  client.setQueryData(documentPagesQuery(baseId).queryKey, (known) => known && { ...known, pages: withNews(known.pages, document) })
  if (!isBeingRead(document)) void client.invalidateQueries({ queryKey: baseQuery(baseId).queryKey, exact: true })
}

/** A document in its place, or before all others when it is new. */
export function withNews<P extends { data: KnowledgeDocument[] }>(pages: readonly P[], news: KnowledgeDocument): P[] {
  const known = pages.some(({ data }) => data.some(({ id }) => id === news.id))
  return pages.map((page, index) => {
    if (!known) return index === 0 ? { ...page, data: [news, ...page.data] } : page
    return { ...page, data: page.data.map((one) => (one.id === news.id ? news : one)) }
  })
}
