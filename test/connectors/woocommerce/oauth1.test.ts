/** OAuth 1.0a against a request that a real shop accepted. */

import { describe, expect, it } from 'vitest'
import { baseString, encode, signature, signQuery, writeQuery } from '../../../connectors/woocommerce/oauth1.ts'
import { recordedRequest } from './shop.ts'

describe('OAuth 1.0a', () => {
  const sample = recordedRequest('oauth1-get')
  const url = new URL(sample.url)
  const recordedQuery = [...url.searchParams]
  const get = (name: string) => url.searchParams.get(name) ?? ''

  it('builds the base string a real shop accepted', () => {
    const query = recordedQuery.filter(([name]) => name !== 'oauth_signature')
    expect(baseString('get', `${url.origin}${url.pathname}`, query)).toBe(sample.signature_base_string)
    expect(baseString('GET', `${url.origin}${url.pathname}`, query.toReversed())).toBe(sample.signature_base_string)
  })

  it('signs as a real shop accepted', async () => {
    const consumerSecret = sample.signing_key.replace(/&$/, '')
    expect(await signature(sample.signature_base_string, consumerSecret)).toBe(get('oauth_signature'))
    const query = await signQuery({
      method: 'GET',
      signedUrl: `${url.origin}${url.pathname}`,
      query: [['per_page', '2']],
      consumerKey: get('oauth_consumer_key'),
      consumerSecret,
      nonce: get('oauth_nonce'),
      timestampSeconds: Number(get('oauth_timestamp')),
    })
    expect(query.toSorted()).toEqual(recordedQuery.toSorted())
  })

  it.each([
    ['a,b', 'a%2Cb'],
    ["it's (1)*!", 'it%27s%20%281%29%2A%21'],
    ['é+&=', '%C3%A9%2B%26%3D'],
    ['2026-11-22T16:00:00', '2026-11-22T16%3A00%3A00'],
    ['-._~', '-._~'],
  ])('encodes %s', (text, encoded) => {
    expect(encode(text)).toBe(encoded)
    expect(writeQuery([['q', text]])).toBe(`q=${encoded}`)
  })

  it('sorts by the bytes of the key, upper case before lower, brackets encoded', () => {
    const query = [
      ['b', '1'],
      ['include[1]', 'x'],
      ['include[0]', 'y'],
      ['B', '2'],
      ['b', '0'],
    ] as const
    const [, , pairs] = baseString('POST', 'http://shop.example/wp-json/wc/v3/orders', query).split('&')
    expect(decodeURIComponent(pairs ?? '')).toBe('B=2&b=0&b=1&include%5B0%5D=y&include%5B1%5D=x')
  })
})
