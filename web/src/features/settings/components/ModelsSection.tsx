import { useQuery } from '@tanstack/react-query'
import { modelsQuery } from '@/features/composer/api/models'
import { detailOf, priceOf } from '@/features/composer/components/modelWords'
import { Row, Rows } from './Rows'
import { Section } from './Section'

/** What the workspace may choose from, the installation's models and its own. */
export function ModelsSection() {
  const query = useQuery(modelsQuery)
  const models = (query.data?.data ?? []).filter((model) => model.chooses_from === null)
  return (
    <Section title="Models" about="All that can answer here. Prices are for a million tokens read and written.">
      <Rows label="Models" query={query} empty="There are none. Add a provider, or ask who runs this installation.">
        {models.map((model) => (
          <Row key={model.id}>
            <div className="min-w-0 flex-1">
              <p className="text-sm font-medium break-words">{model.name}{model.default && <span className="ml-2 rounded-full bg-wash px-2 py-0.5 text-xs text-accent">Default</span>}</p>
              <p className="text-xs text-faint">{detailOf(model)}</p>
            </div>
            <p className="max-w-[40%] text-right text-xs text-soft tabular-nums">{priceOf(model)}</p>
          </Row>
        ))}
      </Rows>
    </Section>
  )
}
