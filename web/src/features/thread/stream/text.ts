import type { Message, SourcePart } from '@/api/types'

export function textOf(message: Message): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

/** The passages that an answer was given, in the order of their numbers. */
export function sourcesOf(message: Message): SourcePart[] {
  return message.parts.filter((part) => part.type === 'source-document')
}
