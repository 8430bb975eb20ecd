import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Role } from '@/api/types'
import { Button } from '@/ui/Button'
import { TextField } from '@/ui/TextField'
import { toast } from '@/ui/toast'
import { addMember, membersQuery } from '../api/settings'
import { RoleSelect } from './RoleSelect'

export function AddMemberForm({ workspace }: { workspace: string }) {
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('member')
  const client = useQueryClient()
  const add = useMutation({
    mutationFn: () => addMember(workspace, email.trim(), role),
    onSuccess: () => {
      toast(`${email.trim()} is a ${role} now.`)
      setEmail('')
      return client.invalidateQueries({ queryKey: membersQuery(workspace).queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form onSubmit={submit} className="flex max-w-xl flex-wrap items-start gap-3">
      <TextField className="min-w-56 flex-1" label="E-mail" type="email" value={email} required onChange={(event) => { setEmail(event.target.value) }} problem={add.error === null ? null : asProblem(add.error).detail} />
      <div className="flex gap-3 sm:pt-[1.625rem]">
        <RoleSelect label="Role" value={role} onChange={setRole} tall />
        <Button type="submit" look="primary" busy={add.isPending} disabled={email.trim() === ''} className="h-11">Add</Button>
      </div>
    </form>
  )
}
