/**
 * The conversations that this page has open, and word of them to the other tabs.
 *
 * A conversation stays here while the page lives, so that going back to it shows it at once, running answer included.
 */
import { useEffect, useSyncExternalStore } from 'react'
import { threadApi } from '../api/thread'
import { type Snapshot, ThreadStore } from '../stream/store'

export interface ThreadNews {
  conversationId: string
  what: 'asked' | 'ended'
  /** It happened in another tab. */
  elsewhere?: boolean
}

const open = new Map<string, ThreadStore>()
const listeners = new Set<(news: ThreadNews) => void>()
const otherTabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('tertulia')

otherTabs?.addEventListener('message', ({ data }: MessageEvent<ThreadNews>) => {
  const thread = open.get(data.conversationId)
  if (thread !== undefined && !thread.answering) void thread.load()
  listeners.forEach((tell) => { tell({ ...data, elsewhere: true }) })
})

/** A conversation that is new: there is nothing to fetch. */
export function newThread(conversationId: string): ThreadStore {
  const thread = new ThreadStore(conversationId, threadApi, (what) => {
    const news = { conversationId, what }
    otherTabs?.postMessage(news)
    listeners.forEach((tell) => { tell(news) })
  })
  open.set(conversationId, thread)
  return thread
}

export function threadOf(conversationId: string): ThreadStore {
  const known = open.get(conversationId)
  if (known !== undefined) return known
  const thread = newThread(conversationId)
  void thread.load()
  return thread
}

export function forgetThread(conversationId: string): void {
  open.get(conversationId)?.close()
  open.delete(conversationId)
}

export function forgetThreads(): void {
  open.forEach((thread) => { thread.close() })
  open.clear()
}

export function onThreadNews(listener: (news: ThreadNews) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useThread(conversationId: string): { thread: ThreadStore; shown: Snapshot } {
  const thread = threadOf(conversationId)
  const shown = useSyncExternalStore(thread.subscribe, thread.snapshot)
  useEffect(() => {
    const lookAgain = () => {
      if (document.visibilityState === 'visible' && !thread.answering) void thread.load()
    }
    document.addEventListener('visibilitychange', lookAgain)
    addEventListener('online', lookAgain)
    return () => {
      document.removeEventListener('visibilitychange', lookAgain)
      removeEventListener('online', lookAgain)
    }
  }, [thread])
  return { thread, shown }
}
