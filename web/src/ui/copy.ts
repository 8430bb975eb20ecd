import { useEffect, useRef, useState } from 'react'

/** Copies text and says for two seconds whether it went well. Plain http has no clipboard API: the old way serves there. */
export function useCopy(): [copied: boolean, copy: (text: string) => void] {
  const [copied, setCopied] = useState(false)
  const timer = useRef(0)
  useEffect(() => () => { clearTimeout(timer.current) }, [])
  return [
    copied,
    (text) => {
      void write(text).then((done) => {
        setCopied(done)
        clearTimeout(timer.current)
        timer.current = window.setTimeout(() => { setCopied(false) }, 2000)
      })
    },
  ]
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const holder = document.createElement('textarea')
  holder.value = text
  holder.className = 'sr-only'
  const before = document.activeElement
  ;(document.querySelector('dialog[open]') ?? document.body).append(holder)
  holder.select()
  const done = document.execCommand('copy')
  holder.remove()
  if (before instanceof HTMLElement) before.focus()
  return done
}
