import { useEffect, useRef } from 'react'
import type { Snapshot, ThreadStore } from '../stream/store'

const MARKED_FOR = 2500

/** Shows a message that was looked for, once it is there, on whichever branch it stands; after that the reader goes on alone. */
export function useFound(thread: ThreadStore, shown: Snapshot, messageId: string | undefined, show: (element: HTMLElement) => void): void {
  const last = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (messageId === undefined || last.current === messageId || !thread.has(messageId)) return
    const element = document.getElementById(messageId)
    if (element === null) {
      thread.choose(messageId) // it is drawn next
      return
    }
    last.current = messageId
    show(element)
    element.animate({ backgroundColor: ['var(--wash)', 'transparent'] }, MARKED_FOR)
  }, [thread, shown, messageId, show])
}
