import { useSyncExternalStore } from 'react'

/** A heavy part that is fetched when first needed; until then, and when the network fails, there is none. */
export function lazyPart<T>(load: () => Promise<T>): () => T | null {
  let part: T | null = null
  let loading = false
  const listeners = new Set<() => void>()
  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    if (!loading) {
      loading = true
      load().then(
        (loaded) => {
          part = loaded
          listeners.forEach((tell) => { tell() })
        },
        () => {
          loading = false // the next one that needs it tries again
        },
      )
    }
    return () => listeners.delete(listener)
  }
  return () => useSyncExternalStore(subscribe, () => part)
}
