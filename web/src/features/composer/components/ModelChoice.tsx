import type { Model } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { Menu } from '@/ui/Menu'
import { useModel } from '../hooks/useModel'

export function ModelChoice() {
  const { models, model, choose } = useModel()
  if (model === null) return <span className="h-9" />
  return (
    <Menu
      label={`Model: ${nameOf(model)}`}
      heading="Who answers"
      side="above"
      className="flex h-9 max-w-[60%] items-center gap-1.5 rounded-lg px-2.5 text-sm text-soft transition hover:bg-hover hover:text-ink coarse:h-10"
      items={models.map((one) => ({
        label: nameOf(one),
        detail: detailOf(one),
        checked: one.id === model.id,
        onSelect: () => { choose(one.id) },
      }))}
    >
      <span className="truncate">{nameOf(model)}</span>
      <Icon name="down" size={14} />
    </Menu>
  )
}

const ABILITIES = { tools: 'calls tools', json_schema: 'keeps to schemas', vision: 'sees images' }

function nameOf(model: Model): string {
  return model.chooses_from === null ? model.name : 'Auto'
}

function detailOf(model: Model): string {
  if (model.chooses_from !== null) return `simple questions to ${model.chooses_from[0] ?? ''}, others to ${model.chooses_from[1] ?? ''}`
  return [model.provider, `remembers ${Math.round(model.context / 1000).toLocaleString()}k tokens`, ...abilities(model.capabilities)].join(' · ')
}

function abilities(told: Model['capabilities']): string[] {
  return (told ?? []).map((one) => ABILITIES[one])
}
