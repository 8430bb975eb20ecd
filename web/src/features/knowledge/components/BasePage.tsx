import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { KnowledgeBase } from '@/api/types'
import { RenameField } from '@/features/conversations/components/RenameField'
import { Section } from '@/features/settings/components/Section'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { ProblemNote } from '@/ui/ProblemNote'
import { useDocumentTitle } from '@/ui/documentTitle'
import { toast } from '@/ui/toast'
import { baseQuery, basesQuery, changeBase, deleteBase } from '../api/knowledge'
import { AddDocuments } from './AddDocuments'
import { DocumentList } from './DocumentList'
import { TrySearch } from './TrySearch'

export function BasePage() {
  const { knowledgeBaseId } = useParams({ from: '/inside/knowledge/$knowledgeBaseId' })
  const { data, error } = useQuery(baseQuery(knowledgeBaseId))
  useDocumentTitle(data?.name ?? 'Knowledge')
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto max-w-3xl px-5 pt-4 pb-16">
        <p className="text-sm"><Link to="/knowledge" className="text-soft underline underline-offset-4 hover:text-ink">Knowledge</Link></p>
        {error !== null && <div className="mt-6"><ProblemNote problem={asProblem(error)} /></div>}
        {data !== undefined && (
          <>
            <Heading base={data} />
            <Section title="Add documents" about="PDF, Word, PowerPoint, Excel, CSV, HTML, Markdown, text or code, up to 50 MB each.">
              <AddDocuments baseId={data.id} />
            </Section>
            <Section title="Documents"><DocumentList baseId={data.id} /></Section>
            <Section title="Try it" about="What an answer would be given for a question."><TrySearch baseId={data.id} /></Section>
          </>
        )}
      </div>
    </div>
  )
}

function Heading({ base }: { base: KnowledgeBase }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [renaming, setRenaming] = useState(false)
  const [leaving, setLeaving] = useState(false)
  const refresh = () => client.invalidateQueries({ queryKey: basesQuery.queryKey })
  const rename = useMutation({
    mutationFn: (name: string) => changeBase(base.id, { name }),
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: refresh,
  })
  const remove = useMutation({
    mutationFn: () => deleteBase(base.id),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: async () => {
      await navigate({ to: '/knowledge' })
      await refresh()
    },
  })
  return (
    <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-2">
      {renaming
        ? <RenameField title={base.name} onDone={(name) => { setRenaming(false); if (name !== null) rename.mutate(name) }} />
        : <h1 className="min-w-0 flex-1 basis-56 font-serif text-3xl font-semibold tracking-tight break-words">{base.name}</h1>}
      {base.documents > 0 && <Link to="/" search={{ knowledge: base.id }} className="inline-flex h-10 items-center rounded-lg bg-fill px-4 text-sm font-medium text-on-accent transition hover:opacity-90">Ask these documents</Link>}
      <Button look="quiet" onClick={() => { setRenaming(true) }}>Rename</Button>
      <Button look="quiet" onClick={() => { setLeaving(true) }}>Delete</Button>
      {leaving && (
        <Dialog title={`Delete “${base.name}”?`} onClose={() => { setLeaving(false) }}>
          <p className="text-sm text-soft">Its documents and their passages are deleted for good. Answers that cited them keep their words.</p>
          <div className="mt-6 flex justify-end gap-3">
            <Button onClick={() => { setLeaving(false) }}>Keep it</Button>
            <Button look="danger" busy={remove.isPending} onClick={() => { remove.mutate() }}>Delete</Button>
          </div>
        </Dialog>
      )}
    </div>
  )
}
