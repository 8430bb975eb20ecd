import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { RenameField } from './RenameField'

test.each([
  ['{Control>}a{/Control}New name{Enter}', 'New name'],
  ['{Control>}a{/Control}   {Enter}', null],
  ['x{Escape}', null],
])('typing %s gives %s', async (typed, result) => {
  const done = vi.fn()
  render(<RenameField title="Old name" onDone={done} />)
  await userEvent.type(screen.getByLabelText('Title'), typed, { initialSelectionStart: 0, initialSelectionEnd: 8 })
  expect(done).toHaveBeenCalledWith(result)
})
