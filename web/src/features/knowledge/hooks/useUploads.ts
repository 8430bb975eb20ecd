import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ApiProblem, asProblem } from '@/api/problem'
import { baseQuery, uploadFile } from '../api/knowledge'

const MOST_BYTES = 50 * 1024 * 1024

interface Sending {
  name: string
  number: number
  of: number
}

interface Refused {
  name: string
  problem: ApiProblem
}

/** Sends files one after the other; a window that is closed meanwhile asks first, for the rest would be lost. */
export function useUploads() {
  const client = useQueryClient()
  const [sending, setSending] = useState<Sending | null>(null)
  const [refused, setRefused] = useState<readonly Refused[]>([])
  const leaving = useRef(new AbortController())
  const busy = sending !== null

  useEffect(() => {
    if (!busy) return
    const ask = (event: BeforeUnloadEvent) => { event.preventDefault() }
    addEventListener('beforeunload', ask)
    return () => { removeEventListener('beforeunload', ask) }
  }, [busy])

  /** How many of them arrived. */
  const upload = async (baseId: string, files: readonly File[]) => {
    let arrived = 0
    leaving.current = new AbortController()
    const { signal } = leaving.current
    setRefused([])
    for (const [index, file] of files.entries()) {
      setSending({ name: file.name, number: index + 1, of: files.length })
      try {
        await uploadFile(baseId, sizeChecked(file), signal)
        arrived += 1
      } catch (error) {
        if (signal.aborted) break
        setRefused((known) => [...known, { name: file.name, problem: asProblem(error) }])
      }
      await client.invalidateQueries({ queryKey: baseQuery(baseId).queryKey })
    }
    setSending(null)
    return arrived
  }
  return { sending, refused, upload, stop: () => { leaving.current.abort() }, forget: () => { setRefused([]) } }
}

/** Refused here: the server would cut the line in the middle, and nobody would learn why. */
export function sizeChecked(file: File): File {
  if (file.size > MOST_BYTES) throw new ApiProblem(413, 'document_too_large', 'This file is larger than 50 MB. Split it into smaller ones.')
  return file
}
