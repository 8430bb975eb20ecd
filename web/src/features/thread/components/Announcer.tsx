import { useEffect, useRef, useState } from 'react'
import type { Snapshot } from '../stream/store'
import { textOf } from '../stream/text'

const READ_OUT = 1500

/**
 * What a screen reader says by itself: that an answer has begun, and the answer once when it is done. Reading each
 * token out would be a stammer nobody can follow.
 */
export function Announcer({ shown }: { shown: Snapshot }) {
  const [words, setWords] = useState('')
  const wasLive = useRef(false)
  const live = shown.live !== null
  const last = shown.turns[shown.turns.length - 1]?.message
  const problem = shown.unsent?.problem

  useEffect(() => {
    if (live && !wasLive.current) setWords('Tertulia is answering.')
    if (!live && wasLive.current && problem === undefined && last?.role === 'assistant') setWords(ending(last.status, textOf(last)))
    wasLive.current = live
  }, [live, last, problem])

  return <p role="status" className="sr-only">{words}</p>
}

function ending(status: string, text: string): string {
  if (status === 'failed') return 'The answer broke off.'
  const said = text.length > READ_OUT ? `${text.slice(0, READ_OUT)}… The rest is on the page.` : text
  return `${status === 'stopped' ? 'Stopped.' : 'Answer:'} ${said.replace(/[`*_#|]+/g, ' ')}`
}
