import { memo, useState } from 'react'
import type { Message } from '@/api/types'
import { CopyButton } from '@/ui/CopyButton'
import { kerningFor } from '@/ui/kerning'
import { IconButton } from '@/ui/IconButton'
import { textOf } from '../stream/text'
import { BranchSwitcher } from './BranchSwitcher'
import { QuestionEditor } from './QuestionEditor'

const LONG = 1200
const MANY_LINES = 14

interface QuestionProps {
  message: Message
  siblings: readonly string[]
  busy: boolean
  onEdit: (messageId: string, text: string) => void
  onChoose: (messageId: string) => void
}

/** What the reader said, set as an interviewer's question: a rule of red beside it. */
export const Question = memo(function Question({ message, siblings, busy, onEdit, onChoose }: QuestionProps) {
  const [editing, setEditing] = useState(false)
  const [whole, setWhole] = useState(false)
  const text = textOf(message)
  const isLong = text.length > LONG || text.split('\n').length > MANY_LINES

  return (
    <article aria-label="You" className="group">
      <h2 className="sr-only">You</h2>
      {editing ? (
        <QuestionEditor
          text={text}
          onCancel={() => { setEditing(false) }}
          onSend={(changed) => {
            setEditing(false)
            onEdit(message.id, changed)
          }}
        />
      ) : (
        <>
          <div dir="auto" className={`border-s-2 border-accent ps-4 text-[1.0625rem] leading-relaxed font-medium break-words whitespace-pre-wrap ${isLong && !whole ? 'line-clamp-[10]' : ''} ${kerningFor(text)}`}>
            {text}
          </div>
          <div className="-mb-1 mt-1 flex min-h-8 items-center gap-0.5 pl-2.5">
            {isLong && (
              <button type="button" aria-expanded={whole} onClick={() => { setWhole(!whole) }} className="mr-2 rounded-lg px-2 py-1 text-sm font-medium text-accent hover:bg-hover">
                {whole ? 'Show less' : 'Show all'}
              </button>
            )}
            <BranchSwitcher current={message.id} siblings={siblings} what="version" disabled={busy} onChoose={onChoose} />
            <div className="flex opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 coarse:opacity-100">
              <CopyButton text={() => text} label="Copy your message" />
              <IconButton icon="edit" label="Edit and send again" size="small" disabled={busy} onClick={() => { setEditing(true) }} />
            </div>
          </div>
        </>
      )}
    </article>
  )
})
