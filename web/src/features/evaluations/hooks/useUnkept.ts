import { useBlocker } from '@tanstack/react-router'
import { useCallback, useRef } from 'react'

/** Holds the reader back from leaving what they have not kept; `leave` says whether to go. */
export function useUnkept() {
  const dirty = useRef(false)
  const blocker = useBlocker({ shouldBlockFn: () => dirty.current, enableBeforeUnload: () => dirty.current, withResolver: true })
  const setDirty = useCallback((now: boolean) => { dirty.current = now }, [])
  const leave = blocker.status === 'blocked' ? { go: blocker.proceed, stay: blocker.reset } : null
  return { setDirty, leave }
}
