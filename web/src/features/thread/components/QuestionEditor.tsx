import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react'
import { LONGEST_MESSAGE } from '@/features/composer/components/Composer'
import { sends } from '@/features/composer/components/enter'
import { Button } from '@/ui/Button'
import { NO_KERNING } from '@/ui/kerning'

interface QuestionEditorProps {
  text: string
  onSend: (text: string) => void
  onCancel: () => void
}

/** Another way of putting it: the old question and its answers stay, one branch away. */
export function QuestionEditor({ text, onSend, onCancel }: QuestionEditorProps) {
  const [draft, setDraft] = useState(text)
  const field = useRef<HTMLTextAreaElement>(null)
  const sendable = draft.trim() !== '' && draft.length <= LONGEST_MESSAGE

  useLayoutEffect(() => {
    const box = field.current
    if (box === null) return
    box.style.height = 'auto'
    box.style.height = `${String(box.scrollHeight)}px`
  }, [draft])
  useLayoutEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(text.length, text.length)
  }, [text])

  const keyed = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
      event.stopPropagation()
      onCancel()
    }
    if (sends(event) && sendable) {
      event.preventDefault()
      onSend(draft.trim())
    }
  }

  return (
    <div className="rounded-xl border border-accent bg-raised p-2 shadow-card">
      <textarea ref={field} dir="auto" aria-label="Edit your message" value={draft} onChange={(event) => { setDraft(event.target.value) }} onKeyDown={keyed} className={`block max-h-[50dvh] w-full resize-none bg-transparent px-3 py-2 text-[1.0625rem] leading-relaxed outline-none ${NO_KERNING}`} />
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={onCancel}>Cancel</Button>
        <Button look="primary" disabled={!sendable} onClick={() => { onSend(draft.trim()) }}>Send</Button>
      </div>
    </div>
  )
}
