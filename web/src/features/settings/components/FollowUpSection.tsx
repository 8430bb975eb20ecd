import { useMutation, useQueryClient } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import type { Assistant } from '@/api/types'
import { toast } from '@/ui/toast'
import { assistantQuery, changeAssistant } from '../api/settings'
import { Section } from './Section'
import { SwitchRow } from './SwitchRow'

/** Whether a model writes vague questions anew before documents are searched. */
export function FollowUpSection({ workspace, known, mayChange }: { workspace: string; known: Assistant; mayChange: boolean }) {
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (wanted: boolean) => changeAssistant(workspace, { ...known, rewrite_questions: wanted }),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: (assistant) => { client.setQueryData(assistantQuery(workspace).queryKey, assistant) },
  })
  return (
    <Section title="Follow-up questions" about="“And for children?” finds little in documents. Here a model first writes such a question anew, with what it points back to; it costs a call and a moment. Only the search uses it.">
      <ul className="divide-y divide-line rounded-xl border border-line bg-raised">
        <SwitchRow label="Write vague questions anew before searching" on={known.rewrite_questions === true} disabled={!mayChange || change.isPending} onChange={change.mutate} />
      </ul>
    </Section>
  )
}
