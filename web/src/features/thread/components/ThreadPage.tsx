import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useSession } from '@/features/account/hooks/useSession'
import { useAttachments } from '@/features/attachments/hooks/useAttachments'
import { Composer } from '@/features/composer/components/Composer'
import { ViewersNote } from '@/features/composer/components/ViewersNote'
import { useModel } from '@/features/composer/hooks/useModel'
import { useChooseKnowledge, useConversations } from '@/features/conversations/hooks/useConversations'
import { useLookingAt } from '@/features/conversations/hooks/useStanding'
import { KnowledgeChoice } from '@/features/knowledge/components/KnowledgeChoice'
import { useEscapeStops } from '@/features/shortcuts/hooks/useShortcuts'
import { ProblemNote } from '@/ui/ProblemNote'
import { useDocumentTitle } from '@/ui/documentTitle'
import { useFound } from '../hooks/useFound'
import { useStayAtEnd } from '../hooks/useStayAtEnd'
import { useThread } from '../hooks/threads'
import { Announcer } from './Announcer'
import { ThreadSkeleton } from './ThreadSkeleton'
import { ToEndButton } from './ToEndButton'
import { Turns } from './Turns'

export function ThreadPage() {
  const { conversationId } = useParams({ from: '/inside/c/$conversationId' })
  const { message } = useSearch({ from: '/inside/c/$conversationId' })
  return <Thread key={conversationId} conversationId={conversationId} found={message} />
}

/** `found`: the message that a search led to. */
function Thread({ conversationId, found }: { conversationId: string; found: string | undefined }) {
  const { thread, shown } = useThread(conversationId)
  const { workspace } = useSession()
  const { model } = useModel()
  const { conversations } = useConversations()
  const { view, content, following, toEnd, show } = useStayAtEnd()
  const conversation = conversations.find((one) => one.id === conversationId)
  const title = conversation?.title ?? 'Conversation'
  const choose = useChooseKnowledge(conversationId)
  const chosen = conversation?.knowledge_base_ids ?? []
  const files = useAttachments(chosen, choose)
  const answering = shown.live !== null
  useDocumentTitle(title)
  useLookingAt(conversationId)
  useFound(thread, shown, found, show)
  useEscapeStops(answering, () => void thread.stop())

  const send = (text: string) => {
    thread.ask(text, model?.id ?? null)
    requestAnimationFrame(toEnd)
  }
  const edit = useCallback((messageId: string, text: string) => { thread.edit(messageId, text, model?.id ?? null) }, [thread, model])
  const regenerate = useCallback((messageId: string) => { thread.regenerate(messageId, model?.id ?? null) }, [thread, model])
  const retry = useCallback(() => { thread.retry() }, [thread])

  if (shown.status === 'failed' && shown.problem !== null) return <Lost problem={shown.problem} onRetry={() => void thread.load()} />
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <h1 className="sr-only">{title}</h1>
      <div ref={view} tabIndex={-1} className="fades relative min-h-0 flex-1 overflow-y-auto overscroll-contain outline-none">
        <div ref={content} className="mx-auto w-full max-w-[45rem] px-5 pt-6 pb-12 lg:px-6">
          {shown.status === 'loading' ? <ThreadSkeleton /> : (
            <Turns shown={shown} onEdit={edit} onRegenerate={regenerate} onChoose={thread.choose} onRetry={retry} />
          )}
          {shown.problem !== null && shown.status === 'ready' && <div className="mt-6"><ProblemNote problem={shown.problem} /></div>}
        </div>
      </div>
      <Announcer shown={shown} />
      <div className="relative mx-auto w-full max-w-[46.5rem] px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
        {!following && <ToEndButton onClick={toEnd} writing={answering} />}
        {workspace?.role === 'viewer' ? <ViewersNote workspace={workspace.name} /> : <Composer place={conversationId} answering={answering} stopping={shown.live?.stopping ?? false} onSend={send} onStop={() => void thread.stop()} files={files} knowledge={<KnowledgeChoice chosen={chosen} onChoose={choose} />} />}
      </div>
    </div>
  )
}

function Lost({ problem, onRetry }: { problem: Parameters<typeof ProblemNote>[0]['problem']; onRetry: () => void }) {
  const missing = problem.status === 404
  return (
    <div className="mx-auto flex w-full max-w-lg flex-1 flex-col justify-center gap-4 px-6">
      <h1 className="font-serif text-2xl font-semibold">{missing ? 'This conversation is not here' : 'This conversation could not be opened'}</h1>
      {missing
        ? <p className="text-soft">It may have been deleted, or it belongs to another workspace. Choose its workspace at the foot of the list.</p>
        : <ProblemNote problem={problem}><button type="button" onClick={onRetry} className="font-medium underline underline-offset-2">Try again</button></ProblemNote>}
      <p><Link to="/" className="font-medium text-accent underline underline-offset-4">Begin a new conversation</Link></p>
    </div>
  )
}
