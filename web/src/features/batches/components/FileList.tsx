import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { ApiFile } from '@/api/types'
import { ago } from '@/features/settings/components/ago'
import { Row, Rows } from '@/features/settings/components/Rows'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { Download } from '@/ui/Download'
import { Icon } from '@/ui/Icon'
import { IconButton } from '@/ui/IconButton'
import { LongName } from '@/ui/LongName'
import { ShowMore } from '@/ui/ShowMore'
import { sizeOf } from '@/ui/size'
import { toast } from '@/ui/toast'
import { deleteFile, fileAddress, filesQuery } from '../api/batches'
import { purposeOf, timeOf } from './batchWords'

export function FileList({ workspace }: { workspace: string }) {
  const query = useInfiniteQuery(filesQuery(workspace))
  const client = useQueryClient()
  const [leaving, setLeaving] = useState<ApiFile | null>(null)
  const remove = useMutation({
    mutationFn: (file: ApiFile) => deleteFile(file.id),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: () => { toast('The file is deleted.') },
    onSettled: () => client.invalidateQueries({ queryKey: filesQuery(workspace).queryKey }),
  })
  return (
    <>
      <Rows label="Files" query={query} empty="There are none yet. A batch begins with one, and writes its answers into another.">
        {(query.data?.pages.flatMap((page) => page.data) ?? []).map((file) => (
          <Row key={file.id}>
            <Icon name="page" />
            <div className="min-w-0 flex-1">
              <p className="text-sm font-medium"><LongName name={file.filename} /></p>
              <p className="text-xs text-faint">{[purposeOf(file), sizeOf(file.bytes), ago(timeOf(file.created_at))].join(' · ')}</p>
            </div>
            <div className="flex">
              <Download path={fileAddress(file.id)} name={file.filename} label={`Download ${file.filename}`} className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-soft transition hover:bg-hover hover:text-ink disabled:opacity-40 coarse:size-10"><Icon name="download" size={17} /></Download>
              <IconButton icon="trash" label={`Delete ${file.filename}`} size="small" onClick={() => { setLeaving(file) }} />
            </div>
          </Row>
        ))}
      </Rows>
      <ShowMore query={query} />
      {leaving !== null && (
        <ConfirmDialog
          title={`Delete “${leaving.filename}”?`}
          action="Delete"
          onConfirm={() => { remove.mutate(leaving); setLeaving(null) }}
          onClose={() => { setLeaving(null) }}
        >
          It is deleted for good.{leaving.purpose === 'batch' && ' A batch that still reads it fails.'}
        </ConfirmDialog>
      )}
    </>
  )
}
