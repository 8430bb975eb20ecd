import { expect, test } from 'vitest'
import type { Conversation } from '@/api/types'
import { groupByDay } from './groupByDay'

const at = (local: string): Conversation => ({ id: local, title: '', title_status: 'final', knowledge_base_ids: [], created_at: local, deleted_at: null, expires_at: null, updated_at: new Date(local).toISOString() })

test('conversations stand under the day of their last word', () => {
  const now = new Date('2026-11-23T00:30:00')
  const groups = groupByDay(['2026-11-23T00:10:00', '2026-11-22T23:59:00', '2026-11-22T08:00:00', '2026-11-18T10:00:00', '2026-11-01T10:00:00', '2026-08-01T10:00:00'].map(at), now)
  expect(groups.map((group) => [group.label, group.conversations.length])).toEqual([
    ['Today', 1], ['Yesterday', 2], ['Earlier this week', 1], ['This past month', 1], ['August 2026', 1],
  ])
})
