import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { trySearch } from '../api/knowledge'

export function TrySearch({ baseId }: { baseId: string }) {
  const [query, setQuery] = useState('')
  const search = useMutation({ mutationFn: () => trySearch(baseId, query.trim()) })
  const found = search.data?.data
  return (
    <>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          search.mutate()
        }}
      >
        <TextField className="min-w-56 flex-1" label="Question" placeholder="How many days of leave do I have?" value={query} maxLength={2000} required onChange={(event) => { setQuery(event.target.value) }} />
        <Button type="submit" busy={search.isPending} disabled={query.trim() === ''} className="h-11">Search</Button>
      </form>
      {search.error !== null && <div className="mt-4"><ProblemNote problem={asProblem(search.error)} /></div>}
      {found?.length === 0 && <p role="status" className="mt-4 text-sm text-faint">The documents do not tell.</p>}
      {found !== undefined && found.length > 0 && (
        <ol aria-label="Found passages" className="mt-4 flex flex-col gap-3">
          {found.map((passage) => (
            <li key={passage.chunk_id} className="rounded-xl border border-line bg-raised px-4 py-3">
              <p className="text-xs text-faint">{[passage.document_name, passage.page === null ? null : `page ${String(passage.page)}`, passage.heading].filter((part) => part !== null).join(' · ')}</p>
              <p className="mt-1 font-serif leading-relaxed whitespace-pre-line">{passage.text}</p>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}
