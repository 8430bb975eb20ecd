import type { ReactNode } from 'react'
import { Button } from './Button'
import { Dialog } from './Dialog'

interface ConfirmDialogProps {
  title: string
  /** What the button says that does it. */
  action: string
  onConfirm: () => void
  onClose: () => void
  keep?: string
  busy?: boolean
  /** What becomes of it. */
  children: ReactNode
}

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog({ title, action, onConfirm, onClose, keep = 'Keep it', busy = false, children }: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="text-sm text-soft">{children}</div>
      <div className="mt-6 flex justify-end gap-3">
        <Button onClick={onClose}>{keep}</Button>
        <Button look="danger" busy={busy} onClick={onConfirm}>{action}</Button>
      </div>
    </Dialog>
  )
}
