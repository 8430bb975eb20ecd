import { piecesOf } from '../parse/citations'
import { type Place, useSources } from '../hooks/useSources'

/** Text whose `[1]` are buttons where there is a passage of that number, and text where there is none. */
export function Cited({ text }: { text: string }) {
  const { places, open } = useSources()
  if (places.size === 0) return <>{text}</>
  return piecesOf(text).map((piece, index) => {
    if (typeof piece === 'string') return piece
    return piece.map((number, at) => {
      const place = places.get(number)
      return place === undefined ? `[${String(number)}]` : <Citation key={`${String(index)}-${String(at)}`} place={place} onOpen={open} />
    })
  })
}

function Citation({ place, onOpen }: { place: Place; onOpen: (place: Place) => void }) {
  return (
    <button
      type="button"
      onClick={() => { onOpen(place) }}
      aria-label={`Passage ${String(place.number)}: ${place.name}`}
      className="mx-0.5 inline-flex h-[1.35em] min-w-[1.35em] items-center justify-center rounded-md bg-wash px-1 align-[0.08em] font-sans text-[0.72em] font-semibold text-accent lining-nums hover:bg-hover"
    >
      {place.number}
    </button>
  )
}
