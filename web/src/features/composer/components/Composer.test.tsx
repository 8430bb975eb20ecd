import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Composer, LONGEST_MESSAGE } from './Composer'

const send = vi.fn()
const stop = vi.fn()
const field = () => screen.getByLabelText<HTMLTextAreaElement>('Your message')

function shown(answering = false) {
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { queryFn: () => null, enabled: false } } })}>
      <Composer place="c" answering={answering} stopping={false} onSend={send} onStop={stop} knowledge={null} />
    </QueryClientProvider>,
  )
}

beforeEach(() => {
  send.mockClear()
  stop.mockClear()
})

describe('Composer', () => {
  test('Enter sends and empties the field, Shift+Enter begins a line', async () => {
    shown()
    await userEvent.type(field(), 'one{Shift>}{Enter}{/Shift}two{Enter}')
    expect(send).toHaveBeenCalledExactlyOnceWith('one\ntwo')
    expect(field().value).toBe('')
  })

  test('Enter that chooses a word in an input method sends nothing', () => {
    shown()
    fireEvent.change(field(), { target: { value: 'にほん' } })
    fireEvent.keyDown(field(), { key: 'Enter', isComposing: true })
    fireEvent.keyDown(field(), { key: 'Enter', keyCode: 229 })
    expect(send).not.toHaveBeenCalled()
  })

  test('white space alone is not sent', async () => {
    shown()
    await userEvent.type(field(), '   {Enter}')
    expect(send).not.toHaveBeenCalled()
  })

  test('a text that is too long is refused with the count and stays', () => {
    shown()
    fireEvent.change(field(), { target: { value: 'a'.repeat(LONGEST_MESSAGE + 5) } })
    fireEvent.keyDown(field(), { key: 'Enter' })
    expect(send).not.toHaveBeenCalled()
    expect(screen.getByRole('status').textContent).toBe('5 characters too long')
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Send' }).disabled).toBe(true)
  })

  test('while an answer runs the button stops it, and typing goes on', async () => {
    shown(true)
    await userEvent.type(field(), 'next{Enter}')
    expect(send).not.toHaveBeenCalled()
    expect(field().value).toBe('next')
    await userEvent.click(screen.getByRole('button', { name: 'Stop the answer' }))
    expect(stop).toHaveBeenCalledOnce()
  })
})
