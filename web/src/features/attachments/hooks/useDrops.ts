import { useEffect, useEffectEvent, useState } from 'react'

/** Whether files are held over the page; where they are dropped on it they are given on. */
export function useDrops(onFiles: (files: readonly File[]) => void): boolean {
  const [over, setOver] = useState(false)
  const give = useEffectEvent(onFiles)
  useEffect(() => {
    const held = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const left = (event: DragEvent) => { if (event.relatedTarget === null) setOver(false) }
    const dropped = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault() // the browser would open it in place of this page
      setOver(false)
      give([...(event.dataTransfer?.files ?? [])])
    }
    addEventListener('dragover', held)
    addEventListener('dragleave', left)
    addEventListener('drop', dropped)
    return () => {
      removeEventListener('dragover', held)
      removeEventListener('dragleave', left)
      removeEventListener('drop', dropped)
    }
  }, [])
  return over
}

function holdsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') === true
}
