import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import type { AnswerCache } from '@/api/types'
import { toast } from '@/ui/toast'
import { answerCacheQuery, changeAnswerCache } from '../api/settings'
import { Rows } from './Rows'
import { Section } from './Section'
import { SwitchRow } from './SwitchRow'

/** Whether answers may be given again: everybody may read it, owners and admins change it. */
export function AnswerCacheSection({ workspace, mayChange }: { workspace: string; mayChange: boolean }) {
  const query = useQuery(answerCacheQuery(workspace))
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (choice: AnswerCache) => changeAnswerCache(workspace, choice),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: (choice) => { client.setQueryData(answerCacheQuery(workspace).queryKey, choice) },
  })
  return (
    <Section title="Answers given again" about="What was answered within the hour is answered at once and costs nothing. Only where temperature 0 is asked for (“Always the likeliest words”), in conversations and in the API. Kept sealed, with personal data hidden as the privacy settings say.">
      <Rows label="Answers given again" query={query} empty="">
        {query.data === undefined ? [] : [
          <SwitchRow key="exact" label="To the same question, to the letter" on={query.data.exact === true} disabled={!mayChange || change.isPending} onChange={(exact) => { change.mutate({ ...query.data, exact }) }} />,
          <SwitchRow key="similar" label="To a first question that asks the same in other words" on={query.data.similar === true} disabled={!mayChange || change.isPending} onChange={(similar) => { change.mutate({ ...query.data, similar }) }} />,
        ]}
      </Rows>
      {!mayChange && <p className="mt-3 text-sm text-faint">Owners and admins change this.</p>}
    </Section>
  )
}
