import { act, renderHook } from '@testing-library/react'
import { expect, test } from 'vitest'
import { hearNews, useLookingAt, useStanding } from './useStanding'

const told = (conversationId: string, what: 'asked' | 'ended', elsewhere = false) => {
  act(() => { hearNews({ conversationId, what, elsewhere }) })
}

test('a conversation is answering, then unread until somebody looks at it', () => {
  const { result } = renderHook(() => useStanding('a'))
  expect(result.current).toBeNull()
  told('a', 'asked')
  expect(result.current).toBe('answering')
  told('a', 'ended')
  expect(result.current).toBe('unread')
  renderHook(() => { useLookingAt('a') })
  expect(result.current).toBeNull()
})

test('what ends before the reader, or in another tab, is read', () => {
  const { result } = renderHook(() => [useStanding('b'), useStanding('c')])
  renderHook(() => { useLookingAt('b') })
  for (const id of ['b', 'c']) told(id, 'asked')
  expect(result.current).toEqual(['answering', 'answering'])
  told('b', 'ended')
  told('c', 'ended', true)
  expect(result.current).toEqual([null, null])
})
