import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Icon } from '@/ui/Icon'
import { Menu } from '@/ui/Menu'
import { basesQuery } from '../api/knowledge'

interface KnowledgeChoiceProps {
  chosen: readonly string[]
  onChoose: (ids: readonly string[]) => void
}

/** Which of the workspace's documents the answer looks into. */
export function KnowledgeChoice({ chosen, onChoose }: KnowledgeChoiceProps) {
  const { data } = useQuery(basesQuery)
  const navigate = useNavigate()
  const bases = data?.data ?? []
  const asked = bases.filter((base) => chosen.includes(base.id))
  const toggle = (id: string) => { onChoose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]) }
  const words = asked.length === 0 ? null : asked.length === 1 ? asked[0]?.name : `${String(asked.length)} knowledge bases`
  return (
    <Menu
      label={words == null ? 'Ask your documents' : `Documents: ${words}`}
      heading="Look into"
      side="above"
      several
      className={`flex h-9 min-w-9 items-center gap-1.5 rounded-lg px-2 text-sm transition hover:bg-hover hover:text-ink coarse:h-10 ${words == null ? 'text-soft' : 'bg-wash text-accent'}`}
      items={[
        ...bases.map((base) => ({
          label: base.name,
          detail: base.documents === 1 ? '1 document' : `${String(base.documents)} documents`,
          checked: chosen.includes(base.id),
          onSelect: () => { toggle(base.id) },
        })),
        { label: bases.length === 0 ? 'Add documents…' : 'Manage knowledge…', onSelect: () => void navigate({ to: '/knowledge' }) },
      ]}
    >
      <Icon name="book" size={17} />
      <span className={`max-w-24 truncate sm:inline sm:max-w-40 ${words == null ? 'hidden' : ''}`}>{words ?? 'Documents'}</span>
    </Menu>
  )
}
