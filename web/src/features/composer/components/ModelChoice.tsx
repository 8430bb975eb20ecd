import { Icon } from '@/ui/Icon'
import { Menu } from '@/ui/Menu'
import { useModel } from '../hooks/useModel'
import { detailOf, nameOf } from './modelWords'

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
