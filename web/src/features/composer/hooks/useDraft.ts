import { useCallback, useState } from 'react'

const PREFIX = 'tertulia.draft.'

/** What is being written, kept under its conversation, so that a reload or a detour loses no word. */
export function useDraft(place: string): [text: string, write: (text: string) => void] {
  const [state, setState] = useState(() => ({ place, text: kept(place) }))
  const write = useCallback(
    (text: string) => {
      setState({ place, text })
      try {
        if (text === '') localStorage.removeItem(PREFIX + place)
        else localStorage.setItem(PREFIX + place, text)
      } catch {
        return // storage is full or off: the text is still on the screen
      }
    },
    [place],
  )
  if (state.place !== place) {
    const text = kept(place)
    setState({ place, text })
    return [text, write]
  }
  return [state.text, write]
}

function kept(place: string): string {
  return localStorage.getItem(PREFIX + place) ?? ''
}
