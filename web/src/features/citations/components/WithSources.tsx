import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import type { SourcePart } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { citedIn } from '../parse/citations'
import { type Place, placesOf, SourcesContext } from '../hooks/useSources'

const PassagePanel = lazy(() => import('./PassagePanel').then(({ PassagePanel: component }) => ({ default: component })))

interface WithSourcesProps {
  sources: readonly SourcePart[]
  /** The whole answer; null while it is being written, when nobody knows yet what it will cite. */
  text: string | null
  children: ReactNode
}

/** An answer with the passages that it was given: cited in its text, listed below it, and opened in place. */
export function WithSources({ sources, text, children }: WithSourcesProps) {
  const [opened, setOpened] = useState<Place | null>(null)
  const ids = sources.map((source) => source.sourceId).join()
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the same passages come in a new list with each word
  const context = useMemo(() => ({ places: placesOf(sources), open: setOpened }), [ids])
  if (sources.length === 0) return children
  const places = [...context.places.values()]
  const cited = text === null ? null : citedIn(text)
  const citesNone = cited !== null && !places.some(({ number }) => cited.has(number))
  return (
    <SourcesContext.Provider value={context}>
      {children}
      {citesNone && <p className="mt-4 -mb-2 text-xs text-faint">The answer cites none of the passages that it was given: compare them.</p>}
      <ol aria-label="Sources" className="mt-4 flex flex-wrap gap-2">
        {places.map((place) => <Source key={place.chunkId} place={place} uncited={cited?.has(place.number) === false} onOpen={setOpened} />)}
      </ol>
      {opened !== null && <Suspense><PassagePanel place={opened} onClose={() => { setOpened(null) }} /></Suspense>}
    </SourcesContext.Provider>
  )
}

function Source({ place, uncited, onOpen }: { place: Place; uncited: boolean; onOpen: (place: Place) => void }) {
  return (
    <li>
      <button
        type="button"
        onClick={() => { onOpen(place) }}
        title={uncited ? 'Given to the model, not cited' : undefined}
        className={`flex max-w-72 items-center gap-2 rounded-lg border px-2.5 py-1.5 text-left text-xs transition hover:bg-hover hover:text-ink ${uncited ? 'border-dashed border-edge text-faint' : 'border-line bg-raised text-soft'}`}
      >
        <span aria-hidden="true" className={`font-semibold ${uncited ? '' : 'text-accent'}`}>{place.number}</span>
        <Icon name="page" size={14} />
        <span className="flex min-w-0"><span className="truncate">{place.name}</span>{place.page !== null && <span className="shrink-0 whitespace-pre">{`, page ${String(place.page)}`}</span>}</span>
      </button>
    </li>
  )
}
