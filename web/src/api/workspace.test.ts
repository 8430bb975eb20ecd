import { act, renderHook } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import { currentWorkspace, rememberWorkspace, useCurrentWorkspace } from './workspace'

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

test('a new tab begins where somebody was last, and stays there when another tab goes elsewhere', () => {
  localStorage.setItem('tertulia.workspace', 'w1')
  expect(currentWorkspace()).toBe('w1')
  localStorage.setItem('tertulia.workspace', 'w2')
  expect(currentWorkspace()).toBe('w1')
})

test('whoever shows the workspace hears that it was changed, and that it was forgotten', () => {
  const { result } = renderHook(useCurrentWorkspace)
  expect(result.current).toBeNull()
  act(() => { rememberWorkspace('w1') })
  expect(result.current).toBe('w1')
  act(() => { rememberWorkspace(null) })
  expect(result.current).toBeNull()
  expect(localStorage.getItem('tertulia.workspace')).toBeNull()
})
