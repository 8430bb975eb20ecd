import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'

interface OvertakenDialogProps {
  onTheirs: () => void
  onMine: () => void
  onClose: () => void
}

/** Somebody else has kept a change to the set meanwhile: nothing of either is lost before one of the two is chosen. */
export function OvertakenDialog({ onTheirs, onMine, onClose }: OvertakenDialogProps) {
  return (
    <Dialog title="Somebody else has changed this set" onClose={onClose}>
      <p className="text-sm text-soft">Since you began to edit it. Look at theirs and make your change there, or put yours in its place. To have both, go back and copy what you wrote first.</p>
      <div className="mt-5 flex flex-wrap gap-3">
        <Button look="primary" onClick={onTheirs}>Take theirs</Button>
        <Button onClick={onMine}>Keep mine instead</Button>
        <Button look="quiet" onClick={onClose}>Back</Button>
      </div>
    </Dialog>
  )
}
