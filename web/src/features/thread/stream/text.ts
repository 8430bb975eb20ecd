import type { Message } from '@/api/types'

export function textOf(message: Message): string {
  return message.parts.map((part) => part.text).join('')
}
