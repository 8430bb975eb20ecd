import { useSyncExternalStore } from 'react'

/** The reader's choice lives in this browser; `before-paint.js` applies it before the first paint. */
export type Theme = 'light' | 'dark' | 'system'

const KEY = 'tertulia.theme'
const BARS = { light: '#faf6ef', dark: '#1b1815' }
const listeners = new Set<() => void>()
const system = matchMedia('(prefers-color-scheme: dark)')

export function setTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  apply()
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, chosen)
}

function chosen(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

function apply(): void {
  const theme = chosen()
  const shown = theme === 'system' ? (system.matches ? 'dark' : 'light') : theme
  document.documentElement.dataset['theme'] = shown
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', BARS[shown])
  listeners.forEach((listener) => { listener() })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** From now on the page follows the system, where it decides, and what another tab chooses. */
export function watchTheme(): void {
  system.addEventListener('change', apply)
  addEventListener('storage', (event) => {
    if (event.key === KEY) apply()
  })
}
