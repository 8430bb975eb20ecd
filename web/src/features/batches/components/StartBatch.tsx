import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useRef, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { BatchEndpoint } from '@/api/types'
import { CodeBlock } from '@/features/markdown/components/CodeBlock'
import { Button } from '@/ui/Button'
import { Icon } from '@/ui/Icon'
import { ProblemNote } from '@/ui/ProblemNote'
import { sizeOf } from '@/ui/size'
import { toast } from '@/ui/toast'
import { batchesQuery, filesQuery, startBatch } from '../api/batches'
import { ENDPOINTS } from './batchWords'

const EXAMPLE = '{"custom_id": "case-1", "method": "POST", "url": "/v1/chat/completions", "body": {"messages": [{"role": "user", "content": "Hi"}]}}'

/** A file of calls from this computer, and what answers them. */
export function StartBatch({ workspace }: { workspace: string }) {
  const client = useQueryClient()
  const id = useId()
  const picker = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File | null>(null)
  const [endpoint, setEndpoint] = useState<BatchEndpoint>('/v1/chat/completions')
  const choose = (chosen: File | null) => {
    setFile(chosen)
    if (chosen === null && picker.current !== null) picker.current.value = ''
  }
  const start = useMutation({
    mutationFn: (calls: File) => startBatch(calls, endpoint),
    onSuccess: () => {
      choose(null)
      toast('The batch is begun.')
    },
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: batchesQuery(workspace).queryKey })
      await client.invalidateQueries({ queryKey: filesQuery(workspace).queryKey })
    },
  })
  return (
    <>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (file !== null) start.mutate(file)
        }}
      >
        <div className="min-w-0 flex-1 basis-full sm:basis-56">
          <label htmlFor={`${id}-file`} className="mb-1.5 block text-sm font-medium">File of calls</label>
          <input ref={picker} id={`${id}-file`} type="file" accept=".jsonl,.ndjson,.json,.txt" className="sr-only" tabIndex={-1} onChange={(event) => { choose(event.target.files?.[0] ?? null) }} />
          <Button onClick={() => { picker.current?.click() }} className="h-11 w-full justify-start overflow-hidden font-normal">
            <Icon name="upload" />
            <span className="truncate">{file === null ? 'Choose a file (JSON lines)' : file.name}</span>
            {file !== null && <span className="text-faint">{sizeOf(file.size)}</span>}
          </Button>
        </div>
        <div>
          <label htmlFor={`${id}-endpoint`} className="mb-1.5 block text-sm font-medium">Answered by</label>
          <select id={`${id}-endpoint`} value={endpoint} onChange={(event) => { setEndpoint(event.target.value as BatchEndpoint) }} className="h-11 rounded-lg border border-edge bg-raised px-3 text-sm">
            {Object.entries(ENDPOINTS).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
          </select>
        </div>
        <Button type="submit" look="primary" busy={start.isPending} disabled={file === null} className="h-11">{start.isPending ? 'Sending…' : 'Start'}</Button>
      </form>
      {start.error !== null && <div className="mt-4"><ProblemNote problem={asProblem(start.error)} /></div>}
      <details className="mt-4 text-sm">
        <summary className="text-soft hover:text-ink">What a line looks like</summary>
        <div className="mt-3"><CodeBlock code={EXAMPLE} language="json" open={false} /></div>
      </details>
    </>
  )
}
