import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { asProblem } from '@/api/problem'
import { contentAddress, passagesQuery } from '@/features/knowledge/api/knowledge'
import { Dialog } from '@/ui/Dialog'
import { Download } from '@/ui/Download'
import { ProblemNote } from '@/ui/ProblemNote'
import type { Place } from '../hooks/useSources'

/** A cited passage between its neighbours, with the way to the whole document. */
export function PassagePanel({ place, onClose }: { place: Place; onClose: () => void }) {
  const { data, error, isPending } = useQuery(passagesQuery(place.knowledgeBaseId, place.documentId, place.chunkId))
  const where = [place.page === null ? null : `Page ${String(place.page)}`, place.heading].filter((part) => part !== null).join(' · ')
  return (
    <Dialog title={place.name} onClose={onClose} wide>
      {where !== '' && <p className="text-sm text-faint">{where}</p>}
      {isPending && <p role="status" className="mt-4 text-sm text-faint">Loading…</p>}
      {error !== null && <div className="mt-4"><ProblemNote problem={asProblem(error)} /></div>}
      {place.bearsOut.length > 0 && (
        <p className="mt-2 text-sm text-soft">Found here, though the model did not cite it: {place.bearsOut.map((sentence) => `“${sentence}”`).join(' ')}</p>
      )}
      <div className="mt-4 flex flex-col gap-3 font-serif leading-relaxed">
        {data?.data.map((passage) => (
          passage.chunk_id === place.chunkId
            ? <mark key={passage.chunk_id} dir="auto" className="rounded-lg bg-wash px-3 py-2 whitespace-pre-line text-ink">{passage.text}</mark>
            : <p key={passage.chunk_id} dir="auto" className="px-3 whitespace-pre-line text-soft">{passage.text}</p>
        ))}
      </div>
      <div className="mt-6 flex flex-wrap gap-x-5 gap-y-2 text-sm">
        <Download path={contentAddress(place.knowledgeBaseId, place.documentId)} name={place.name} className="font-medium text-accent underline underline-offset-4 disabled:opacity-55">Download the document</Download>
        <Link to="/knowledge/$knowledgeBaseId" params={{ knowledgeBaseId: place.knowledgeBaseId }} className="font-medium text-accent underline underline-offset-4">Open its knowledge base</Link>
      </div>
    </Dialog>
  )
}
