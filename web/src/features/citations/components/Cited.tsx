import { useSources } from '../hooks/useSources'

const CITATION = /(\[\d{1,2}\])/

/** Text whose `[1]` are buttons where there is a passage of that number, and text where there is none. */
export function Cited({ text }: { text: string }) {
  const { places, open } = useSources()
  if (places.size === 0 || !CITATION.test(text)) return <>{text}</>
  return text.split(CITATION).map((piece, index) => {
    const place = CITATION.test(piece) ? places.get(Number(piece.slice(1, -1))) : undefined
    if (place === undefined) return piece
    return (
      <button
        key={index}
        type="button"
        onClick={() => { open(place) }}
        aria-label={`Passage ${String(place.number)}: ${place.name}`}
        className="mx-0.5 inline-flex h-[1.35em] min-w-[1.35em] items-center justify-center rounded-md bg-wash px-1 align-[0.08em] font-sans text-[0.72em] font-semibold text-accent lining-nums hover:bg-hover"
      >
        {place.number}
      </button>
    )
  })
}
