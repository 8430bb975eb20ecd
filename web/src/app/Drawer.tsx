import { type ReactNode, useEffect, useRef } from 'react'

/** The list on a phone: the browser's modal dialog, at the left edge. */
export function Drawer({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = box.current
    if (dialog !== null && !dialog.open) dialog.showModal()
    return () => { dialog?.close() }
  }, [])
  return (
    <dialog
      ref={box}
      aria-label="Conversations and account"
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose()
      }}
      className="drawer m-0 h-dvh max-h-none w-[min(20rem,86vw)] max-w-none border-r border-line bg-sunk p-0 shadow-float"
    >
      {children}
    </dialog>
  )
}
