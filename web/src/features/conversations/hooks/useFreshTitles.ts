import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { onThreadNews } from '@/features/thread/hooks/threads'
import { conversationsQuery } from '../api/conversations'

const LOOKS = [0, 1_500, 4_000, 9_000, 18_000]

/** A new conversation joins the list when it begins, and its title is looked for a few times after each answer. */
export function useFreshTitles(): void {
  const client = useQueryClient()
  useEffect(() => {
    const timers = new Set<number>()
    const look = () => client.invalidateQueries({ queryKey: conversationsQuery.queryKey })
    const stop = onThreadNews(({ conversationId, what }) => {
      if (what === 'asked') void look()
      else {
        for (const wait of LOOKS) {
          const timer = window.setTimeout(() => {
            timers.delete(timer)
            if (wait === 0 || isProvisional(conversationId)) void look()
          }, wait)
          timers.add(timer)
        }
      }
    })
    const isProvisional = (id: string) => {
      const pages = client.getQueryData(conversationsQuery.queryKey)?.pages
      return pages?.some((page) => page.data.some((one) => one.id === id && one.title_status === 'provisional')) ?? false
    }
    return () => {
      stop()
      timers.forEach((timer) => { clearTimeout(timer) })
    }
  }, [client])
}
