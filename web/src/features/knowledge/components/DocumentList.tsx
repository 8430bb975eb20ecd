import { useMutation, useQueryClient } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import type { KnowledgeDocument } from '@/api/types'
import { Row, Rows } from '@/features/settings/components/Rows'
import { Button } from '@/ui/Button'
import { Icon } from '@/ui/Icon'
import { IconButton } from '@/ui/IconButton'
import { sizeOf } from '@/ui/size'
import { toast } from '@/ui/toast'
import { baseQuery, contentAddress, deleteDocument, isBeingRead, retryDocument } from '../api/knowledge'
import { useReading } from '../hooks/useReading'

export function DocumentList({ baseId }: { baseId: string }) {
  const query = useReading(baseId)
  return (
    <Rows label="Documents" query={query} empty="There are no documents yet.">
      {(query.data?.data ?? []).map((document) => <DocumentRow key={document.id} baseId={baseId} document={document} />)}
    </Rows>
  )
}

function DocumentRow({ baseId, document }: { baseId: string; document: KnowledgeDocument }) {
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: baseQuery(baseId).queryKey })
  const options = { onError: (error: Error) => { toast(asProblem(error).detail) }, onSettled: refresh }
  const remove = useMutation({ mutationFn: () => deleteDocument(baseId, document.id), ...options })
  const retry = useMutation({ mutationFn: () => retryDocument(baseId, document.id), ...options })
  return (
    <Row>
      <Icon name="page" />
      <div className="min-w-0 flex-1">
        <a href={contentAddress(baseId, document.id)} download className="block truncate text-sm font-medium underline-offset-4 hover:underline">{document.name}</a>
        {isBeingRead(document)
          ? <Reading document={document} />
          : <p className={`text-xs ${document.status === 'failed' ? 'text-danger' : 'text-faint'}`}>{wordsFor(document)}</p>}
      </div>
      {document.status === 'failed' && <Button look="quiet" busy={retry.isPending} onClick={() => { retry.mutate() }}>Try again</Button>}
      <IconButton icon="trash" label={`Delete ${document.name}`} size="small" disabled={remove.isPending} onClick={() => { remove.mutate() }} />
    </Row>
  )
}

function Reading({ document }: { document: KnowledgeDocument }) {
  const words = { queued: 'Waiting to be read', parsing: 'Being read', embedding: 'Being understood' }[document.status as 'queued' | 'parsing' | 'embedding']
  return (
    <div className="flex items-center gap-3 text-xs text-faint">
      <span role="status">{words}…</span>
      <progress aria-label={`Reading ${document.name}`} max={1} value={document.progress} className="h-1.5 min-w-16 flex-1 max-w-48" />
    </div>
  )
}

export function wordsFor(document: KnowledgeDocument): string {
  if (document.error !== null) return document.error.detail
  return `${document.chunks === 1 ? '1 passage' : `${document.chunks.toLocaleString()} passages`} · ${sizeOf(document.size)}`
}
