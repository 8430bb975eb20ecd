import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { KnowledgeDocument } from '@/api/types'
import { Rows } from '@/features/settings/components/Rows'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
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
        <Dialog title={`Delete “${leaving.name}”?`} onClose={() => { setLeaving(null) }}>
          <p className="text-sm text-soft">The document and its passages are deleted for good. Answers that cited it keep their words.</p>
          <div className="mt-6 flex justify-end gap-3">
            <Button onClick={() => { setLeaving(null) }}>Keep it</Button>
            <Button
              look="danger"
              onClick={() => {
                remove.mutate(leaving)
                setLeaving(null)
              }}
            >
              Delete
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}
