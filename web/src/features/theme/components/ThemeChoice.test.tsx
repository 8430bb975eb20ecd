import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { ThemeChoice } from './ThemeChoice'

test('a choice shows at once and is kept; System forgets it', async () => {
  render(<ThemeChoice />)
  await userEvent.click(screen.getByLabelText('Dark'))
  expect(document.documentElement.dataset['theme']).toBe('dark')
  expect(localStorage.getItem('tertulia.theme')).toBe('dark')
  await userEvent.click(screen.getByLabelText('System'))
  expect(localStorage.getItem('tertulia.theme')).toBeNull()
})
