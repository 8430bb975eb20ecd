/** The thread's calls: pages of messages, a question and its streamed answer, the answer's rest, and the wish to stop. */
import { api } from '@/api/client'
import { send, unwrap } from '@/api/transport'
import type { Message, Page } from '@/api/types'

export interface Question {
  conversationId: string
  trigger: 'submit-message' | 'regenerate-message'
  message?: { id: string; role: 'user'; parts: { type: 'text'; text: string }[] }
  messageId?: string
  parentId?: string | null
  model: string | null
  knowledgeBaseIds?: readonly string[]
  idempotencyKey: string
}

export interface ThreadApi {
  messages: (conversationId: string, after: string | null) => Promise<Page<Message>>
  ask: (question: Question, signal: AbortSignal) => Promise<Response>
  /** `answerId` is null while the server has not named the answer. */
  resume: (conversationId: string, answerId: string | null, after: string | null, signal: AbortSignal) => Promise<Response>
  stop: (conversationId: string) => Promise<unknown>
}

export const threadApi: ThreadApi = {
  messages: (conversationId, after) =>
    unwrap(
      api.GET('/api/conversations/{conversation_id}/messages', {
        params: {
          path: { conversation_id: conversationId },
          query: { limit: 100, order: 'desc', ...(after === null ? {} : { after }) },
        },
      }),
    ),

  ask: (question, signal) =>
    send(
      new Request('/api/chat', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': question.idempotencyKey },
        body: JSON.stringify({
          id: question.conversationId,
          trigger: question.trigger,
          ...(question.message === undefined ? {} : { message: question.message }),
          ...(question.messageId === undefined ? {} : { messageId: question.messageId }),
          ...(question.parentId === undefined ? {} : { parent_id: question.parentId }),
          ...(question.model === null ? {} : { model: question.model }),
          ...(question.knowledgeBaseIds === undefined ? {} : { knowledge_base_ids: question.knowledgeBaseIds }),
        }),
        signal,
      }),
    ),

  resume: (conversationId, answerId, after, signal) =>
    send(
      new Request(`/api/chat/${encodeURIComponent(conversationId)}/stream${answerId === null ? '' : `?answer_id=${answerId}`}`, {
        headers: after === null ? {} : { 'Last-Event-ID': after },
        signal,
      }),
    ),

  stop: (conversationId) =>
    unwrap(api.POST('/api/chat/{conversation_id}/stop', { params: { path: { conversation_id: conversationId } } })),
}
