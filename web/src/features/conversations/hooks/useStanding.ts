import { useEffect, useSyncExternalStore } from 'react'
import { onThreadNews, type ThreadNews } from '@/features/thread/hooks/threads'

/** What the list tells of a conversation: it is being answered, or has an answer that nobody has looked at. */
export type Standing = 'answering' | 'unread'

const standings = new Map<string, Standing>()
const listeners = new Set<() => void>()
let looking: string | null = null

onThreadNews(hearNews)

export function hearNews({ conversationId, what, elsewhere = false }: ThreadNews): void {
  if (what === 'asked') stand(conversationId, 'answering')
  else stand(conversationId, elsewhere || conversationId === looking ? null : 'unread')
}

export function useStanding(conversationId: string): Standing | null {
  return useSyncExternalStore(subscribe, () => standings.get(conversationId) ?? null)
}

/** Whoever has a conversation before them has read what comes in it. */
export function useLookingAt(conversationId: string): void {
  useEffect(() => {
    looking = conversationId
    if (standings.get(conversationId) === 'unread') stand(conversationId, null)
    return () => { looking = null }
  }, [conversationId])
}

function stand(conversationId: string, standing: Standing | null): void {
  if (standing === null) standings.delete(conversationId)
  else standings.set(conversationId, standing)
  listeners.forEach((tell) => { tell() })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
