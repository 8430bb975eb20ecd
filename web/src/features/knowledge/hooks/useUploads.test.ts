import { expect, test } from 'vitest'
import { sizeChecked } from './useUploads'

const of = (size: number) => Object.defineProperty(new File([], 'a.pdf'), 'size', { value: size })

test('a file that is too large is refused before it is sent', () => {
  expect(sizeChecked(of(50 * 1024 * 1024)).name).toBe('a.pdf')
  expect(() => sizeChecked(of(50 * 1024 * 1024 + 1))).toThrow('larger than 50 MB')
})
