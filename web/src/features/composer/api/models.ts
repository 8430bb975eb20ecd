/** The models that this workspace may use. */
import { queryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { unwrap } from '@/api/transport'

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: () => unwrap(api.GET('/api/models')),
  staleTime: 5 * 60_000,
})
