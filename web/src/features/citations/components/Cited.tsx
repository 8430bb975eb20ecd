import { piecesOf } from '../parse/citations'
import { type Place, useSources } from '../hooks/useSources'

/** Text whose `[1]` are buttons where there is a passage of that number, and text where there is none. */
export function Cited({ text }: { text: string }) {
  const { places, open } = useSources()
  if (places.size === 0) return <>{text}</>
  return piecesOf(text).map((piece, index) => {
    if (typeof piece === 'string') return piece
    return piece.numbers.map((number, at) => {
      const place = places.get(number)
      return place === undefined ? `[${String(number)}]` : <Reference key={`${String(index)}-${String(at)}`} place={place} found={piece.found} onOpen={open} />
    })
  })
}

function Reference({ place, found, onOpen }: { place: Place; found: boolean; onOpen: (place: Place) => void }) {
  const name = `${String(place.number)}: ${place.name}`
  return (
    <button
      type="button"
      onClick={() => { onOpen(place) }}
      aria-label={found ? `Found in passage ${name}` : `Passage ${name}`}
      title={found ? 'Not cited by the model: found by comparison' : undefined}
      className={`mx-0.5 inline-flex h-[1.35em] min-w-[1.35em] items-center justify-center rounded-md px-1 align-[0.08em] font-sans text-[0.72em] font-semibold text-accent lining-nums hover:bg-hover ${found ? 'border border-dashed border-accent' : 'bg-wash'}`}
    >
      {place.number}
    </button>
  )
}
