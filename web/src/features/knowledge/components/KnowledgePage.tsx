import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import { useSession } from '@/features/account/hooks/useSession'
import { Row, Rows } from '@/features/settings/components/Rows'
import { Section } from '@/features/settings/components/Section'
import { Button } from '@/ui/Button'
import { Icon } from '@/ui/Icon'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { useDocumentTitle } from '@/ui/documentTitle'
import { basesQuery, createBase } from '../api/knowledge'

/** The workspace's knowledge bases, and a new one. */
export function KnowledgePage() {
  const query = useQuery(basesQuery)
  const client = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [isPrivate, setPrivate] = useState(false)
  const { workspace } = useSession()
  const mayEvaluate = workspace?.role === 'owner' || workspace?.role === 'admin'
  useDocumentTitle('Knowledge')
  const create = useMutation({
    mutationFn: () => createBase(name.trim(), isPrivate ? 'private' : 'workspace'),
    onSuccess: async (base) => {
      await client.invalidateQueries({ queryKey: basesQuery.queryKey })
      await navigate({ to: '/knowledge/$knowledgeBaseId', params: { knowledgeBaseId: base.id } })
    },
  })
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto max-w-3xl px-5 pt-4 pb-16">
        <h1 className="font-serif text-3xl font-semibold tracking-tight">Knowledge</h1>
        <p className="mt-1 max-w-prose text-soft">Documents that answers may look into. Choose them beside the place where you type; each answer shows the passages that it was given.</p>
        {mayEvaluate && <p className="mt-2 text-sm"><Link to="/evaluations" className="text-soft underline underline-offset-4 hover:text-ink">How well do they answer? Evaluate them.</Link></p>}
        <Section title="A new knowledge base">
          <form
            className="flex flex-wrap items-end gap-x-4 gap-y-2"
            onSubmit={(event) => {
              event.preventDefault()
              create.mutate()
            }}
          >
            <TextField className="basis-full sm:flex-1 sm:basis-56" label="Name" placeholder="Staff handbook" value={name} maxLength={100} required onChange={(event) => { setName(event.target.value) }} />
            <label className="flex h-11 items-center gap-2 text-sm text-soft">
              <input type="checkbox" checked={isPrivate} onChange={(event) => { setPrivate(event.target.checked) }} className="size-4 accent-accent" /> Only for me
            </label>
            <Button type="submit" look="primary" busy={create.isPending} disabled={name.trim() === ''} className="h-11">Make it</Button>
          </form>
          {create.error !== null && <div className="mt-4"><ProblemNote problem={asProblem(create.error)} /></div>}
        </Section>
        <Section title="Knowledge bases">
          <Rows label="Knowledge bases" query={query} empty="There are none yet. Make one, then add documents to it.">
            {(query.data?.data ?? []).map((base) => (
              <Row key={base.id}>
                <Icon name="book" />
                <div className="min-w-0 flex-1">
                  <Link to="/knowledge/$knowledgeBaseId" params={{ knowledgeBaseId: base.id }} className="block truncate text-sm font-medium underline-offset-4 hover:underline">{base.name}</Link>
                  <p className="truncate text-xs text-faint">{base.documents === 1 ? '1 document' : `${String(base.documents)} documents`} · {base.visibility === 'private' ? 'only you' : 'the whole workspace'}</p>
                </div>
              </Row>
            ))}
          </Rows>
        </Section>
      </div>
    </div>
  )
}
