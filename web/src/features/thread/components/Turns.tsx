import { ProblemNote } from '@/ui/ProblemNote'
import type { Snapshot } from '../stream/store'
import { AnswerView } from './AnswerView'
import { Question } from './Question'

interface TurnsProps {
  shown: Snapshot
  onEdit: (messageId: string, text: string) => void
  onRegenerate: (messageId: string) => void
  onChoose: (messageId: string) => void
  onRetry: () => void
}

export function Turns({ shown, onEdit, onRegenerate, onChoose, onRetry }: TurnsProps) {
  const { turns, live, unsent } = shown
  const busy = live !== null
  return (
    <div className="flex flex-col gap-5">
      {turns.map(({ message, siblings }, index) => (
        <div key={message.id} id={message.id} className={`scroll-mt-6 rounded-lg ${message.role === 'user' && index > 0 ? 'pt-6' : ''}`}>
          {message.role === 'user' ? (
            <Question message={message} siblings={siblings} busy={busy} onEdit={onEdit} onChoose={onChoose} />
          ) : (
            <AnswerView
              message={message}
              siblings={siblings}
              live={live?.answerId === message.id ? live : null}
              busy={busy}
              last={index === turns.length - 1}
              onRegenerate={onRegenerate}
              onChoose={onChoose}
            />
          )}
        </div>
      ))}
      {unsent !== null && (
        <ProblemNote problem={unsent.problem}>
          <button type="button" onClick={onRetry} className="font-medium underline underline-offset-2">Send again</button>
        </ProblemNote>
      )}
    </div>
  )
}
