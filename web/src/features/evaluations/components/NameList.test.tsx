import { fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { expect, test, vi } from 'vitest'
import { NameList } from './NameList'

const heard = vi.fn()

function Shown({ known }: { known: ReadonlySet<string> | null }) {
  const [row, setRow] = useState<{ documents: readonly string[]; typed: string }>({ documents: [], typed: '' })
  heard(row.documents)
  return <NameList label="Documents" names={row.documents} typed={row.typed} onChange={(part) => { setRow({ ...row, ...part }) }} offered="offered" known={known} />
}

test('a name is taken with Enter and with Tab, once, and can be taken away', async () => {
  render(<Shown known={null} />)
  await userEvent.type(screen.getByLabelText('Documents'), 'a.pdf{Enter}a.pdf{Enter}b.pdf')
  await userEvent.tab()
  expect(heard).toHaveBeenLastCalledWith(['a.pdf', 'b.pdf'])
  await userEvent.click(screen.getByRole('button', { name: 'Take away a.pdf' }))
  expect(heard).toHaveBeenLastCalledWith(['b.pdf'])
})

test('one that is offered is taken as it is chosen; one that nobody knows is marked', async () => {
  render(<Shown known={new Set(['a.pdf'])} />)
  fireEvent.input(screen.getByLabelText('Documents'), { target: { value: 'a.pdf' } })
  expect(heard).toHaveBeenLastCalledWith(['a.pdf'])
  expect(screen.queryByText('not in these knowledge bases')).toBeNull()
  await userEvent.type(screen.getByLabelText('Documents'), 'typo.pdf{Enter}')
  expect(screen.getByText('not in these knowledge bases')).toBeDefined()
})
