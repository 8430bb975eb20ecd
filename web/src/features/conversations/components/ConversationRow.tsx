import { Link } from '@tanstack/react-router'
import { memo, useState } from 'react'
import type { Conversation } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { Menu } from '@/ui/Menu'
import { useDelete, useRename } from '../hooks/useConversations'
import { RenameField } from './RenameField'

interface ConversationRowProps {
  conversation: Conversation
  onLeave: () => void
}

export const ConversationRow = memo(function ConversationRow({ conversation, onLeave }: ConversationRowProps) {
  const [renaming, setRenaming] = useState(false)
  const rename = useRename()
  const remove = useDelete()

  if (renaming) {
    return (
      <li>
        <RenameField
          title={conversation.title}
          onDone={(title) => {
            setRenaming(false)
            if (title !== null) rename.mutate({ id: conversation.id, title })
          }}
        />
      </li>
    )
  }
  return (
    <li className="group relative">
      <Link
        to="/c/$conversationId"
        params={{ conversationId: conversation.id }}
        onClick={onLeave}
        dir="auto"
        title={conversation.title}
        className="block truncate rounded-lg py-2 pr-9 pl-3 text-sm text-soft transition-colors hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:font-medium aria-[current=page]:text-ink coarse:py-2.5"
      >
        {conversation.title}
      </Link>
      <Menu
        label={`Options for ${conversation.title}`}
        className="absolute top-1/2 right-1 flex size-7 -translate-y-1/2 items-center justify-center rounded-md text-soft opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 hover:bg-line aria-expanded:opacity-100 coarse:opacity-100"
        items={[
          { label: 'Rename', icon: <Icon name="edit" size={16} />, onSelect: () => { setRenaming(true) } },
          { label: 'Delete', icon: <Icon name="trash" size={16} />, danger: true, onSelect: () => { remove(conversation) } },
        ]}
      >
        <Icon name="more" size={17} />
      </Menu>
    </li>
  )
})
