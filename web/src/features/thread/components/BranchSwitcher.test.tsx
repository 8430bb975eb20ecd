import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { BranchSwitcher } from './BranchSwitcher'

test('shows which of how many and goes both ways', async () => {
  const choose = vi.fn()
  render(<BranchSwitcher current="b" siblings={['a', 'b', 'c']} what="answer" disabled={false} onChoose={choose} />)
  expect(screen.getByRole('group', { name: 'answer 2 of 3' }).textContent).toContain('2/3')
  await userEvent.click(screen.getByRole('button', { name: 'Previous answer' }))
  await userEvent.click(screen.getByRole('button', { name: 'Next answer' }))
  expect(choose.mock.calls).toEqual([['a'], ['c']])
})

test('one alone shows nothing', () => {
  const { container } = render(<BranchSwitcher current="a" siblings={['a']} what="answer" disabled={false} onChoose={vi.fn()} />)
  expect(container.childElementCount).toBe(0)
})
