import { useQuery } from '@tanstack/react-query'
import { useCallback, useSyncExternalStore } from 'react'
import type { Model } from '@/api/types'
import { modelsQuery } from '../api/models'

const KEY = 'tertulia.model'
const listeners = new Set<() => void>()

/** The models there are, and the one that answers: the reader's choice while it exists, else the default. */
export function useModel(): { models: readonly Model[]; model: Model | null; choose: (id: string) => void } {
  const { data } = useQuery(modelsQuery)
  const kept = useSyncExternalStore(subscribe, () => localStorage.getItem(KEY))
  const models = data?.data ?? []
  const model = models.find((one) => one.id === kept) ?? models.find((one) => one.default) ?? models[0] ?? null
  const choose = useCallback((id: string) => {
    localStorage.setItem(KEY, id)
    listeners.forEach((tell) => { tell() })
  }, [])
  return { models, model, choose }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
