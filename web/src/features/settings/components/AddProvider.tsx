import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { OwnProviderChange } from '@/api/types'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { toast } from '@/ui/toast'
import { TextField } from '@/ui/TextField'
import { putProvider } from '../api/settings'
import { Section } from './Section'

type Kind = NonNullable<OwnProviderChange['kind']>

const KINDS: Record<Kind, { label: string; address: string }> = {
  openai: { label: 'OpenAI, or anything that speaks like it', address: 'https://api.openai.com/v1' },
  anthropic: { label: 'Anthropic', address: 'https://api.anthropic.com/v1' },
  gemini: { label: 'Google Gemini', address: 'https://generativelanguage.googleapis.com/v1beta' },
}
const NOTHING = { name: '', kind: 'openai' as Kind, address: KINDS.openai.address, key: '', models: '' }

interface AddProviderProps {
  workspace: string
  /** Names that there are: one that is added again takes the other's place. */
  taken: readonly string[]
  onAdded: () => Promise<void>
}

export function AddProvider({ workspace, taken, onAdded }: AddProviderProps) {
  const [form, setForm] = useState(NOTHING)
  const change = (part: Partial<typeof NOTHING>) => { setForm({ ...form, ...part }) }
  const replaces = taken.includes(form.name.trim())
  const models = form.models.split(/[\s,]+/).filter((name) => name !== '')
  const add = useMutation({
    mutationFn: () =>
      putProvider(workspace, form.name.trim(), { kind: form.kind, base_url: form.address.trim(), api_key: form.key.trim(), models: models.length === 0 ? null : models }),
    onSuccess: () => {
      setForm(NOTHING)
      toast('The provider is kept: its models can be chosen now.')
      return onAdded()
    },
  })
  return (
    <Section title="Add one" about="The key is tried at once, kept encrypted and never shown again.">
      <form
        className="flex max-w-lg flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          add.mutate()
        }}
      >
        <label className="text-sm font-medium">
          Kind
          <select
            value={form.kind}
            onChange={(event) => {
              const kind = event.target.value as Kind
              change({ kind, address: KINDS[kind].address })
            }}
            className="mt-1.5 block h-11 w-full rounded-lg border border-edge bg-raised px-3 text-base font-normal"
          >
            {Object.entries(KINDS).map(([value, { label }]) => <option key={value} value={value}>{label}</option>)}
          </select>
        </label>
        <TextField label="Name" hint={replaces ? `“${form.name.trim()}” is there already: its kind, address, key and models are replaced by these.` : 'Small letters, digits and dashes. Its models are called own/NAME/MODEL.'} pattern="[a-z0-9][a-z0-9\-]*" maxLength={40} required value={form.name} onChange={(event) => { change({ name: event.target.value }) }} />
        <TextField label="Address" type="url" maxLength={500} required value={form.address} onChange={(event) => { change({ address: event.target.value }) }} />
        <TextField label="API key" type="password" autoComplete="off" maxLength={1000} required value={form.key} onChange={(event) => { change({ key: event.target.value }) }} />
        <TextField label="Models" hint="Leave empty for all that the provider lists." value={form.models} onChange={(event) => { change({ models: event.target.value }) }} />
        <div><Button type="submit" look="primary" busy={add.isPending}>{replaces ? 'Replace the provider' : 'Add the provider'}</Button></div>
        {add.error !== null && <ProblemNote problem={asProblem(add.error)} />}
      </form>
    </Section>
  )
}
