import { Link } from '@tanstack/react-router'
import { Icon } from '@/ui/Icon'
import { IconButton } from '@/ui/IconButton'
import { Mark } from '@/ui/Mark'
import { AccountMenu } from '@/features/account/components/AccountMenu'
import { COMMAND } from '@/features/shortcuts/command'
import { WorkspaceSwitcher } from '@/features/account/components/WorkspaceSwitcher'
import { ConversationList } from './ConversationList'

interface SidebarProps {
  onSearch: () => void
  /** Called when a place was chosen, so that a drawer can close. */
  onLeave: () => void
  drawer: boolean
}

export function Sidebar({ onSearch, onLeave, drawer }: SidebarProps) {
  return (
    <div className="flex h-full flex-col">
      <div className="flex items-center gap-1 px-3 pt-3 pb-1">
        <Link to="/" onClick={onLeave} className="flex flex-1 items-center gap-2.5 rounded-lg px-2 py-1 font-serif text-[1.0625rem] font-semibold">
          <Mark size={24} /> Tertulia
        </Link>
        <IconButton icon="search" label={`Search (${COMMAND}+K)`} onClick={onSearch} />
        {drawer && <IconButton icon="close" label="Close the list" onClick={onLeave} />}
      </div>
      <div className="px-3 pt-2 pb-1">
        <Link to="/" onClick={onLeave} className="flex h-10 items-center gap-2.5 rounded-lg border border-edge bg-raised px-3 text-sm font-medium transition hover:bg-hover">
          <Icon name="plus" size={17} /> New conversation
        </Link>
      </div>
      <div className="px-3">
        <Link to="/knowledge" onClick={onLeave} className="flex h-10 items-center gap-2.5 rounded-lg px-3 text-sm text-soft transition hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink">
          <Icon name="book" size={17} /> Knowledge
        </Link>
      </div>
      <nav aria-label="Conversations" className="min-h-0 flex-1 overflow-y-auto px-3 pt-2 pb-4">
        <ConversationList onLeave={onLeave} />
      </nav>
      <div className="flex items-center gap-1 border-t border-line p-2">
        <WorkspaceSwitcher />
        <AccountMenu onLeave={onLeave} />
      </div>
    </div>
  )
}
