import { useEffect, useSyncExternalStore } from 'react'
import { COMMAND } from '../command'

export const SHORTCUTS: readonly { keys: readonly string[]; does: string }[] = [
  { keys: [COMMAND, 'K'], does: 'Search conversations' },
  { keys: [COMMAND, 'Shift', 'O'], does: 'New conversation' },
  { keys: ['/'], does: 'Go to the message field' },
  { keys: ['Enter'], does: 'Send' },
  { keys: ['Shift', 'Enter'], does: 'Begin a new line' },
  { keys: ['Esc'], does: 'Stop the answer' },
  { keys: [COMMAND, 'B'], does: 'Show or hide the list' },
  { keys: ['?'], does: 'This list' },
]

interface Actions {
  search: () => void
  newConversation: () => void
  toggleList: () => void
}

let dialogOpen = false
const listeners = new Set<() => void>()

function setDialog(open: boolean): void {
  dialogOpen = open
  listeners.forEach((tell) => { tell() })
}

export const openShortcuts = () => { setDialog(true) }
export const closeShortcuts = () => { setDialog(false) }

export function useShortcutsOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => dialogOpen,
  )
}

/** The keys that work everywhere; letters alone only where nothing is being typed. */
export function useShortcuts({ search, newConversation, toggleList }: Actions): void {
  useEffect(() => {
    const keyed = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented) return
      const command = event.ctrlKey || event.metaKey
      const key = event.key.toLowerCase()
      if (command && key === 'k') search()
      else if (command && event.shiftKey && key === 'o') newConversation()
      else if (command && !event.shiftKey && key === 'b') toggleList()
      else if (command || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]') !== null) return
      else if (key === '/') document.getElementById('composer')?.focus()
      else if (key === '?') openShortcuts()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', keyed)
    return () => { removeEventListener('keydown', keyed) }
  }, [search, newConversation, toggleList])
}

export function useEscapeStops(active: boolean, stop: () => void): void {
  useEffect(() => {
    if (!active) return
    const keyed = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return
      if (document.querySelector('dialog[open]') === null) stop()
    }
    addEventListener('keydown', keyed)
    return () => { removeEventListener('keydown', keyed) }
  }, [active, stop])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
}
