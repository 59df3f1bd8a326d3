import { expect, it } from 'vitest'
import { strikeOut } from '../../src/accounts/discretion.ts'

const credentials = {
  consumerKey: 'ck_0123456789',
  consumerSecret: 'cs_with/signs+',
  grants: [{ token: 'a-long-token' }],
  short: 'EUR',
}

it.each([
  ['Invalid key ck_0123456789.', 'Invalid key •••.'],
  ['GET /x?secret=cs_with%2Fsigns%2B&n=1', 'GET /x?secret=•••&n=1'],
  ['a-long-token, twice: a-long-token', '•••, twice: •••'],
  ['Prices are in EUR.', 'Prices are in EUR.'],
  ['', ''],
])('%s', (said, kept) => {
  expect(strikeOut(said, credentials)).toBe(kept)
})

it('nothing of a header with both keys can be read back', () => {
  const kept = strikeOut(`Basic ${btoa('ck_0123456789:cs_with/signs+')}`, credentials)
  expect(kept.startsWith('Basic •••')).toBe(true)
  expect(Buffer.from(kept.replaceAll('•••', ''), 'base64').length).toBeLessThan(12)
})
