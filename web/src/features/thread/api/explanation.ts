/** What was sent to the model for an answer. */
import { queryOptions } from '@tanstack/react-query'
import { api } from '@/api/client'
import { unwrap } from '@/api/transport'

export const explanationQuery = (messageId: string) =>
  queryOptions({
    queryKey: ['explanation', messageId],
    queryFn: () => unwrap(api.GET('/api/messages/{message_id}/explanation', { params: { path: { message_id: messageId } } })),
  })
