import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { asProblem } from '@/api/problem'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { meQuery, signIn, signUp } from '../api/account'
import { Welcome } from './Welcome'

const MODES = {
  login: { title: 'Welcome back', action: 'Sign in', other: 'New here?', link: 'Make an account', to: '/signup' },
  signup: { title: 'Take a seat', action: 'Make an account', other: 'Been here before?', link: 'Sign in', to: '/login' },
} as const

interface AccountFormProps {
  mode: keyof typeof MODES
  /** Where to go afterwards: a path of ours, already checked. */
  next: string | undefined
}

/** Signing in and signing up: one form, since one has a single field more. */
export function AccountForm({ mode, next }: AccountFormProps) {
  const { title, action, other, link, to } = MODES[mode]
  const client = useQueryClient()
  const navigate = useNavigate()
  const [shown, setShown] = useState(false)

  const enter = useMutation({
    mutationFn: async (form: FormData) => {
      const credentials = { email: valueOf(form, 'email').trim(), password: valueOf(form, 'password') }
      if (mode === 'signup') await signUp({ ...credentials, name: valueOf(form, 'name').trim() })
      else await signIn(credentials)
      client.clear()
      await client.fetchQuery(meQuery)
    },
    onSuccess: () => navigate({ href: next ?? '/' }),
  })
  const problem = enter.error === null ? null : asProblem(enter.error)
  const problemWith = (field: string) => problem?.errors.find((error) => error.field.endsWith(field))?.problem ?? null
  const inFields = ['name', 'email', 'password'].some((field) => problemWith(field) !== null)

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    enter.mutate(new FormData(event.currentTarget))
  }

  return (
    <Welcome>
      <form onSubmit={submit} className="flex flex-col gap-5">
        <h1 className="font-serif text-3xl font-semibold tracking-tight">{title}</h1>
        {problem !== null && !inFields && <ProblemNote problem={problem} />}
        {mode === 'signup' && <TextField label="Your name" name="name" autoComplete="name" required maxLength={100} autoFocus problem={problemWith('name')} />}
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required autoFocus={mode === 'login'} problem={problemWith('email')} />
        <div>
          <TextField
            label="Password"
            name="password"
            type={shown ? 'text' : 'password'}
            autoComplete={mode === 'signup' ? 'new-password' : 'current-password'}
            required
            minLength={mode === 'signup' ? 8 : undefined}
            maxLength={256}
            {...(mode === 'signup' ? { hint: 'At least 8 characters; a sentence of 15 or more is best.' } : {})}
            problem={problemWith('password')}
          />
          <label className="mt-2 flex w-fit items-center gap-2 text-sm text-soft">
            <input type="checkbox" checked={shown} onChange={() => { setShown(!shown) }} className="accent-accent" />
            Show the password
          </label>
        </div>
        <Button type="submit" look="primary" busy={enter.isPending} className="h-11 w-full">
          {action}
        </Button>
        <p className="text-sm text-soft">
          {other}{' '}
          <Link to={to} search={next === undefined ? {} : { next }} className="font-medium text-accent underline underline-offset-4">
            {link}
          </Link>
        </p>
      </form>
    </Welcome>
  )
}

function valueOf(form: FormData, field: string): string {
  const value = form.get(field)
  return typeof value === 'string' ? value : ''
}
