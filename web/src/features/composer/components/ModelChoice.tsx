import type { Model } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { Menu } from '@/ui/Menu'
import { useModel } from '../hooks/useModel'

export function ModelChoice() {
  const { models, model, choose } = useModel()
  if (model === null) return <span className="h-9" />
  return (
    <Menu
      label={`Model: ${model.name}`}
      heading="Who answers"
      side="above"
      className="flex h-9 max-w-[60%] items-center gap-1.5 rounded-lg px-2.5 text-sm text-soft transition hover:bg-hover hover:text-ink coarse:h-10"
      items={models.map((one) => ({
        label: one.name,
        detail: [one.provider, `remembers ${Math.round(one.context / 1000).toLocaleString()}k tokens`, ...abilities(one.capabilities)].join(' · '),
        checked: one.id === model.id,
        onSelect: () => { choose(one.id) },
      }))}
    >
      <span className="truncate">{model.name}</span>
      <Icon name="down" size={14} />
    </Menu>
  )
}

const ABILITIES = { tools: 'calls tools', json_schema: 'keeps to schemas', vision: 'sees images' }

function abilities(told: Model['capabilities']): string[] {
  return (told ?? []).map((one) => ABILITIES[one])
}
