/** Who gets in, and what everybody else is told. */

import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/clock.ts'
import { calmHooks } from '../../../src/sandbox/shop.ts'
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts'
import { baseString } from '../../../src/sandbox/woocommerce/auth.ts'
import { wooSandbox } from '../../../src/sandbox/woocommerce/index.ts'
import { api, at, bench } from './bench.ts'

const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/woocommerce-recorded/oauth1-get.json', import.meta.url), 'utf8'),
)

const basic = (key: unknown, secret: unknown) => ({
  authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
})

const keys = [
  { consumerKey: 'ck_read', consumerSecret: 'cs_read', permissions: 'read' },
  { consumerKey: 'ck_write', consumerSecret: 'cs_write', permissions: 'write' },
] as const

const httpApi = api.replace('https:', 'http:')

describe('keys over TLS', () => {
  it('lets Basic and query keys in', async () => {
    const { raw } = bench({ keys })
    expect((await raw('GET', `${api}/products`, basic('ck_read', 'cs_read'))).status).toBe(200)
    expect((await raw('GET', `${api}/products?consumer_key=ck_read&consumer_secret=cs_read`)).status).toBe(200)
  })

  it('ignores Basic over plain http instead of refusing it', async () => {
    const { raw } = bench({ keys })
    const { status, body } = await raw('GET', `${httpApi}/products`, {
      ...basic('ck_read', 'cs_read'),
      'x-forwarded-proto': 'https',
    })
    expect([status, at(body, 'code')]).toEqual([401, 'woocommerce_rest_cannot_view'])
    const behindProxy = bench({ keys, requireTls: false })
    expect((await behindProxy.raw('GET', `${httpApi}/products`, basic('ck_read', 'cs_read'))).status).toBe(200)
  })

  it.each([
    ['GET', 'products', 'woocommerce_rest_cannot_view'],
    ['POST', 'products', 'woocommerce_rest_cannot_create'],
    ['PUT', 'products/11', 'woocommerce_rest_cannot_edit'],
    ['DELETE', 'products/11', 'woocommerce_rest_cannot_delete'],
    ['POST', 'products/batch', 'woocommerce_rest_cannot_batch'],
  ])('tells a stranger who tries %s %s: %s', async (method, path, code) => {
    const { status, body } = await bench().raw(method, `${api}/${path}`, basic('ck_unknown', 'x'))
    expect([status, at(body, 'code')]).toEqual([401, code])
  })

  it('refuses a wrong secret and a key without the right, with 401', async () => {
    const { raw } = bench({ keys })
    const wrong = await raw('GET', `${api}/products`, basic('ck_read', 'nope'))
    expect([wrong.status, at(wrong.body, 'message')]).toEqual([401, 'Consumer secret is invalid.'])
    const reader = await raw('PUT', `${api}/products/11`, basic('ck_read', 'cs_read'))
    expect([reader.status, at(reader.body, 'message')]).toEqual([
      401,
      'The API key provided does not have write permissions.',
    ])
    const writer = await raw('GET', `${api}/products`, basic('ck_write', 'cs_write'))
    expect([writer.status, at(writer.body, 'code')]).toEqual([401, 'woocommerce_rest_authentication_error'])
  })
})

/** A client of its own, so that the shop's signing is not checked against itself. */
function sign(
  method: string,
  url: string,
  params: Record<string, string>,
  secret: string,
  sha: 'sha1' | 'sha256' = 'sha256',
) {
  const enc = (s: string) =>
    encodeURIComponent(s).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const text = Object.keys(params)
    .toSorted()
    .map((key) => `${enc(key)}=${enc(params[key] ?? '')}`)
    .join('&')
  return createHmac(sha, `${secret}&`)
    .update(`${method}&${enc(url)}&${enc(text)}`)
    .digest('base64')
}

let nonces = 0
function oauth(
  method: string,
  url: string,
  seconds: number,
  extra: Record<string, string> = {},
  over: Record<string, string> = {},
) {
  const params: Record<string, string> = {
    oauth_consumer_key: 'ck_read',
    oauth_nonce: `nonce${nonces++}`,
    oauth_signature_method: 'HMAC-SHA256',
    oauth_timestamp: String(seconds),
    ...over,
  }
  const sha = params.oauth_signature_method === 'HMAC-SHA1' ? 'sha1' : 'sha256'
  const oauth_signature = sign(method, url, { ...extra, ...params }, 'cs_read', sha)
  return { oauth_nonce: '', ...params, oauth_signature }
}

const inQuery = (url: string, params: Record<string, string>) => `${url}?${new URLSearchParams(params)}`

describe('OAuth 1.0a', () => {
  const home = 'http://shop.example'
  const setup = () => {
    const b = bench({ keys, home })
    return { ...b, seconds: Math.floor(b.clock.now() / 1000) }
  }

  it('accepts the signature that a real client sent to a real shop', async () => {
    const { request } = recorded
    const [path, search] = request.path.split('?')
    const pairs = [...new URLSearchParams(search)]
    expect(baseString('GET', `http://127.0.0.1:18080${path}`, pairs)).toBe(request.signature_base_string)
    const key = {
      consumerKey: 'ck_0000000000000000000000000000000000000rw1',
      consumerSecret: request.signing_key.slice(0, -1),
    }
    const stamp = Number(new URLSearchParams(search).get('oauth_timestamp'))
    const deps = {
      clock: virtualClock(stamp * 1000),
      random: seededRandom(1),
      fetch: async () => new Response(),
      chaos: calmHooks,
    }
    const shop = wooSandbox(deps, { home: 'http://127.0.0.1:18080', keys: [{ ...key, permissions: 'read_write' }] })
    const answer = await shop.app.fetch(new Request(`http://127.0.0.1:18080${request.path}`))
    expect(answer.status).toBe(200)
  })

  it('takes it from the query or the header, with SHA-1 too, also over TLS', async () => {
    const { raw, seconds } = setup()
    const url = `${home}/wp-json/wc/v3/products`
    const extra = { search: "mug & it's (blue)", per_page: '5' }
    expect((await raw('GET', inQuery(url, { ...extra, ...oauth('GET', url, seconds, extra) }))).status).toBe(200)
    const header = Object.entries(oauth('GET', url, seconds, {}, { oauth_signature_method: 'HMAC-SHA1' }))
      .map(([key, value]) => `${key}="${encodeURIComponent(value)}"`)
      .join(', ')
    expect((await raw('GET', url, { authorization: `OAuth ${header}` })).status).toBe(200)
    const tls = url.replace('http:', 'https:')
    expect((await raw('GET', inQuery(tls, oauth('GET', tls, seconds)))).status).toBe(200)
  })

  it('signs form bodies but not JSON ones', async () => {
    const b = bench({ home, keys: [{ consumerKey: 'ck_read', consumerSecret: 'cs_read', permissions: 'read_write' }] })
    const url = `${home}/wp-json/wc/v3/products`
    const seconds = Math.floor(b.clock.now() / 1000)
    const json = await b.raw(
      'POST',
      inQuery(url, oauth('POST', url, seconds)),
      { 'content-type': 'application/json' },
      '{"name":"x"}',
    )
    expect(json.status).toBe(201)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await b.raw('POST', inQuery(url, oauth('POST', url, seconds)), form, 'name=x')).status).toBe(401)
    expect((await b.raw('POST', inQuery(url, oauth('POST', url, seconds, { name: 'x' })), form, 'name=x')).status).toBe(
      201,
    )
  })

  it('wants arrays numbered', async () => {
    const { raw, seconds } = setup()
    const url = `${home}/wp-json/wc/v3/products`
    const numbered = { 'include[0]': '1', 'include[1]': '2' }
    expect((await raw('GET', inQuery(url, { ...numbered, ...oauth('GET', url, seconds, numbered) }))).status).toBe(200)
    const bare = { 'include[]': '1' }
    const refused = await raw('GET', inQuery(url, { ...bare, ...oauth('GET', url, seconds, bare) }))
    expect([refused.status, at(refused.body, 'message')]).toEqual([
      401,
      'Invalid signature - provided signature does not match.',
    ])
  })

  it('refuses a replayed nonce, a clock off by more than 15 minutes and a missing part', async () => {
    const { raw, seconds, clock } = setup()
    const url = `${home}/wp-json/wc/v3/products`
    const once = inQuery(url, oauth('GET', url, seconds))
    expect((await raw('GET', once)).status).toBe(200)
    expect(at((await raw('GET', once)).body, 'message')).toContain('nonce has already been used')
    const late = await raw('GET', inQuery(url, oauth('GET', url, seconds - 901)))
    expect(at(late.body, 'message')).toBe('Invalid timestamp.')
    expect((await raw('GET', inQuery(url, oauth('GET', url, seconds - 899)))).status).toBe(200)
    const { oauth_nonce, ...rest } = oauth('GET', url, seconds)
    expect(at((await raw('GET', inQuery(url, rest))).body, 'code')).toBe(
      'woocommerce_rest_authentication_missing_parameter',
    )
    await clock.advance(20 * 60_000)
    const again = oauth('GET', url, seconds + 20 * 60, {}, { oauth_nonce })
    expect((await raw('GET', inQuery(url, again))).status).toBe(200)
  })

  it('signs the host of the home URL; another host only while it is allowed', async () => {
    const elsewhere = 'http://127.0.0.1:4321/wp-json/wc/v3/products'
    const lenient = setup()
    expect((await lenient.raw('GET', inQuery(elsewhere, oauth('GET', elsewhere, lenient.seconds)))).status).toBe(200)
    const strict = bench({ keys, home, homeFromRequest: false })
    const seconds = Math.floor(strict.clock.now() / 1000)
    expect((await strict.raw('GET', inQuery(elsewhere, oauth('GET', elsewhere, seconds)))).status).toBe(401)
    const signedForHome = oauth('GET', `${home}/wp-json/wc/v3/products`, seconds)
    expect((await strict.raw('GET', inQuery(elsewhere, signedForHome))).status).toBe(200)
  })
})

describe('the host in front', () => {
  it('answers HTML while dark and when it is asked too often', async () => {
    const { call, shop, clock } = bench({ requestsPerSecond: 2 })
    const statuses = [await call('GET', '/products'), await call('GET', '/products'), await call('GET', '/products')]
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(statuses[2]?.headers.get('retry-after')).toBe('1')
    await clock.advance(1000)
    shop.setDark(true)
    const dark = await call('GET', '/products')
    expect([dark.status, dark.headers.get('content-type')]).toEqual([503, 'text/html; charset=UTF-8'])
    shop.setDark(false)
    expect((await call('GET', '/products')).status).toBe(200)
    expect(shop.stats()).toMatchObject({ calls: 5, throttled: 1, darkened: 1 })
  })
})
