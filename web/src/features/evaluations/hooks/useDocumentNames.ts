import { useQueries } from '@tanstack/react-query'
import { documentsQuery } from '@/features/knowledge/api/knowledge'

/** The names of all documents in these knowledge bases; `whole` is false while some are not known. */
export function useDocumentNames(baseIds: readonly string[]): { names: string[]; whole: boolean } {
  return useQueries({
    queries: baseIds.map((id) => ({ ...documentsQuery(id), staleTime: 30_000, retry: false })),
    combine: (pages) => ({
      names: [...new Set(pages.flatMap(({ data }) => data?.data.map(({ name }) => name) ?? []))].sort(),
      whole: pages.every(({ data }) => data?.has_more === false),
    }),
  })
}
