import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '@/api/client'
import { asProblem } from '@/api/problem'
import { unwrap } from '@/api/transport'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { TextField } from '@/ui/TextField'
import { meQuery } from '../api/account'
import { useSwitchWorkspace } from '../hooks/useSession'

export function NewWorkspaceDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const client = useQueryClient()
  const switchTo = useSwitchWorkspace()
  const make = useMutation({
    mutationFn: () => unwrap(api.POST('/api/workspaces', { body: { name: name.trim() } })),
    onSuccess: async (workspace) => {
      await client.fetchQuery({ ...meQuery, staleTime: 0 })
      onClose()
      switchTo(workspace.id)
    },
  })
  return (
    <Dialog title="New workspace" onClose={onClose}>
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <TextField
          label="Name"
          hint="Conversations, keys and members belong to one workspace."
          value={name}
          maxLength={100}
          required
          autoFocus
          onChange={(event) => { setName(event.target.value) }}
          problem={make.error === null ? null : asProblem(make.error).detail}
        />
        <Button type="submit" look="primary" busy={make.isPending} disabled={name.trim() === ''}>Make the workspace</Button>
      </form>
    </Dialog>
  )
}
