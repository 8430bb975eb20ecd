import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { asProblem } from '@/api/problem'
import { meQuery } from '@/features/account/api/account'
import { useSession } from '@/features/account/hooks/useSession'
import { ThemeChoice } from '@/features/theme/components/ThemeChoice'
import { Button } from '@/ui/Button'
import { TextField } from '@/ui/TextField'
import { useDocumentTitle } from '@/ui/documentTitle'
import { toast } from '@/ui/toast'
import { changeName } from '../api/settings'
import { PasswordForm } from './PasswordForm'
import { Section } from './Section'
import { SessionList } from './SessionList'

export function AccountSection() {
  const { user } = useSession()
  const [name, setName] = useState(user.name)
  const client = useQueryClient()
  useDocumentTitle('Account')
  const rename = useMutation({
    mutationFn: () => changeName(name.trim()),
    onSuccess: () => {
      toast('Your name is changed.')
      return client.invalidateQueries({ queryKey: meQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rename.mutate()
  }
  return (
    <>
      <Section title="Appearance"><ThemeChoice /></Section>
      <Section title="You">
        <form onSubmit={submit} className="flex max-w-md flex-col gap-4">
          <TextField label="E-mail" value={user.email} readOnly />
          <TextField label="Name" value={name} required maxLength={100} autoComplete="name" onChange={(event) => { setName(event.target.value) }} problem={rename.error === null ? null : asProblem(rename.error).detail} />
          <Button type="submit" busy={rename.isPending} disabled={name.trim() === '' || name.trim() === user.name} className="self-start">Save the name</Button>
        </form>
      </Section>
      <Section title="Password"><PasswordForm /></Section>
      <Section title="Where you are signed in" about="End a session that you do not know, then change your password."><SessionList /></Section>
    </>
  )
}
