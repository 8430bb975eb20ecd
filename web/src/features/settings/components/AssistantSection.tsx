import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Assistant } from '@/api/types'
import { useSession } from '@/features/account/hooks/useSession'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { useDocumentTitle } from '@/ui/documentTitle'
import { toast } from '@/ui/toast'
import { assistantQuery, changeAssistant } from '../api/settings'
import { AnswerCacheSection } from './AnswerCacheSection'
import { FollowUpSection } from './FollowUpSection'
import { RoutingSection } from './RoutingSection'
import { Section } from './Section'
import { WordingSection } from './WordingSection'

const MOST_CHARACTERS = 8000

/** What the workspace asks of every answer: everybody may read it, owners and admins change it. */
export function AssistantSection() {
  const { workspace } = useSession()
  useDocumentTitle('Assistant')
  const query = useQuery({ ...assistantQuery(workspace?.id ?? ''), enabled: workspace !== null })
  if (workspace === null) return null
  const mayChange = workspace.role === 'owner' || workspace.role === 'admin'
  return (
    <>
      <Section title="Instructions" about="What the model is told before every conversation of this workspace: who you are, what it is for, how it should answer. Personal data in it is hidden like anywhere else.">
        {query.error !== null && <ProblemNote problem={asProblem(query.error)} />}
        {query.isPending && <p role="status" className="text-sm text-faint">Loading…</p>}
        {query.data !== undefined && <Instructions key={query.data.instructions} workspace={workspace.id} known={query.data} mayChange={mayChange} />}
      </Section>
      {query.data !== undefined && <WordingSection workspace={workspace.id} known={query.data} mayChange={mayChange} />}
      {query.data !== undefined && <FollowUpSection workspace={workspace.id} known={query.data} mayChange={mayChange} />}
      <RoutingSection workspace={workspace.id} mayChange={mayChange} />
      <AnswerCacheSection workspace={workspace.id} mayChange={mayChange} />
    </>
  )
}

function Instructions({ workspace, known, mayChange }: { workspace: string; known: Assistant; mayChange: boolean }) {
  const [text, setText] = useState(known.instructions ?? '')
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: () => changeAssistant(workspace, { ...known, instructions: text }),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: (assistant) => {
      toast('From the next question on.')
      client.setQueryData(assistantQuery(workspace).queryKey, assistant)
    },
  })
  return (
    <>
      <textarea dir="auto" aria-label="Instructions" rows={10} value={text} readOnly={!mayChange} maxLength={MOST_CHARACTERS} placeholder="You work for a bakery. Answer in two sentences, and in the words a customer would use." onChange={(event) => { setText(event.target.value) }} className="block w-full rounded-lg border border-edge bg-raised px-3.5 py-2.5 text-base outline-none focus:border-accent focus:ring-2 focus:ring-accent/25" />
      {mayChange
        ? <Button className="mt-3" look="primary" busy={change.isPending} disabled={text.trim() === (known.instructions ?? '')} onClick={() => { change.mutate() }}>Save</Button>
        : <p className="mt-3 text-sm text-faint">Owners and admins change this.</p>}
    </>
  )
}
