import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'

const NEAR = 48
const UPWARD_KEYS = new Set(['ArrowUp', 'PageUp', 'Home'])

interface StayAtEnd {
  /** The box that scrolls, and what grows in it. */
  view: RefObject<HTMLDivElement | null>
  content: RefObject<HTMLDivElement | null>
  /** Whether the view follows what is written. */
  following: boolean
  toEnd: () => void
  /** Brings something in it to the top, and stays there. */
  show: (element: HTMLElement) => void
}

/**
 * Keeps the end of the thread in view while it grows, until the reader goes up: any movement of theirs wins at once,
 * and following begins again only when they come back to the end by themselves or ask for it.
 */
export function useStayAtEnd(): StayAtEnd {
  const view = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const [following, setFollowing] = useState(true)
  const wanted = useRef(true)

  const toEnd = () => {
    wanted.current = true
    setFollowing(true)
    view.current?.scrollTo({ top: view.current.scrollHeight })
  }

  const show = useCallback((element: HTMLElement) => {
    wanted.current = false
    setFollowing(false)
    element.scrollIntoView({ block: 'start' })
  }, [])

  useEffect(() => {
    const box = view.current
    if (box === null || content.current === null) return
    let lastTop = box.scrollTop
    let lastHeight = box.scrollHeight

    const follow = (yes: boolean) => {
      wanted.current = yes
      setFollowing(yes)
    }
    const grown = new ResizeObserver(() => {
      if (wanted.current) box.scrollTop = box.scrollHeight
      lastHeight = box.scrollHeight
    })
    const scrolled = () => {
      const fromEnd = box.scrollHeight - box.scrollTop - box.clientHeight
      const wentUp = box.scrollTop < lastTop - 1 && box.scrollHeight >= lastHeight
      lastTop = box.scrollTop
      lastHeight = box.scrollHeight
      if (wentUp && fromEnd > 2) follow(false)
      else if (fromEnd < NEAR && !wentUp) follow(true)
    }
    const wheeled = (event: WheelEvent) => {
      if (event.deltaY < 0 && box.scrollHeight > box.clientHeight) follow(false)
    }
    const keyed = (event: KeyboardEvent) => {
      if (UPWARD_KEYS.has(event.key) && !isField(event.target)) follow(false)
    }
    grown.observe(content.current)
    grown.observe(box)
    box.addEventListener('scroll', scrolled, { passive: true })
    box.addEventListener('wheel', wheeled, { passive: true })
    box.addEventListener('keydown', keyed)
    return () => {
      grown.disconnect()
      box.removeEventListener('scroll', scrolled)
      box.removeEventListener('wheel', wheeled)
      box.removeEventListener('keydown', keyed)
    }
  }, [])

  return { view, content, following, toEnd, show }
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement
}
