import { expect, test } from 'vitest'
import type { KnowledgeDocument } from '@/api/types'
import { namedFor, waitingWords } from './useAttachments'

const of = (status: KnowledgeDocument['status']) => ({ status }) as KnowledgeDocument

test('what is asked is named for its files, within what a name may have', () => {
  expect(namedFor([{ name: 'rules.pdf' }])).toBe('rules.pdf')
  expect(namedFor([{ name: 'a'.repeat(200) }, { name: 'b' }, { name: 'c' }])).toBe(`${'a'.repeat(89)} and 2 more`)
})

test('a question waits while a file is sent or read, and until what cannot be read is taken away', () => {
  expect(waitingWords(true, [])).toBe('The question can be sent when the files are read.')
  expect(waitingWords(false, [of('failed'), of('parsing')])).toBe('The question can be sent when the files are read.')
  expect(waitingWords(false, [of('ready'), of('failed')])).toContain('Take away what could not be read')
  expect(waitingWords(false, [of('ready')])).toBeNull()
})
