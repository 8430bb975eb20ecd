import { act, renderHook } from '@testing-library/react'
import { expect, test } from 'vitest'
import { useDraft } from './useDraft'

test('a draft is there again after a reload, and each conversation has its own', () => {
  const first = renderHook(({ place }) => useDraft(place), { initialProps: { place: 'a' } })
  act(() => { first.result.current[1]('half a thought') })
  first.rerender({ place: 'b' })
  expect(first.result.current[0]).toBe('')
  first.unmount()
  expect(renderHook(() => useDraft('a')).result.current[0]).toBe('half a thought')
})
