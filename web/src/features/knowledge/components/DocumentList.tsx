import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { KnowledgeDocument } from '@/api/types'
import { Rows } from '@/features/settings/components/Rows'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { ShowMore } from '@/ui/ShowMore'
import { toast } from '@/ui/toast'
import { baseQuery, deleteDocument } from '../api/knowledge'
import { useReading } from '../hooks/useReading'
import { DocumentRow } from './DocumentRow'

/** A base's documents, the newest first; who may not write sees them only. */
export function DocumentList({ baseId, mayWrite }: { baseId: string; mayWrite: boolean }) {
  const { query, documents } = useReading(baseId)
  const client = useQueryClient()
  const [leaving, setLeaving] = useState<KnowledgeDocument | null>(null)
  const remove = useMutation({
    mutationFn: (document: KnowledgeDocument) => deleteDocument(baseId, document.id),
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: () => client.invalidateQueries({ queryKey: baseQuery(baseId).queryKey }),
  })
  return (
    <>
      <Rows label="Documents" query={query} empty={mayWrite ? 'There are no documents yet. Add some above: they can be asked as soon as they are read.' : 'There are no documents yet.'}>
        {documents.map((document) => <DocumentRow key={document.id} baseId={baseId} document={document} mayWrite={mayWrite} onDelete={setLeaving} />)}
      </Rows>
      <ShowMore query={query} />
      {leaving !== null && (
        <ConfirmDialog
          title={`Delete “${leaving.name}”?`}
          action="Delete"
          onConfirm={() => { remove.mutate(leaving); setLeaving(null) }}
          onClose={() => { setLeaving(null) }}
        >
          The document and its passages are deleted for good. Answers that cited it keep their words.
        </ConfirmDialog>
      )}
    </>
  )
}
