import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { FoundPassage } from '@/api/types'
import { PassagePanel } from '@/features/citations/components/PassagePanel'
import type { Place } from '@/features/citations/hooks/useSources'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { trySearch } from '../api/knowledge'

/** What an answer would be given: each passage opens in its document. */
export function TrySearch({ baseId }: { baseId: string }) {
  const [query, setQuery] = useState('')
  const [opened, setOpened] = useState<Place | null>(null)
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
        <TextField className="min-w-56 flex-1" dir="auto" label="Question" placeholder="How many days of leave do I have?" value={query} maxLength={2000} required onChange={(event) => { setQuery(event.target.value) }} />
        <Button type="submit" busy={search.isPending} disabled={query.trim() === ''} className="h-11">Search</Button>
      </form>
      {search.error !== null && <div className="mt-4"><ProblemNote problem={asProblem(search.error)} /></div>}
      <p role="status" className="mt-4 text-sm text-faint empty:hidden">{found === undefined ? '' : found.length === 0 ? 'The documents do not tell.' : `${found.length === 1 ? 'One passage' : `${String(found.length)} passages`}, the best first.`}</p>
      {found !== undefined && found.length > 0 && (
        <ol aria-label="Found passages" className="mt-3 flex flex-col gap-3">
          {found.map((passage, index) => (
            <li key={passage.chunk_id} className="rounded-xl border border-line bg-raised px-4 py-3">
              <button type="button" onClick={() => { setOpened(placeOf(baseId, passage, index + 1)) }} className="max-w-full text-left text-xs text-accent underline-offset-4 wrap-anywhere hover:underline">
                {[passage.document_name, passage.page === null ? null : `page ${String(passage.page)}`, passage.heading].filter((part) => part !== null).join(' · ')}
              </button>
              <p dir="auto" className="mt-1 line-clamp-6 font-serif leading-relaxed break-words whitespace-pre-line">{passage.text}</p>
            </li>
          ))}
        </ol>
      )}
      {opened !== null && <PassagePanel place={opened} onClose={() => { setOpened(null) }} />}
    </>
  )
}

function placeOf(knowledgeBaseId: string, found: FoundPassage, number: number): Place {
  const { document_id: documentId, chunk_id: chunkId, document_name: name, page, heading } = found
  return { knowledgeBaseId, documentId, chunkId, number, page, heading, name, bearsOut: [] }
}
