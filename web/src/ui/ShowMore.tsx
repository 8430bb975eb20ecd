import { Button } from './Button'

interface ShowMoreProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown }
}

/** The way to the next page of a list; nothing where the list is whole. */
export function ShowMore({ query }: ShowMoreProps) {
  if (!query.hasNextPage) return null
  return <Button look="quiet" busy={query.isFetchingNextPage} className="mt-2" onClick={() => { query.fetchNextPage() }}>{query.isFetchingNextPage ? 'Loading…' : 'Show more'}</Button>
}
