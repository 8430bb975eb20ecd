import { expect, test } from 'vitest'
import { problemOf } from './problem'

const response = (status: number) => new Response(null, { status, headers: { 'x-request-id': 'r1' } })

test('the sentence of problem JSON and of an OpenAI error are both told', () => {
  expect(problemOf(response(404), { detail: 'It is gone.', code: 'not_found' })).toMatchObject({ detail: 'It is gone.', code: 'not_found' })
  const told = problemOf(response(404), { error: { message: 'There is no file.', type: 'invalid_request_error', param: null, code: 'file_not_found' } })
  expect(told).toMatchObject({ detail: 'There is no file.', code: 'file_not_found', requestId: 'r1' })
})

test('a proxy that says nothing is spoken for', () => {
  expect(problemOf(response(502), null).detail).toMatch(/^Tertulia had trouble/)
  expect(problemOf(response(400), { error: { code: null } }).code).toBe('http_400')
})
