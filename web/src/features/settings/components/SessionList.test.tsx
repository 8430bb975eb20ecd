import { expect, test } from 'vitest'
import { browserOf } from './SessionList'

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36', 'Chrome on Linux'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Mobile Safari/604.1', 'Safari on iPhone'],
  ['Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
  ['curl/8.1', 'curl/8.1'],
  ['', 'Unknown program'],
])('%s is called %s', (agent, name) => {
  expect(browserOf(agent)).toBe(name)
})
