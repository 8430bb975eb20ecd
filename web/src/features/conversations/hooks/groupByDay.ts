import type { Conversation } from '@/api/types'

export interface DayGroup {
  label: string
  conversations: Conversation[]
}

const DAY = 86_400_000

/** Newest first, under the words that people use for days: today, yesterday, this week, then months. */
export function groupByDay(conversations: readonly Conversation[], now: Date = new Date()): DayGroup[] {
  const groups: DayGroup[] = []
  for (const conversation of conversations) {
    const label = labelFor(new Date(conversation.updated_at), now)
    const last = groups[groups.length - 1]
    if (last?.label === label) last.conversations.push(conversation)
    else groups.push({ label, conversations: [conversation] })
  }
  return groups
}

function labelFor(day: Date, now: Date): string {
  const daysAgo = Math.round((startOfDay(now) - startOfDay(day)) / DAY)
  if (daysAgo <= 0) return 'Today'
  if (daysAgo === 1) return 'Yesterday'
  if (daysAgo < 7) return 'Earlier this week'
  if (daysAgo < 30) return 'This past month'
  return day.toLocaleDateString(undefined, { month: 'long', year: 'numeric' })
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}
