import { useEffect, useRef, useState } from 'react'

interface RenameFieldProps {
  title: string
  /** The new title, or null when it stays as it was. */
  onDone: (title: string | null) => void
}

const LONGEST = 200

/** Enter or leaving keeps the new title, Esc the old one. */
export function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => { field.current?.select() }, [])
  const keep = () => {
    const trimmed = text.trim()
    onDone(trimmed === '' || trimmed === title ? null : trimmed)
  }
  return (
    <input
      ref={field}
      aria-label="Title"
      value={text}
      maxLength={LONGEST}
      autoFocus
      onChange={(event) => { setText(event.target.value) }}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) keep()
        if (event.key === 'Escape') {
          event.stopPropagation()
          onDone(null)
        }
      }}
      className="w-full rounded-lg border border-accent bg-raised px-3 py-1.5 text-sm outline-none"
    />
  )
}
