const END = 14
const LONG = 24

/** A file's name on one line: what does not fit is left out of its middle, for its end tells which one it is. */
export function LongName({ name }: { name: string }) {
  const characters = [...name]
  if (characters.length < LONG) return <span dir="auto" className="block truncate">{name}</span>
  return (
    <span dir="auto" title={name} className="flex whitespace-pre">
      <span className="min-w-0 truncate">{characters.slice(0, -END).join('')}</span>
      <span className="shrink-0">{characters.slice(-END).join('')}</span>
    </span>
  )
}
