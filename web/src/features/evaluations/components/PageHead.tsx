import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useDocumentTitle } from '@/ui/documentTitle'

interface PageHeadProps {
  title: string
  /** Which of the pages above it lead back, after Knowledge: the list, and the set. */
  within?: 'list' | { setId: string; name: string }
  children?: ReactNode
}

const BACK = 'max-w-60 truncate text-soft underline underline-offset-4 hover:text-ink'

/** The way back, the page's name, and what can be done with it. */
export function PageHead({ title, within, children }: PageHeadProps) {
  useDocumentTitle(title)
  return (
    <>
      <nav aria-label="Way back" className="flex flex-wrap gap-x-3 text-sm">
        <Link to="/knowledge" className={BACK}>Knowledge</Link>
        {within !== undefined && <Link to="/evaluations" className={BACK}>Evaluations</Link>}
        {typeof within === 'object' && <Link to="/evaluations/$setId" params={{ setId: within.setId }} className={BACK}>{within.name}</Link>}
      </nav>
      <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="min-w-0 flex-1 basis-60 font-serif text-3xl font-semibold tracking-tight break-words">{title}</h1>
        {children}
      </div>
    </>
  )
}
