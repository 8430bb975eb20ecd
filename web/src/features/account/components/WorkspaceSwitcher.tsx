import { useState } from 'react'
import { Icon } from '@/ui/Icon'
import { Menu } from '@/ui/Menu'
import { useSession, useSwitchWorkspace } from '../hooks/useSession'
import { NewWorkspaceDialog } from './NewWorkspaceDialog'

export function WorkspaceSwitcher() {
  const { workspaces, workspace } = useSession()
  const switchTo = useSwitchWorkspace()
  const [making, setMaking] = useState(false)
  return (
    <>
      <Menu
        label={`Workspace: ${workspace?.name ?? 'none'}`}
        heading="Workspaces"
        side="above"
        className="flex h-10 min-w-0 flex-1 items-center gap-2 rounded-lg px-2 text-left text-sm hover:bg-hover"
        items={[
          ...workspaces.map((one) => ({
            label: one.name,
            detail: one.role,
            checked: one.id === workspace?.id,
            onSelect: () => { switchTo(one.id) },
          })),
          { label: 'New workspace…', icon: <Icon name="plus" size={16} />, onSelect: () => { setMaking(true) } },
        ]}
      >
        <span data-initial={(workspace?.name ?? '?').slice(0, 1).toUpperCase()} className="before:content-[attr(data-initial)] flex size-7 shrink-0 items-center justify-center rounded-md bg-wash font-serif text-sm font-semibold text-accent" />
        <span className="min-w-0 flex-1 truncate">{workspace?.name ?? 'No workspace'}</span>
        <Icon name="down" size={15} />
      </Menu>
      {making && <NewWorkspaceDialog onClose={() => { setMaking(false) }} />}
    </>
  )
}
