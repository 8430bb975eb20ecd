import { ConfirmDialog } from '@/ui/ConfirmDialog'

export function LeavingDialog({ leave }: { leave: { go: () => void; stay: () => void } | null }) {
  if (leave === null) return null
  return (
    <ConfirmDialog
      title="Leave without keeping?"
      action="Leave"
      keep="Stay"
      onConfirm={leave.go}
      onClose={leave.stay}
    >
      What you changed in this set is lost then.
    </ConfirmDialog>
  )
}
