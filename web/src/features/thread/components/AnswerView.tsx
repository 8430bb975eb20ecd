import { memo } from 'react'
import type { Message } from '@/api/types'
import { Markdown } from '@/features/markdown/components/Markdown'
import { WithSources } from '@/features/citations/components/WithSources'
import { CopyButton } from '@/ui/CopyButton'
import { Icon } from '@/ui/Icon'
import { IconButton } from '@/ui/IconButton'
import { Mark } from '@/ui/Mark'
import type { Live } from '../stream/store'
import { sourcesOf, textOf } from '../stream/text'
import { AnswerProgress } from './AnswerProgress'
import { BranchSwitcher } from './BranchSwitcher'
import { UsageNote } from './UsageNote'
import { WhyThis } from './WhyThis'

interface AnswerViewProps {
  message: Message
  siblings: readonly string[]
  live: Live | null
  busy: boolean
  last: boolean
  onRegenerate: (messageId: string) => void
  onChoose: (messageId: string) => void
}

/** An answer, being written or done, with what can be done about it. */
export const AnswerView = memo(function AnswerView({ message, siblings, live, busy, last, onRegenerate, onChoose }: AnswerViewProps) {
  const text = textOf(message)
  const sources = sourcesOf(message)
  const running = live !== null
  return (
    <article aria-label="Tertulia" aria-busy={running} className="group relative">
      <h2 className="sr-only">Tertulia</h2>
      <div className="absolute top-1 -left-11 hidden lg:block"><Mark size={22} speaking={running} /></div>
      {live !== null && <AnswerProgress live={live} />}
      <Lacking warnings={message.warnings} />
      <WithSources sources={sources} text={text} running={running}>
        {(shown) => <Markdown text={shown} streaming={running} />}
      </WithSources>
      {!running && <Ending message={message} text={text} onAgain={busy ? null : () => { onRegenerate(message.id) }} />}
      {!running && (
        <div className={`mt-2 -ml-2 flex min-h-8 flex-wrap items-center gap-0.5 transition-opacity coarse:opacity-100 ${last ? '' : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100'}`}>
          <BranchSwitcher current={message.id} siblings={siblings} what="answer" disabled={busy} onChoose={onChoose} />
          <CopyButton text={() => text} label="Copy the answer" />
          <IconButton icon="again" label="Answer again" size="small" disabled={busy} onClick={() => { onRegenerate(message.id) }} />
          {message.model !== null && <WhyThis messageId={message.id} />}
          <UsageNote message={message} />
        </div>
      )}
    </article>
  )
})

/** What the answer has to do without. */
function Lacking({ warnings }: { warnings: Message['warnings'] }) {
  return warnings.map(({ code, detail }) => <p key={code} role="status" className="mb-3 flex items-center gap-2 text-sm text-soft"><Icon name="warning" size={16} /> {detail}</p>)
}

function Ending({ message, text, onAgain }: { message: Message; text: string; onAgain: (() => void) | null }) {
  if (message.status === 'stopped') return <p className="mt-3 text-sm text-faint italic">{text === '' ? 'Stopped before the first word.' : 'Stopped here.'}</p>
  if (message.status === 'failed') {
    return (
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 rounded-xl border border-danger/30 bg-danger-wash px-4 py-3 text-sm">
        <p role="alert" className="min-w-0 wrap-anywhere">{message.error?.detail ?? 'This answer broke off. Ask for it again; if it keeps failing, choose another model.'}</p>
        {onAgain !== null && <button type="button" onClick={onAgain} className="font-medium underline underline-offset-2">Try again</button>}
      </div>
    )
  }
  if (message.status === 'generating') return <p className="mt-3 text-sm text-faint italic">This answer is still being written. Reload the page to follow it.</p>
  return text === '' ? <p className="text-sm text-faint italic">The model said nothing. Ask again, or choose another one.</p> : null
}
