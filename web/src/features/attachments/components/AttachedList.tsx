import type { ReactNode } from 'react'
import type { KnowledgeDocument } from '@/api/types'
import { isBeingRead } from '@/features/knowledge/api/knowledge'
import { Icon } from '@/ui/Icon'
import { IconButton } from '@/ui/IconButton'
import { LongName } from '@/ui/LongName'
import type { Attachments } from '../hooks/useAttachments'

/** The files that go with the question, each with how far it is or why it cannot be read. */
export function AttachedList({ files }: { files: Attachments }) {
  const { documents, refused, sending } = files
  if (documents.length + refused.length === 0 && sending === null) return null
  return (
    <>
      <ul aria-label="Files of this question" className="flex max-h-40 flex-wrap gap-2 overflow-y-auto px-3 pt-3">
        {documents.map((document) => <Attached key={document.id} document={document} onRemove={files.remove} />)}
        {refused.map(({ name, problem }, index) => <Chip key={index} name={name} failed><span role="alert">{problem.detail}</span></Chip>)}
        {sending !== null && (
          <li className="flex min-w-0 items-center gap-1 rounded-lg border border-dashed border-edge pl-2.5 text-xs text-soft">
            <span role="status" className="truncate">{sending}</span>
            <IconButton icon="close" label="Stop sending" size="small" onClick={files.stop} />
          </li>
        )}
      </ul>
      <p role="status" className="px-5 pt-1.5 text-xs text-faint empty:hidden">{files.wait}</p>
    </>
  )
}

function Attached({ document, onRemove }: { document: KnowledgeDocument; onRemove: Attachments['remove'] }) {
  const button = <IconButton icon="close" label={`Take away ${document.name}`} size="small" onClick={() => { onRemove(document) }} />
  return (
    <Chip name={document.name} failed={document.status === 'failed'} button={button}>
      {document.error !== null
        ? <span role="alert">{document.error.detail}</span>
        : isBeingRead(document) && <progress aria-label={`Reading ${document.name}`} max={1} value={document.progress} className="block h-1 w-16" />}
    </Chip>
  )
}

function Chip({ name, failed, button, children }: { name: string; failed: boolean; button?: ReactNode; children: ReactNode }) {
  return (
    <li className={`flex max-w-full items-center gap-2 rounded-lg border py-0.5 pl-2.5 text-xs ${button === undefined ? 'pr-2.5' : ''} ${failed ? 'border-danger/30 bg-danger-wash text-danger' : 'border-line bg-sunk text-soft'}`}>
      <Icon name={failed ? 'warning' : 'page'} size={15} />
      <span className="flex max-w-72 min-w-0 flex-col gap-1 py-1"><LongName name={name} />{children}</span>
      {button}
    </li>
  )
}
