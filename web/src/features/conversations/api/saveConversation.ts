import { save } from '@/api/download'
import type { Conversation } from '@/api/types'
import { threadOf } from '@/features/thread/hooks/threads'
import { asMarkdown, fileNameOf } from '@/features/thread/stream/asMarkdown'

/** Saves the branch that the reader is on, as Markdown. Raises the problem that kept it from being fetched. */
export async function saveConversation({ id, title }: Conversation): Promise<void> {
  const thread = threadOf(id)
  await thread.load()
  const { turns, problem } = thread.snapshot()
  if (problem !== null) throw problem
  save(new Blob([asMarkdown(title, turns)], { type: 'text/markdown' }), `${fileNameOf(title)}.md`)
}
