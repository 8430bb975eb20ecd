import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Rows } from '@/features/settings/components/Rows'
import { ShowMore } from '@/ui/ShowMore'
import { batchesQuery, filesQuery, isRunning } from '../api/batches'
import { BatchRow } from './BatchRow'

export function BatchList({ workspace }: { workspace: string }) {
  const query = useInfiniteQuery(batchesQuery(workspace))
  const client = useQueryClient()
  const batches = query.data?.pages.flatMap((page) => page.data) ?? []
  const running = batches.filter(isRunning).length
  useEffect(() => {
    // one that ends has written files
    void client.invalidateQueries({ queryKey: filesQuery(workspace).queryKey })
  }, [client, workspace, running])
  return (
    <>
      <Rows label="Batches" query={query} empty="There are none yet. Start one above, or with the API: client.batches.create(…).">
        {batches.map((batch) => <BatchRow key={batch.id} workspace={workspace} batch={batch} />)}
      </Rows>
      <ShowMore query={query} />
    </>
  )
}
