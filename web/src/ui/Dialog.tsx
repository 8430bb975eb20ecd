import { type ReactNode, useEffect, useId, useRef } from 'react'
import { IconButton } from './IconButton'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  /** For a dialog whose first field says what it is: the title is still read out. */
  hideTitle?: boolean
  wide?: boolean
}

/** The browser's own modal dialog: it holds the focus, makes the rest inert and closes on Esc, with no script of ours. */
export function Dialog({ title, onClose, children, hideTitle = false, wide = false }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  useEffect(() => {
    const dialog = box.current
    const before = document.activeElement
    if (dialog !== null && !dialog.open) dialog.showModal()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])

  return (
    <dialog
      ref={box}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose()
      }}
      className={`rises m-auto wrap-anywhere max-h-[85dvh] w-[calc(100%-2rem)] overflow-hidden rounded-2xl border border-line bg-raised p-0 shadow-float ${wide ? 'max-w-xl' : 'max-w-md'} ${hideTitle ? 'mt-[12dvh]' : ''}`}
    >
      <div className="flex max-h-[85dvh] flex-col">
        <div className={hideTitle ? 'sr-only' : 'flex items-center justify-between gap-4 pt-4 pr-3 pl-6'}>
          <h2 id={titleId} className="min-w-0 font-serif text-lg font-semibold">
            {title}
          </h2>
          {!hideTitle && <IconButton icon="close" label="Close" size="small" onClick={onClose} />}
        </div>
        <div className={hideTitle ? 'min-h-0 overflow-y-auto' : 'min-h-0 overflow-y-auto px-6 pt-2 pb-6'}>{children}</div>
      </div>
    </dialog>
  )
}
