import { Link } from '@tanstack/react-router'
import { memo, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Conversation } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { Menu } from '@/ui/Menu'
import { toast } from '@/ui/toast'
import { saveConversation } from '../api/saveConversation'
import { useDelete, useRename } from '../hooks/useConversations'
import { useStanding } from '../hooks/useStanding'
import { RenameField } from './RenameField'

interface ConversationRowProps {
  conversation: Conversation
  onLeave: () => void
}

export const ConversationRow = memo(function ConversationRow({ conversation, onLeave }: ConversationRowProps) {
  const [renaming, setRenaming] = useState(false)
  const rename = useRename()
  const remove = useDelete()
  const standing = useStanding(conversation.id)

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
        {standing !== null && <span aria-hidden="true" className={`me-2 inline-block size-2 rounded-full bg-accent align-middle ${standing === 'answering' ? 'animate-pulse' : ''}`} />}
        {conversation.title}
        {standing !== null && <span className="sr-only"> ({standing === 'answering' ? 'is being answered' : 'has a new answer'})</span>}
      </Link>
      <Menu
        label={`Options for ${conversation.title}`}
        className="absolute top-1/2 right-1 flex size-7 -translate-y-1/2 items-center justify-center rounded-md text-soft opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 hover:bg-line aria-expanded:opacity-100 coarse:opacity-100"
        items={[
          { label: 'Rename', icon: <Icon name="edit" size={16} />, onSelect: () => { setRenaming(true) } },
          { label: 'Save as Markdown', icon: <Icon name="download" size={16} />, onSelect: () => { saveConversation(conversation).catch((error: unknown) => { toast(asProblem(error).detail) }) } },
          { label: 'Delete', icon: <Icon name="trash" size={16} />, danger: true, onSelect: () => { remove(conversation) } },
        ]}
      >
        <Icon name="more" size={17} />
      </Menu>
    </li>
  )
})
