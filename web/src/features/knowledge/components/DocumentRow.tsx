import { useMutation, useQueryClient } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import type { KnowledgeDocument } from '@/api/types'
import { Download } from '@/ui/Download'
import { Icon } from '@/ui/Icon'
import { IconButton } from '@/ui/IconButton'
import { LongName } from '@/ui/LongName'
import { sizeOf } from '@/ui/size'
import { toast } from '@/ui/toast'
import { baseQuery, contentAddress, isBeingRead, retryDocument } from '../api/knowledge'

interface DocumentRowProps {
  baseId: string
  document: KnowledgeDocument
  mayWrite: boolean
  onDelete: (document: KnowledgeDocument) => void
}

/** A document: how far its reading is, what it holds, or why it could not be read. */
export function DocumentRow({ baseId, document, mayWrite, onDelete }: DocumentRowProps) {
  const client = useQueryClient()
  const retry = useMutation({
    mutationFn: () => retryDocument(baseId, document.id),
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: () => client.invalidateQueries({ queryKey: baseQuery(baseId).queryKey }),
  })
  const failed = document.status === 'failed'
  return (
    <li className="flex min-h-14 items-start gap-3 py-2.5 pr-2.5 pl-4">
      <span className="mt-1.5 flex"><Icon name={failed ? 'warning' : 'page'} /></span>
      <div className="min-w-0 flex-1">
        <Download path={contentAddress(baseId, document.id)} name={document.name} label={`Download ${document.name}`} className="block max-w-full text-left text-sm font-medium underline-offset-4 hover:underline"><LongName name={document.name} /></Download>
        {isBeingRead(document)
          ? <Reading document={document} />
          : <p className={`text-xs ${failed ? 'text-danger' : 'text-faint'}`}>{wordsFor(document)}</p>}
        {failed && mayWrite && (
          <button type="button" disabled={retry.isPending} onClick={() => { retry.mutate() }} aria-label={`Try again: ${document.name}`} className="mt-1 -ml-2 h-8 rounded-lg px-2 text-xs font-medium text-soft hover:bg-hover hover:text-ink disabled:opacity-55 coarse:h-10">Try again</button>
        )}
      </div>
      {mayWrite && <IconButton icon="trash" label={`Delete ${document.name}`} size="small" onClick={() => { onDelete(document) }} />}
    </li>
  )
}

function Reading({ document }: { document: KnowledgeDocument }) {
  const words = { queued: 'Waiting to be read', parsing: 'Being read', embedding: 'Being understood' }[document.status as 'queued' | 'parsing' | 'embedding']
  return (
    <div className="flex items-center gap-3 text-xs text-faint">
      <span role="status">{words}…</span>
      <progress aria-label={`Reading ${document.name}`} max={1} value={document.progress} className="h-1.5 max-w-48 min-w-16 flex-1" />
    </div>
  )
}

export function wordsFor(document: KnowledgeDocument): string {
  if (document.error !== null) return document.error.detail
  return `${document.chunks === 1 ? '1 passage' : `${document.chunks.toLocaleString()} passages`} · ${sizeOf(document.size)}`
}
