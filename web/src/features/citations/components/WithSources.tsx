import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import type { SourcePart } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { citedIn, withFound } from '../parse/citations'
import { type Place, placesOf, SourcesContext } from '../hooks/useSources'

const PassagePanel = lazy(() => import('./PassagePanel').then(({ PassagePanel: component }) => ({ default: component })))

const FOUND_BY_US = 'The model cited nothing. A dashed number is our own comparison: what stands before it is found in that passage.'
const FOUND_NOWHERE = 'The answer cites none of the passages that it was given: compare them.'

interface WithSourcesProps {
  sources: readonly SourcePart[]
  text: string
  /** It is being written: nobody knows yet what it will cite. */
  running: boolean
  children: (shown: string) => ReactNode
}

/** An answer with the passages that it was given: cited in its text, listed below it, and opened in place. */
export function WithSources({ sources, text, running, children }: WithSourcesProps) {
  const [opened, setOpened] = useState<Place | null>(null)
  const told = JSON.stringify(sources)
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the same passages come in a new list with each word
  const context = useMemo(() => ({ places: placesOf(sources), open: setOpened }), [told])
  if (sources.length === 0) return children(text)
  const places = [...context.places.values()]
  const cited = running ? null : citedIn(text)
  const citesNone = cited !== null && !places.some(({ number }) => cited.has(number))
  return (
    <SourcesContext.Provider value={context}>
      {children(running ? text : withFound(text, places))}
      {citesNone && <p className="mt-4 -mb-2 text-xs text-faint">{places.some(({ bearsOut }) => bearsOut.length > 0) ? FOUND_BY_US : FOUND_NOWHERE}</p>}
      <ol aria-label="Sources" className="mt-4 flex flex-wrap gap-2">
        {places.map((place) => <Source key={place.chunkId} place={place} uncited={cited?.has(place.number) === false} onOpen={setOpened} />)}
      </ol>
      {opened !== null && <Suspense><PassagePanel place={opened} onClose={() => { setOpened(null) }} /></Suspense>}
    </SourcesContext.Provider>
  )
}

const CITED = { title: undefined, box: 'border-line bg-raised text-soft', number: 'text-accent' }
const FOUND = { title: 'Not cited by the model: found by comparison', box: 'border-dashed border-accent bg-raised text-soft', number: 'text-accent' }
const GIVEN = { title: 'Given to the model, not cited', box: 'border-dashed border-edge text-faint', number: '' }

function Source({ place, uncited, onOpen }: { place: Place; uncited: boolean; onOpen: (place: Place) => void }) {
  const standing = uncited ? (place.bearsOut.length > 0 ? FOUND : GIVEN) : CITED
  return (
    <li>
      <button
        type="button"
        onClick={() => { onOpen(place) }}
        title={standing.title}
        className={`flex max-w-72 items-center gap-2 rounded-lg border px-2.5 py-1.5 text-left text-xs transition hover:bg-hover hover:text-ink ${standing.box}`}
      >
        <span aria-hidden="true" className={`font-semibold ${standing.number}`}>{place.number}</span>
        <Icon name="page" size={14} />
        <span className="flex min-w-0"><span dir="auto" className="truncate">{place.name}</span>{place.page !== null && <span className="shrink-0 whitespace-pre">{`, page ${String(place.page)}`}</span>}</span>
      </button>
    </li>
  )
}
