import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import type { Model, RoutingChange } from '@/api/types'
import { modelsQuery } from '@/features/composer/api/models'
import { toast } from '@/ui/toast'
import { changeRouting, routingQuery } from '../api/settings'
import { Row, Rows } from './Rows'
import { Section } from './Section'

const THRESHOLDS: readonly { value: number; words: string }[] = [
  { value: 0.4, words: 'what is plainly simple' },
  { value: 0.55, words: 'what is rather simple' },
  { value: 0.7, words: 'all but the hard ones' },
]

/** Which two models “Auto” chooses from, and how much goes to the small one. */
export function RoutingSection({ workspace, mayChange }: { workspace: string; mayChange: boolean }) {
  const query = useQuery(routingQuery(workspace))
  const models = useQuery(modelsQuery)
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: ({ small, strong, threshold }: RoutingChange) => changeRouting(workspace, { small, strong, threshold }),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: async (routing) => {
      client.setQueryData(routingQuery(workspace).queryKey, routing)
      await client.invalidateQueries({ queryKey: modelsQuery.queryKey })
    },
  })
  const routing = query.data
  const chatting = (models.data?.data ?? []).filter((model) => model.chooses_from === null)
  const choice = (kind: 'small' | 'strong', ours: string) => routing === undefined ? null : (
    <Row key={kind}>
      <label htmlFor={`routing-${kind}`} className="min-w-0 flex-1 text-sm font-medium">{kind === 'small' ? 'Simple questions go to' : 'All others go to'}</label>
      <select
        id={`routing-${kind}`}
        value={routing[kind] ?? ''}
        disabled={!mayChange || change.isPending}
        onChange={(event) => { change.mutate({ ...routing, [kind]: event.target.value || null }) }}
        className="h-10 max-w-[60%] rounded-lg border border-edge bg-raised px-2 text-sm"
      >
        <option value="">{ours}</option>
        {named(chatting, routing[kind]).map((id) => <option key={id} value={id}>{id}</option>)}
      </select>
    </Row>
  )
  return (
    <Section title="Auto" about="The model “Auto” sends simple questions to a small model and all others to a strong one, by the words of the question alone. It is offered where there are two models to choose from.">
      <Rows label="Auto" query={query} empty="">
        {routing === undefined ? [] : [
          choice('small', 'the cheapest model'),
          choice('strong', 'the default model'),
          <Row key="threshold">
            <label htmlFor="routing-threshold" className="min-w-0 flex-1 text-sm font-medium">The small one answers</label>
            <select
              id="routing-threshold"
              value={String(routing.threshold)}
              disabled={!mayChange || change.isPending}
              onChange={(event) => { change.mutate({ ...routing, threshold: Number(event.target.value) }) }}
              className="h-10 max-w-[60%] rounded-lg border border-edge bg-raised px-2 text-sm"
            >
              {shares(routing.threshold).map(({ value, words }) => <option key={value} value={String(value)}>{words}</option>)}
            </select>
          </Row>,
        ]}
      </Rows>
      {routing !== undefined && (
        <p className="mt-3 text-sm text-faint">
          {routing.in_use === null ? 'Not offered at the moment: it needs two models, one of which is known to cost less, or one chosen here for each.' : `At the moment: ${routing.in_use.small}, and ${routing.in_use.strong}.`}
          {!mayChange && ' Owners and admins change this.'}
        </p>
      )}
    </Section>
  )
}

/** A model that was chosen and is gone is still shown as what is chosen. */
function named(models: readonly Model[], chosen: string | null | undefined): string[] {
  const ids = models.map((model) => model.id)
  return chosen == null || ids.includes(chosen) ? ids : [...ids, chosen]
}

function shares(chosen: number): readonly { value: number; words: string }[] {
  return THRESHOLDS.some(({ value }) => value === chosen) ? THRESHOLDS : [...THRESHOLDS, { value: chosen, words: `up to difficulty ${String(chosen)}` }]
}
