import { useMutation, useQueryClient } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import type { Assistant } from '@/api/types'
import { toast } from '@/ui/toast'
import { assistantQuery, changeAssistant } from '../api/settings'
import { Row } from './Rows'
import { Section } from './Section'

const WORDINGS: readonly { value: number | null; words: string }[] = [
  { value: null, words: 'As the model likes' },
  { value: 0, words: 'Always the likeliest words' },
  { value: 0.5, words: 'Somewhat free' },
  { value: 1, words: 'Free' },
]

/** The temperature that goes with every question of the workspace's conversations. */
export function WordingSection({ workspace, known, mayChange }: { workspace: string; known: Assistant; mayChange: boolean }) {
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (temperature: number | null) => changeAssistant(workspace, { ...known, temperature }),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: (assistant) => {
      toast('From the next question on.')
      client.setQueryData(assistantQuery(workspace).queryKey, assistant)
    },
  })
  const chosen = known.temperature ?? null
  const others = WORDINGS.some(({ value }) => value === chosen) ? [] : [{ value: chosen, words: `Temperature ${String(chosen)}` }]
  return (
    <Section title="Wording" about="How freely a model chooses its words (its temperature). Some models take no choice.">
      <ul className="divide-y divide-line rounded-xl border border-line bg-raised">
        <Row>
          <label htmlFor="wording" className="min-w-0 flex-1 text-sm font-medium">Answers are worded</label>
          <select
            id="wording"
            value={String(chosen)}
            disabled={!mayChange || change.isPending}
            onChange={(event) => { change.mutate(event.target.value === 'null' ? null : Number(event.target.value)) }}
            className="h-10 max-w-[60%] rounded-lg border border-edge bg-raised px-2 text-sm"
          >
            {[...WORDINGS, ...others].map(({ value, words }) => <option key={words} value={String(value)}>{words}</option>)}
          </select>
        </Row>
      </ul>
    </Section>
  )
}
