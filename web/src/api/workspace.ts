/**
 * Which workspace this tab is in; the server falls back to the person's first when none is named.
 *
 * A tab keeps its own, so that another tab's choice does not move what is open here; a new one begins where somebody
 * was last.
 */
import { useSyncExternalStore } from 'react'

const KEY = 'tertulia.workspace'
const listeners = new Set<() => void>()

export function currentWorkspace(): string | null {
  const here = sessionStorage.getItem(KEY)
  if (here !== null) return here
  const last = localStorage.getItem(KEY)
  if (last !== null) sessionStorage.setItem(KEY, last)
  return last
}

export function rememberWorkspace(id: string | null): void {
  for (const kept of [sessionStorage, localStorage]) {
    if (id === null) kept.removeItem(KEY)
    else kept.setItem(KEY, id)
  }
  listeners.forEach((listener) => { listener() })
}

export function useCurrentWorkspace(): string | null {
  return useSyncExternalStore(subscribe, currentWorkspace)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
