import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef } from 'react'
import { Icon } from '@/ui/Icon'
import { NO_KERNING } from '@/ui/kerning'
import { useDraft } from '../hooks/useDraft'
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
}

export function Composer({ place, answering, stopping, onSend, onStop, knowledge }: ComposerProps) {
  const [text, setText] = useDraft(place)
  const field = useRef<HTMLTextAreaElement>(null)
  const length = lengthOf(text)
  const tooLong = length > LONGEST_MESSAGE
  const sendable = text.trim() !== '' && !tooLong && !answering

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
  }
  const keyed = (event: KeyboardEvent) => {
    // an input method uses Enter to choose a word; 229 is what Safari says just after
    const composing = event.nativeEvent.isComposing || event.keyCode === 229
    if (event.key !== 'Enter' || event.shiftKey || composing || matchMedia('(pointer: coarse)').matches) return
    event.preventDefault()
    send()
  }

  return (
    <form
      className="rounded-2xl border border-edge bg-raised shadow-card transition-colors focus-within:border-accent/60"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={field}
        id="composer"
        dir="auto"
        aria-label="Your message"
        aria-describedby="composer-count"
        aria-invalid={tooLong || undefined}
        placeholder="Say something…"
        rows={1}
        value={text}
        onChange={(event) => { setText(event.target.value) }}
        onKeyDown={keyed}
        className={`block max-h-[40dvh] w-full resize-none bg-transparent px-5 pt-4 pb-1 text-base leading-relaxed outline-none ${NO_KERNING}`}
      />
      <div className="flex items-center gap-2 px-2.5 pb-2.5">
        <ModelChoice />
        {knowledge}
        <p id="composer-count" role="status" className={`min-w-0 flex-1 truncate text-right text-xs ${tooLong ? 'font-medium text-danger' : 'text-faint'}`}>
          {length > SHOW_COUNT_FROM && (tooLong
            ? `${(length - LONGEST_MESSAGE).toLocaleString()} characters too long`
            : `${length.toLocaleString()} of ${LONGEST_MESSAGE.toLocaleString()}`)}
        </p>
        {answering ? (
          <button type="button" onClick={onStop} disabled={stopping} aria-label="Stop the answer" title="Stop (Esc)" className="flex size-10 items-center justify-center rounded-full bg-ink text-paper transition hover:opacity-85 disabled:opacity-50">
            <Icon name="stop" size={20} />
          </button>
        ) : (
          <button type="submit" disabled={!sendable} aria-label="Send" title="Send (Enter)" className="flex size-10 items-center justify-center rounded-full bg-fill text-on-accent transition hover:opacity-90 disabled:bg-hover disabled:text-faint">
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
