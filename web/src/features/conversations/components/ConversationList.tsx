import { useEffect, useRef } from 'react'
import { asProblem } from '@/api/problem'
import { ProblemNote } from '@/ui/ProblemNote'
import { groupByDay } from '../hooks/groupByDay'
import { useConversations } from '../hooks/useConversations'
import { ConversationRow } from './ConversationRow'

export function ConversationList({ onLeave }: { onLeave: () => void }) {
  const { conversations, isPending, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useConversations()
  const end = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const mark = end.current
    if (mark === null || !hasNextPage || isFetchingNextPage) return
    const watch = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true) void fetchNextPage()
    }, { rootMargin: '300px' })
    watch.observe(mark)
    return () => { watch.disconnect() }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])

  if (isPending) return <p className="sr-only">Loading conversations</p>
  if (error !== null && conversations.length === 0) {
    return (
      <ProblemNote problem={asProblem(error)}>
        <button type="button" onClick={() => void refetch()} className="font-medium underline underline-offset-2">Try again</button>
      </ProblemNote>
    )
  }
  if (conversations.length === 0) return <p className="px-3 py-2 text-sm text-faint">What you talk about will be kept here.</p>
  return (
    <>
      {groupByDay(conversations).map((group) => (
        <section key={group.label} aria-label={group.label} className="mt-4 first:mt-1">
          <h2 className="px-3 pb-1 text-xs font-medium text-faint">{group.label}</h2>
          <ul>
            {group.conversations.map((conversation) => (
              <ConversationRow key={conversation.id} conversation={conversation} onLeave={onLeave} />
            ))}
          </ul>
        </section>
      ))}
      <div ref={end} className="h-4">
        {isFetchingNextPage && <p className="px-3 text-xs text-faint">Loading more…</p>}
      </div>
    </>
  )
}
