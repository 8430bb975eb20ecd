/**
 * A conversation is a tree: an edited question or a regenerated answer is a sibling of the first. The reader sees one
 * path through it. These functions find that path, and the siblings at each turn.
 */
import type { Message } from '@/api/types'

const ROOT = ''

export interface Turn {
  message: Message
  siblings: readonly string[]
}

export type Choices = ReadonlyMap<string, string>

/** The path from the first message on: at each fork the chosen branch, or the newest where none was chosen. */
export function pathThrough(messages: ReadonlyMap<string, Message>, choices: Choices): Turn[] {
  const children = childrenOf(messages)
  const path: Turn[] = []
  let parent = ROOT
  for (;;) {
    const siblings = children.get(parent)
    if (siblings === undefined) return path
    const chosen = choices.get(parent)
    const id = chosen !== undefined && siblings.includes(chosen) ? chosen : siblings[siblings.length - 1]
    const message = id === undefined ? undefined : messages.get(id)
    if (message === undefined) return path
    path.push({ message, siblings })
    parent = message.id
  }
}

/** Choices that lead to the given message, whatever was chosen before. */
export function choicesTo(messages: ReadonlyMap<string, Message>, choices: Choices, id: string): Choices {
  const next = new Map(choices)
  for (let message = messages.get(id); message !== undefined; message = messages.get(message.parent_id ?? ROOT)) {
    next.set(parentOf(message, messages), message.id)
  }
  return next
}

function childrenOf(messages: ReadonlyMap<string, Message>): Map<string, string[]> {
  const children = new Map<string, string[]>()
  const inOrder = [...messages.values()].sort(byTime)
  for (const message of inOrder) {
    const parent = parentOf(message, messages)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [message.id])
    else siblings.push(message.id)
  }
  return children
}

/** A message whose parent has not been fetched yet stands at the top until it is. */
function parentOf(message: Message, messages: ReadonlyMap<string, Message>): string {
  return message.parent_id !== null && messages.has(message.parent_id) ? message.parent_id : ROOT
}

function byTime(one: Message, other: Message): number {
  const difference = Date.parse(one.created_at) - Date.parse(other.created_at)
  return difference !== 0 ? difference : one.id < other.id ? -1 : 1
}
