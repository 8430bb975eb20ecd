import type { ReactNode } from 'react'
import { asProblem } from '@/api/problem'
import { ProblemNote } from '@/ui/ProblemNote'

interface RowsProps {
  label: string
  query: { isPending: boolean; error: unknown; refetch: () => unknown }
  empty: string
  children: ReactNode[]
}

/** A list of things with a word for each state that it can be in. */
export function Rows({ label, query, empty, children }: RowsProps) {
  if (query.isPending) return <p role="status" className="text-sm text-faint">Loading…</p>
  if (query.error !== null) {
    return (
      <ProblemNote problem={asProblem(query.error)}>
        <button type="button" onClick={() => query.refetch()} className="font-medium underline underline-offset-2">Try again</button>
      </ProblemNote>
    )
  }
  if (children.length === 0) return <p className="text-sm text-faint">{empty}</p>
  return <ul aria-label={label} className="divide-y divide-line rounded-xl border border-line bg-raised">{children}</ul>
}

export function Row({ children }: { children: ReactNode }) {
  return <li className="flex min-h-14 items-center gap-3 px-4 py-2.5">{children}</li>
}
