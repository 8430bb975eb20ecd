import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { KnowledgeDocument } from '@/api/types'
import { baseQuery, documentsQuery, isBeingRead, watchDocuments } from '../api/knowledge'

/** A base's documents. While any is being read its progress is told by the server; where that breaks, it is asked for. */
export function useReading(baseId: string) {
  const client = useQueryClient()
  const [told, setTold] = useState(false)
  const query = useQuery(documentsQuery(baseId, !told))
  const reading = query.data?.data.some(isBeingRead) === true

  useEffect(() => {
    if (!reading) return
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

  return query
}

function hear(client: QueryClient, baseId: string, document: KnowledgeDocument) {
  client.setQueryData(documentsQuery(baseId, true).queryKey, (page) => page && { ...page, data: withNews(page.data, document) })
  if (!isBeingRead(document)) void client.invalidateQueries({ queryKey: baseQuery(baseId).queryKey, exact: true })
}

/** A document in its place, or before all others when it is new. */
export function withNews(known: readonly KnowledgeDocument[], news: KnowledgeDocument): KnowledgeDocument[] {
  return known.some(({ id }) => id === news.id) ? known.map((one) => (one.id === news.id ? news : one)) : [news, ...known]
}
