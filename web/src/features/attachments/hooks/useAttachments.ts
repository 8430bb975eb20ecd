import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { KnowledgeDocument } from '@/api/types'
import { basesQuery, changeBase, createBase, deleteBase, deleteDocument, isBeingRead } from '@/features/knowledge/api/knowledge'
import { useReading } from '@/features/knowledge/hooks/useReading'
import { useUploads } from '@/features/knowledge/hooks/useUploads'
import { toast } from '@/ui/toast'

export interface Attachments {
  documents: readonly KnowledgeDocument[]
  /** What is under way, in words. */
  sending: string | null
  refused: readonly { name: string; problem: { detail: string } }[]
  /** Why the question has to wait for its files; null when it need not. */
  wait: string | null
  add: (files: readonly File[]) => void
  remove: (document: KnowledgeDocument) => void
  /** Ends what is under way. */
  stop: () => void
  /** The question has gone; the next one's files are its own. */
  sent: () => void
}

/**
 * Files that are added to a question: they make a private knowledge base of their own, which the conversation asks from
 * then on. So they are read, found and cited as all documents, and can be looked after under Knowledge.
 */
export function useAttachments(chosen: readonly string[], onChoose: (ids: readonly string[]) => void): Attachments {
  const client = useQueryClient()
  const [base, setBase] = useState<string | null>(null)
  const { sending, refused, upload, stop, forget } = useUploads()
  const { documents } = useReading(base)
  const refresh = () => client.invalidateQueries({ queryKey: basesQuery.queryKey })
  const failed = (error: unknown) => { toast(asProblem(error).detail) }

  const take = async (id: string) => {
    setBase(null)
    onChoose(chosen.filter((one) => one !== id))
    await deleteBase(id)
  }
  const add = useMutation({
    mutationFn: async (files: readonly File[]) => {
      if (base !== null) {
        await upload(base, files)
        await changeBase(base, { name: namedFor([...documents, ...files]) })
        return
      }
      const { id } = await createBase(namedFor(files), 'private')
      setBase(id)
      if (await upload(id, files) === 0) return take(id)
      onChoose([...chosen, id])
    },
    onError: failed,
    onSettled: refresh,
  })
  const remove = useMutation({
    mutationFn: async ({ id }: KnowledgeDocument) => {
      if (base === null) return
      const left = documents.filter((one) => one.id !== id)
      if (left.length === 0) return take(base)
      await deleteDocument(base, id)
      await changeBase(base, { name: namedFor(left) })
    },
    onError: failed,
    onSettled: refresh,
  })
  const busy = add.isPending || remove.isPending
  return {
    documents,
    sending: add.isPending ? sendingWords(sending) : null,
    refused,
    wait: waitingWords(busy, documents),
    add: (files) => { if (files.length > 0 && !busy) add.mutate(files) },
    remove: remove.mutate,
    stop,
    sent: () => {
      setBase(null)
      forget()
    },
  }
}

const LONGEST_NAME = 100

export function namedFor(files: readonly { name: string }[]): string {
  const others = files.length > 1 ? ` and ${String(files.length - 1)} more` : ''
  return `${(files[0]?.name ?? 'Files').slice(0, LONGEST_NAME - others.length)}${others}`
}

function sendingWords(sending: { name: string; number: number; of: number } | null): string {
  if (sending === null) return 'Sending…'
  return `Sending ${sending.of > 1 ? `${String(sending.number)} of ${String(sending.of)}: ` : ''}${sending.name}…`
}

export function waitingWords(busy: boolean, documents: readonly KnowledgeDocument[]): string | null {
  if (busy || documents.some(isBeingRead)) return 'The question can be sent when the files are read.'
  return documents.some(({ status }) => status === 'failed') ? 'Take away what could not be read, or add it in another form.' : null
}
