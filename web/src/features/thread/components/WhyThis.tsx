import { useState } from 'react'
import { useSession } from '@/features/account/hooks/useSession'
import { IconButton } from '@/ui/IconButton'
import { ExplanationPanel } from './ExplanationPanel'

/** What was sent to the model for an answer: for those who manage the workspace. */
export function WhyThis({ messageId }: { messageId: string }) {
  const { workspace } = useSession()
  const [open, setOpen] = useState(false)
  if (workspace?.role !== 'owner' && workspace?.role !== 'admin') return null
  return (
    <>
      <IconButton icon="why" label="Why this answer" size="small" onClick={() => { setOpen(true) }} />
      {open && <ExplanationPanel messageId={messageId} onClose={() => { setOpen(false) }} />}
    </>
  )
}
