import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Batch } from '@/api/types'
import { ago } from '@/features/settings/components/ago'
import { Button } from '@/ui/Button'
import { CopyButton } from '@/ui/CopyButton'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { Download } from '@/ui/Download'
import { toast } from '@/ui/toast'
import { batchesQuery, cancelBatch, fileAddress, isRunning } from '../api/batches'
import { endpointOf, faultsOf, statusOf, timeOf } from './batchWords'

/** How far a batch is, what it gave, and the way to end it. */
export function BatchRow({ workspace, batch }: { workspace: string; batch: Batch }) {
  const client = useQueryClient()
  const [leaving, setLeaving] = useState(false)
  const cancel = useMutation({
    mutationFn: () => cancelBatch(batch.id),
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: () => client.invalidateQueries({ queryKey: batchesQuery(workspace).queryKey }),
  })
  const { total, completed, failed } = batch.request_counts
  const running = isRunning(batch)
  const notes = Object.entries(batch.metadata).map(([name, value]) => `${name}: ${value}`).join(' · ')
  return (
    <li className="px-4 py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="text-sm font-medium">{endpointOf(batch)} <span className="font-normal text-faint">· {ago(timeOf(batch.created_at))}</span></p>
          <p className={`text-sm ${batch.status === 'failed' ? 'text-danger' : 'text-soft'}`}>{statusOf(batch)}</p>
          {faultsOf(batch).map((fault) => <p key={fault} className="text-sm text-danger">{fault}</p>)}
          {notes !== '' && <p dir="auto" className="text-xs break-words text-faint">{notes}</p>}
        </div>
        {running && batch.status !== 'cancelling' && <Button look="quiet" aria-label={`Cancel ${batch.id}`} onClick={() => { setLeaving(true) }}>Cancel</Button>}
      </div>
      {running && total > 0 && <progress aria-label={`Progress of ${batch.id}`} max={total} value={completed + failed} className="mt-2 block h-1.5 w-full" />}
      <div className="mt-1 -ml-2 flex flex-wrap items-center gap-x-1 text-xs">
        {batch.output_file_id != null && <Saved id={batch.output_file_id} name={`${batch.id}_output.jsonl`} label={`Download the answers of ${batch.id}`}>Answers</Saved>}
        {batch.error_file_id != null && <Saved id={batch.error_file_id} name={`${batch.id}_error.jsonl`} label={`Download the errors of ${batch.id}`}>Errors</Saved>}
        <Saved id={batch.input_file_id} name={`${batch.id}_input.jsonl`} label={`Download the calls of ${batch.id}`}>Calls</Saved>
        <code className="ml-2 min-w-0 flex-1 truncate text-faint">{batch.id}</code>
        <CopyButton text={() => batch.id} label={`Copy the id ${batch.id}`} />
      </div>
      {leaving && (
        <ConfirmDialog
          title="Cancel this batch?"
          action="Cancel the batch"
          keep="Let it run"
          onConfirm={() => { cancel.mutate(); setLeaving(false) }}
          onClose={() => { setLeaving(false) }}
        >
          No more of its calls are begun. Those that are answered are kept in its file. This cannot be undone.
        </ConfirmDialog>
      )}
    </li>
  )
}

function Saved({ id, name, label, children }: { id: string; name: string; label: string; children: ReactNode }) {
  return <Download path={fileAddress(id)} name={name} label={label} className="h-8 rounded-lg px-2 font-medium text-accent hover:bg-hover disabled:opacity-55 coarse:h-10">{children}</Download>
}
