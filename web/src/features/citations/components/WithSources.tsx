import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import type { SourcePart } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { type Place, placesOf, SourcesContext } from '../hooks/useSources'

const PassagePanel = lazy(() => import('./PassagePanel').then(({ PassagePanel: component }) => ({ default: component })))

/** An answer with the passages that it was given: cited in its text, listed below it, and opened in place. */
export function WithSources({ sources, children }: { sources: readonly SourcePart[]; children: ReactNode }) {
  const [opened, setOpened] = useState<Place | null>(null)
  const ids = sources.map((source) => source.sourceId).join()
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the same passages come in a new list with each word
  const context = useMemo(() => ({ places: placesOf(sources), open: setOpened }), [ids])
  if (sources.length === 0) return children
  return (
    <SourcesContext.Provider value={context}>
      {children}
      <ol aria-label="Sources" className="mt-4 flex flex-wrap gap-2">
        {[...context.places.values()].map((place) => (
          <li key={place.chunkId}>
            <button type="button" onClick={() => { setOpened(place) }} className="flex max-w-72 items-center gap-2 rounded-lg border border-line bg-raised px-2.5 py-1.5 text-left text-xs text-soft transition hover:bg-hover hover:text-ink">
              <span aria-hidden="true" className="font-semibold text-accent">{place.number}</span>
              <Icon name="page" size={14} />
              <span className="flex min-w-0"><span className="truncate">{place.name}</span>{place.page !== null && <span className="shrink-0 whitespace-pre">{`, page ${String(place.page)}`}</span>}</span>
            </button>
          </li>
        ))}
      </ol>
      {opened !== null && <Suspense><PassagePanel place={opened} onClose={() => { setOpened(null) }} /></Suspense>}
    </SourcesContext.Provider>
  )
}
