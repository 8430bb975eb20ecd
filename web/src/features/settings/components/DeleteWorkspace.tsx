import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Workspace } from '@/api/types'
import { useSession, useSwitchWorkspace } from '@/features/account/hooks/useSession'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { toast } from '@/ui/toast'
import { deleteWorkspace } from '../api/settings'
import { Section } from './Section'

/** There is no way back, so its name has to be typed. */
export function DeleteWorkspace({ workspace }: { workspace: Workspace }) {
  const [asking, setAsking] = useState(false)
  const [typed, setTyped] = useState('')
  const { workspaces } = useSession()
  const switchTo = useSwitchWorkspace()
  const remove = useMutation({
    mutationFn: () => deleteWorkspace(workspace.id),
    onSuccess: () => {
      toast(`${workspace.name} is deleted.`)
      switchTo(workspaces.find((one) => one.id !== workspace.id)?.id ?? null)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    remove.mutate()
  }
  return (
    <Section title="Delete the workspace" about="It ends for everybody at once, and all that is in it is erased: conversations, documents, keys and settings.">
      <Button look="danger" onClick={() => { setAsking(true) }}>Delete the workspace</Button>
      {asking && (
        <Dialog title={`Delete ${workspace.name}?`} onClose={() => { setAsking(false) }}>
          <form onSubmit={submit} className="flex flex-col gap-4">
            <p className="text-sm text-soft">Nobody can bring it back. Everybody in it loses their conversations there.</p>
            {remove.error !== null && <ProblemNote problem={asProblem(remove.error)} />}
            <TextField label={`Type “${workspace.name}” to go on`} value={typed} autoComplete="off" onChange={(event) => { setTyped(event.target.value) }} />
            <div className="flex justify-end gap-3">
              <Button onClick={() => { setAsking(false) }}>Keep it</Button>
              <Button type="submit" look="danger" busy={remove.isPending} disabled={typed.trim() !== workspace.name}>Delete for good</Button>
            </div>
          </form>
        </Dialog>
      )}
    </Section>
  )
}
