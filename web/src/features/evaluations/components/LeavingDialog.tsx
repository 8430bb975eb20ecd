import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'

export function LeavingDialog({ leave }: { leave: { go: () => void; stay: () => void } | null }) {
  if (leave === null) return null
  return (
    <Dialog title="Leave without keeping?" onClose={leave.stay}>
      <p className="text-sm text-soft">What you changed in this set is lost then.</p>
      <div className="mt-6 flex justify-end gap-3">
        <Button onClick={leave.stay}>Stay</Button>
        <Button look="danger" onClick={leave.go}>Leave</Button>
      </div>
    </Dialog>
  )
}
