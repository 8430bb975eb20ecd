import { placesOf } from '@/features/citations/hooks/useSources'
import type { Turn } from './branches'
import { sourcesOf, textOf } from './text'

/** A branch as a text to keep: who said what, and which passages an answer was given. */
export function asMarkdown(title: string, turns: readonly Turn[]): string {
  const said = turns.map(({ message }) => {
    const sources = [...placesOf(sourcesOf(message)).values()].map(({ number, name, page }) => `[${String(number)}] ${name}${page === null ? '' : `, page ${String(page)}`}`)
    const parts = [`## ${message.role === 'user' ? 'You' : 'Tertulia'}`, textOf(message), ...(sources.length === 0 ? [] : [`Sources: ${sources.join(' · ')}`])]
    return parts.join('\n\n')
  })
  return `${[`# ${title}`, ...said].join('\n\n')}\n`
}

/** A title as a file may be called on every system. */
export function fileNameOf(title: string): string {
  return title.replace(/[\u0000-\u001f<>:"/\\|?*]+/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 80) || 'Conversation'
}
