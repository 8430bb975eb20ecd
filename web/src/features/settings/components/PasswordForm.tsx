import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { asProblem } from '@/api/problem'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { toast } from '@/ui/toast'
import { changePassword } from '../api/settings'

export function PasswordForm() {
  const [before, setBefore] = useState('')
  const [after, setAfter] = useState('')
  const change = useMutation({
    mutationFn: () => changePassword({ current_password: before, new_password: after }),
    onSuccess: () => {
      setBefore('')
      setAfter('')
      toast('Your password is changed.')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <form onSubmit={submit} className="flex max-w-md flex-col gap-4">
      {change.error !== null && <ProblemNote problem={asProblem(change.error)} />}
      <TextField label="Password now" type="password" autoComplete="current-password" required value={before} onChange={(event) => { setBefore(event.target.value) }} />
      <TextField label="New password" type="password" autoComplete="new-password" required minLength={8} maxLength={128} value={after} hint="At least 8 characters; a sentence of 15 or more is best." onChange={(event) => { setAfter(event.target.value) }} />
      <Button type="submit" busy={change.isPending} disabled={before === '' || after.length < 8} className="self-start">Change the password</Button>
    </form>
  )
}
