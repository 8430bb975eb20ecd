import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import { Section } from '@/features/settings/components/Section'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { basesQuery, createBase } from '../api/knowledge'

export function NewBase() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [isPrivate, setPrivate] = useState(false)
  const create = useMutation({
    mutationFn: () => createBase(name.trim(), isPrivate ? 'private' : 'workspace'),
    onSuccess: async (base) => {
      await client.invalidateQueries({ queryKey: basesQuery.queryKey })
      await navigate({ to: '/knowledge/$knowledgeBaseId', params: { knowledgeBaseId: base.id } })
    },
  })
  return (
    <Section title="A new knowledge base">
      <form
        className="flex flex-wrap items-end gap-x-4 gap-y-2"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <TextField className="basis-full sm:flex-1 sm:basis-56" dir="auto" label="Name" placeholder="Staff handbook" value={name} maxLength={100} required onChange={(event) => { setName(event.target.value) }} />
        <label className="flex h-11 items-center gap-2 text-sm text-soft">
          <input type="checkbox" checked={isPrivate} onChange={(event) => { setPrivate(event.target.checked) }} className="size-4 accent-accent" /> Only for me
        </label>
        <Button type="submit" look="primary" busy={create.isPending} disabled={name.trim() === ''} className="h-11">Make it</Button>
      </form>
      {create.error !== null && <div className="mt-4"><ProblemNote problem={asProblem(create.error)} /></div>}
    </Section>
  )
}
