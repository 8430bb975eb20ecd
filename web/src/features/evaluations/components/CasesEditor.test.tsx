import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import { casesOf, useCases } from '../hooks/useCases'
import { CasesEditor } from './CasesEditor'

const heard = vi.fn()

function Shown({ strict = false }: { strict?: boolean }) {
  const [{ rows }, dispatch] = useCases([])
  heard(casesOf(rows))
  return <CasesEditor rows={rows} dispatch={dispatch} baseIds={[]} strict={strict} />
}

function shown(strict = false) {
  render(<QueryClientProvider client={new QueryClient()}><Shown strict={strict} /></QueryClientProvider>)
}

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = vi.fn()
})

test('questions are written by keyboard alone, and deleted', async () => {
  shown()
  await userEvent.type(screen.getByLabelText('Question 1'), 'Why?')
  await userEvent.type(screen.getByLabelText('A document that answers question 1'), 'a.pdf{Enter}')
  await userEvent.type(screen.getByLabelText(/Facts for question 1/), 'one{Enter}two')
  await userEvent.click(screen.getByRole('button', { name: 'Add a question' }))
  expect(document.activeElement).toBe(screen.getByLabelText('Question 2'))
  await userEvent.keyboard('How?')
  expect(heard).toHaveBeenLastCalledWith([
    { question: 'Why?', documents: ['a.pdf'], facts: ['one', 'two'] },
    { question: 'How?', documents: [], facts: [] },
  ])
  await userEvent.click(screen.getByRole('button', { name: 'Delete question 1' }))
  expect(heard).toHaveBeenLastCalledWith([{ question: 'How?', documents: [], facts: [] }])
})

test('what is pasted is looked at, then taken', async () => {
  shown()
  await userEvent.click(screen.getByRole('button', { name: 'Import…' }))
  const field = screen.getByLabelText('Questions to import')
  fireEvent.change(field, { target: { value: '["Why?", 7]' } })
  expect(screen.getByRole('status', { hidden: true }).textContent).toMatch(/^Question 2:/)
  fireEvent.change(field, { target: { value: 'question,documents,note\nWhy?,a.pdf,x\nHow?,,' } })
  const said = within(screen.getByRole('status', { hidden: true }))
  expect(said.getByText(/^2 questions, 1 for which nothing should be found/).textContent).toContain('Not used: note')
  await userEvent.click(screen.getByRole('button', { name: 'Take them', hidden: true }))
  expect(heard).toHaveBeenLastCalledWith([
    { question: 'Why?', documents: ['a.pdf'], facts: [] },
    { question: 'How?', documents: [], facts: [] },
  ])
  expect(screen.queryByLabelText('Questions to import')).toBeNull()
})

test('a question that is missing is told once the set was to be kept', async () => {
  shown(true)
  await userEvent.type(screen.getByLabelText(/Facts for question 1/), 'one')
  expect(screen.getByLabelText('Question 1').getAttribute('aria-invalid')).toBe('true')
  expect(screen.getByText('It has no question.')).toBeDefined()
})
