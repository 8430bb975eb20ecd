import { IconButton } from '@/ui/IconButton'
import { withName } from '../hooks/useCases'
import { MOST } from '../parse/cases'

interface NameListProps {
  label: string
  names: readonly string[]
  /** What stands in the field: one more name, until it is taken. */
  typed: string
  onChange: (part: { documents?: readonly string[]; typed: string }) => void
  /** The id of the datalist that offers names. */
  offered: string
  /** Names that are known; null while that cannot be said. */
  known: ReadonlySet<string> | null
}

/**
 * Names of documents, each taken with Enter or Tab, or as soon as one that is offered is chosen. A click elsewhere
 * takes none: the list would grow under the pointer, and the click miss.
 */
export function NameList({ label, names, typed, onChange, offered, known }: NameListProps) {
  const take = (name: string) => { onChange({ documents: withName(names, name), typed: '' }) }
  return (
    <div className="flex flex-col gap-1.5">
      {names.length > 0 && (
        <ul className="flex flex-col gap-1">
          {names.map((name) => (
            <li key={name} className="flex items-center gap-1 rounded-lg bg-sunk pl-2.5 text-sm">
              <span className="min-w-0 flex-1 py-1 break-words">
                {name}
                {known?.has(name) === false && <span className="block text-xs text-danger">not in these knowledge bases</span>}
              </span>
              <IconButton icon="close" size="small" label={`Take away ${name}`} onClick={() => { onChange({ documents: names.filter((one) => one !== name), typed }) }} />
            </li>
          ))}
        </ul>
      )}
      <input
        aria-label={label}
        list={offered}
        value={typed}
        maxLength={MOST.document}
        disabled={names.length >= MOST.listed}
        placeholder={names.length === 0 ? 'handbook.pdf' : 'another'}
        onChange={(event) => {
          const chosen = event.target.value
          if (known?.has(chosen) === true && !('inputType' in event.nativeEvent && event.nativeEvent.inputType === 'insertText')) take(chosen)
          else onChange({ typed: chosen })
        }}
        onKeyDown={(event) => {
          if ((event.key !== 'Enter' && event.key !== 'Tab') || event.nativeEvent.isComposing) return
          if (event.key === 'Enter') event.preventDefault()
          if (typed !== '') take(typed)
        }}
        className="w-full rounded-lg border border-edge bg-raised px-3 py-2 text-base outline-none focus:border-accent focus:ring-2 focus:ring-accent/25 md:text-sm"
      />
    </div>
  )
}
