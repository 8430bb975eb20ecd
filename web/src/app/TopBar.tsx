import { useConversations } from '@/features/conversations/hooks/useConversations'
import { COMMAND } from '@/features/shortcuts/command'
import { Icon } from '@/ui/Icon'

interface TopBarProps {
  onMenu: () => void
  onNew: () => void
  onToggleList: () => void
  listShown: boolean
  path: string
}

const SQUARE = 'size-10 items-center justify-center rounded-lg text-soft hover:bg-hover hover:text-ink'

export function TopBar({ onMenu, onNew, onToggleList, listShown, path }: TopBarProps) {
  const { conversations } = useConversations()
  const here = path.startsWith('/c/') ? conversations.find((one) => path === `/c/${one.id}`) : undefined
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 px-2 md:px-3">
      <button type="button" onClick={onMenu} aria-label="Open the list" className={`flex md:hidden ${SQUARE}`}><Icon name="menu" size={20} /></button>
      <button type="button" onClick={onToggleList} aria-label={listShown ? 'Hide the list' : 'Show the list'} aria-expanded={listShown} title={`${listShown ? 'Hide' : 'Show'} the list (${COMMAND}+B)`} className={`hidden md:flex ${SQUARE}`}>
        <Icon name="menu" size={20} />
      </button>
      <p className="min-w-0 flex-1 truncate px-2 text-center font-serif text-[0.9375rem] text-soft italic md:text-left"><bdi>{here?.title}</bdi></p>
      <button type="button" onClick={onNew} aria-label="New conversation" title={`New conversation (${COMMAND}+Shift+O)`} className={`flex ${listShown ? 'md:hidden' : ''} ${SQUARE}`}><Icon name="plus" size={20} /></button>
    </header>
  )
}
