import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/problem'
import { ProblemNote } from '@/ui/ProblemNote'

interface LoadedProps<T> {
  query: UseQueryResult<T>
  /** What stands above until there is something. */
  head?: ReactNode
  children: (data: T) => ReactNode
}

/** What a query has, with a word for the time before and for why there is nothing. */
export function Loaded<T>({ query, head, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error === null) return <>{head}<p role="status" className="mt-6 text-sm text-faint">Loading…</p></>
  return (
    <>
      {head}
      <div className="mt-6"><ProblemNote problem={asProblem(query.error)}>
        <button type="button" onClick={() => void query.refetch()} className="font-medium underline underline-offset-2">Try again</button>
      </ProblemNote></div>
    </>
  )
}
