import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Attachments } from '@/features/attachments/hooks/useAttachments'
import { Composer, LONGEST_MESSAGE } from './Composer'

const add = vi.fn()
const NO_FILES: Attachments = { documents: [], sending: null, refused: [], wait: null, add, remove: vi.fn(), stop: vi.fn(), sent: vi.fn() }
const send = vi.fn()
const stop = vi.fn()
const field = () => screen.getByLabelText<HTMLTextAreaElement>('Your message')

function shown(answering = false, files = NO_FILES) {
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { queryFn: () => null, enabled: false } } })}>
      <Composer place="c" answering={answering} stopping={false} onSend={send} onStop={stop} knowledge={null} files={files} />
    </QueryClientProvider>,
  )
}

beforeEach(() => {
  add.mockClear()
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

  test('a question waits for its files and says so', async () => {
    shown(false, { ...NO_FILES, sending: 'Sending a.pdf…', wait: 'When it is read.' })
    await userEvent.type(field(), 'what is in it?{Enter}')
    expect(send).not.toHaveBeenCalled()
    expect(screen.getByText('When it is read.')).toBeTruthy()
  })

  test('files that are pasted or dropped are added; text that comes with a picture of itself is text', () => {
    shown()
    const files = [new File(['a'], 'a.pdf')]
    fireEvent.paste(field(), { clipboardData: { files, types: ['Files', 'text/plain'] } })
    expect(add).not.toHaveBeenCalled()
    fireEvent.paste(field(), { clipboardData: { files, types: ['Files'] } })
    fireEvent.drop(document.body, { dataTransfer: { files, types: ['Files'] } })
    expect(add.mock.calls).toEqual([[files], [files]])
  })
})
