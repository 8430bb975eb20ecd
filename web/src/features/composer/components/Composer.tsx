import { type ClipboardEvent, type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef } from 'react'
import { AttachButton } from '@/features/attachments/components/AttachButton'
import { AttachedList } from '@/features/attachments/components/AttachedList'
import type { Attachments } from '@/features/attachments/hooks/useAttachments'
import { useDrops } from '@/features/attachments/hooks/useDrops'
import { Icon } from '@/ui/Icon'
import { NO_KERNING } from '@/ui/kerning'
import { useDraft } from '../hooks/useDraft'
import { sends } from './enter'
import { ModelChoice } from './ModelChoice'

export const LONGEST_MESSAGE = 100_000
const SHOW_COUNT_FROM = 0.9 * LONGEST_MESSAGE
const TALLEST = 0.4

interface ComposerProps {
  /** Where the draft is kept: the conversation's id. */
  place: string
  answering: boolean
  stopping: boolean
  onSend: (text: string) => void
  onStop: () => void
  knowledge: ReactNode
  files: Attachments
}

export function Composer({ place, answering, stopping, onSend, onStop, knowledge, files }: ComposerProps) {
  const [text, setText] = useDraft(place)
  const field = useRef<HTMLTextAreaElement>(null)
  const length = lengthOf(text)
  const tooLong = length > LONGEST_MESSAGE
  const sendable = text.trim() !== '' && !tooLong && !answering && files.wait === null
  const over = useDrops(files.add)

  useLayoutEffect(() => {
    const box = field.current
    if (box === null) return
    box.style.height = 'auto'
    box.style.height = `${String(Math.min(box.scrollHeight, innerHeight * TALLEST))}px`
  }, [text])

  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [place])

  const send = () => {
    if (!sendable) return
    onSend(text.trim())
    setText('')
    files.sent()
  }
  const keyed = (event: KeyboardEvent) => {
    if (!sends(event)) return
    event.preventDefault()
    send()
  }

  const pasted = (event: ClipboardEvent) => {
    const { files: held, types } = event.clipboardData
    if (held.length === 0 || types.includes('text/plain')) return // cells of a sheet come with a picture of themselves
    event.preventDefault()
    files.add([...held])
  }

  return (
    <form
      className={`rounded-2xl border shadow-card transition-colors focus-within:border-accent/60 ${over ? 'border-accent bg-wash' : 'border-edge bg-raised'}`}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <AttachedList files={files} />
      <textarea
        ref={field}
        id="composer"
        dir="auto"
        aria-label="Your message"
        aria-describedby="composer-count"
        aria-invalid={tooLong || undefined}
        placeholder={over ? 'Drop files to ask them…' : 'Say something…'}
        rows={1}
        value={text}
        onChange={(event) => { setText(event.target.value) }}
        onKeyDown={keyed}
        onPaste={pasted}
        className={`block max-h-[40dvh] w-full resize-none bg-transparent px-5 pt-4 pb-1 text-base leading-relaxed outline-none ${NO_KERNING}`}
      />
      <div className="flex items-center gap-2 px-2.5 pb-2.5">
        <AttachButton files={files} />
        <ModelChoice />
        {knowledge}
        <p id="composer-count" role="status" className={`min-w-0 flex-1 truncate text-right text-xs ${tooLong ? 'font-medium text-danger' : 'text-faint'}`}>
          {length > SHOW_COUNT_FROM && (tooLong
            ? `${(length - LONGEST_MESSAGE).toLocaleString()} characters too long`
            : `${length.toLocaleString()} of ${LONGEST_MESSAGE.toLocaleString()}`)}
        </p>
        {answering ? (
          <button type="button" onClick={onStop} disabled={stopping} aria-label="Stop the answer" title="Stop (Esc)" className="flex size-10 shrink-0 items-center justify-center rounded-full bg-ink text-paper transition hover:opacity-85 disabled:opacity-50">
            <Icon name="stop" size={20} />
          </button>
        ) : (
          <button type="submit" disabled={!sendable} aria-label="Send" title="Send (Enter)" className="flex size-10 shrink-0 items-center justify-center rounded-full bg-fill text-on-accent transition hover:opacity-90 disabled:bg-hover disabled:text-faint">
            <Icon name="send" size={20} />
          </button>
        )}
      </div>
    </form>
  )
}

/** In characters as the server counts them: a pair of surrogates is one. */
function lengthOf(text: string): number {
  return text.length < SHOW_COUNT_FROM ? text.length : [...text].length
}
