import { Mark } from '@/ui/Mark'
import type { Live } from '../stream/store'

const WORDS: Record<string, string> = {
  window: 'Recalling the conversation',
  redact: 'Keeping personal data back',
  compose: 'Gathering thoughts',
  summarise: 'Recalling the conversation',
  rewrite: 'Reading your question',
  retrieve: 'Looking through your documents',
  reuse: 'Looking for an earlier answer',
  admit: 'Waiting for a free place',
  respond: 'Thinking',
}

/** What goes on before the first word, in a few quiet ones; nothing once the answer speaks for itself. */
export function AnswerProgress({ live }: { live: Live }) {
  const words = wordsFor(live)
  if (words === null) return null
  return (
    <p className="flex items-center gap-3 py-1 text-sm text-faint not-last:mb-3">
      <span className="lg:hidden"><Mark size={18} speaking /></span>
      {words}…
    </p>
  )
}

export function wordsFor({ phase, answer, stopping }: Live): string | null {
  if (phase === 'reconnecting') return 'The line was cut. Reconnecting'
  if (stopping) return 'Stopping'
  if (answer.text !== '') return null
  if (answer.queue !== null && answer.queue > 0) return `In the queue, place ${String(answer.queue)}`
  const step = [...answer.steps].reverse().find((one) => one.status === 'running' || one.status === 'started')
  return (step && WORDS[step.name]) ?? (phase === 'sending' ? 'Sending' : 'Thinking')
}
