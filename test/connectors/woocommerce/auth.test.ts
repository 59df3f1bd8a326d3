/** How requests to a WooCommerce shop carry its keys, and what refused and broken answers become. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { baseString, signature } from '../../../connectors/woocommerce/oauth1.ts'
import { asId } from '../../../src/domain.ts'
import { api, json, openShop, origin, recorded, recordedRow } from './shop.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

const order = recordedRow('order-get-processing')
const read = (shop: ReturnType<typeof openShop>) => shop.channel.fetch({ kind: 'orders', ids: [asId<'order'>('56')] })
const plainOrigin = 'http://shop.example'

describe('keys on requests', () => {
  it('go as Basic over https, and nowhere in the address', async () => {
    const shop = openShop()
    nock(origin)
      .get(`${api}/orders`)
      .query(true)
      .basicAuth({ user: 'ck_test', pass: 'cs_test' })
      .reply(200, [order], json)
    await read(shop)
    expect(shop.told.requests.join()).not.toMatch(/ck_test|cs_test|oauth/)
  })

  it('go in the query where the merchant says the host drops the header', async () => {
    nock(origin, { badheaders: ['authorization'] })
      .get(`${api}/orders`)
      .query((q) => q.consumer_key === 'ck_test' && q.consumer_secret === 'cs_test' && q.include === '56')
      .reply(200, [order], json)
    await read(openShop({ settings: { keysInQuery: true } }))
  })

  /** What the shop would find of a request that was sent: its query without the signature, and the signature. */
  function sent(shop: ReturnType<typeof openShop>) {
    return shop.told.requests.map((line) => {
      const url = new URL(line.split(' ')[1] ?? '')
      const query = [...url.searchParams].filter(([name]) => name !== 'oauth_signature')
      return {
        path: url.pathname,
        query,
        nonce: url.searchParams.get('oauth_nonce'),
        signature: url.searchParams.get('oauth_signature'),
      }
    })
  }

  it('sign over http, anew for every attempt, with the home URL of the shop', async () => {
    const shop = openShop({ origin: 'http://10.0.0.5:8080', shop: plainOrigin })
    const scope = nock('http://10.0.0.5:8080', { badheaders: ['authorization'] })
    scope
      .get(`${api}/orders`)
      .query(true)
      .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    scope.get(`${api}/orders`).query(true).reply(200, [order], json)
    await read(shop)
    const requests = sent(shop)
    expect(requests).toHaveLength(2)
    expect(new Set(requests.map((request) => request.nonce)).size).toBe(2)
    for (const { path, query, signature: found } of requests) {
      expect(found).toBe(await signature(baseString('GET', `${plainOrigin}${path}`, query), 'cs_test'))
      expect(query).toContainEqual(['oauth_timestamp', String(Date.UTC(2026, 10, 22, 18) / 1000)])
      expect(query.some(([name]) => name.includes('['))).toBe(false)
    }
  })

  it('do not sign a JSON body', async () => {
    const shop = openShop({ origin: plainOrigin })
    const ops = { kind: 'stock', ops: [{ register: asId<'register'>('p11'), kind: 'set', to: 5 }] } as const
    const [first] = shop.channel.compose(ops, () => 'k')
    if (!first) throw new Error('nothing composed')
    nock(plainOrigin)
      .post(`${api}/products/batch`, { update: [{ id: 11, stock_quantity: 5 }] })
      .query(true)
      .reply(200, { update: [{ id: 11, manage_stock: true, stock_quantity: 5 }] }, json)
    expect(await shop.channel.write(first.call)).toMatchObject({ rows: [{ ok: true }] })
    const [request] = sent(shop)
    const text = baseString('POST', `${plainOrigin}${request?.path}`, request?.query ?? [])
    expect(request?.signature).toBe(await signature(text, 'cs_test'))
  })
})

describe('refusals of a read', () => {
  const answer = (status: number, body: unknown, headers: Record<string, string> = json) =>
    nock(origin)
      .get(`${api}/orders`)
      .query(true)
      .reply(status, body as nock.Body, headers)

  it.each([
    ['error-unknown-key', 'auth', /revoked/],
    ['error-wrong-secret', 'auth', /Consumer secret is invalid/],
    ['error-basic-over-http', 'auth', /hides the key/],
    ['error-no-route', 'rejected', /permalinks/],
    ['error-invalid-param', 'rejected', /rest_invalid_param/],
  ] as const)('%s', async (name, kind, message) => {
    const { status, body, headers } = recorded(name)
    answer(status, body, headers)
    await expect(read(openShop())).rejects.toMatchObject({ kind, message: expect.stringMatching(message) })
  })

  const html = { 'content-type': 'text/html; charset=UTF-8' }
  it.each([
    [
      'a maintenance page',
      503,
      '<h1>Maintenance</h1>',
      { ...html, 'retry-after': '60' },
      { kind: 'transient', retryAfterMs: 60_000 },
      [60_000],
    ],
    ['an overloaded host', 508, '<h1>Limit</h1>', html, { kind: 'transient' }, [undefined]],
    [
      'a rate limit',
      429,
      '<h1>Slow</h1>',
      { ...html, 'retry-after': '5' },
      { kind: 'throttled', retryAfterMs: 5000 },
      [5000],
    ],
    ['a PHP fatal', 500, '<b>Fatal error</b>', html, { kind: 'transient' }, []],
    [
      'a fatal as JSON',
      500,
      { code: 'internal_server_error', message: 'x', data: { status: 500 } },
      json,
      { kind: 'transient' },
      [],
    ],
    [
      'a refusal dressed as a failure',
      500,
      { code: 'woocommerce_rest_cannot_create_order_refund', message: 'Invalid refund amount.', data: 500 },
      json,
      { kind: 'rejected' },
      [],
    ],
    ['a cached page', 200, '<html></html>', html, { kind: 'transient' }, []],
    ['a password before the shop', 401, '<html></html>', html, { kind: 'auth' }, []],
    ['no WordPress here', 404, '<html></html>', html, { kind: 'rejected' }, []],
    [
      'an error behind a notice that forced 200',
      200,
      'Notice: x in /p.php\n{"code":"woocommerce_rest_cannot_view","message":"no","data":{"status":401}}',
      html,
      { kind: 'auth' },
      [],
    ],
    ['half an answer', 200, '[{"id":56,', json, { kind: 'transient' }, []],
    [
      'a move to another name',
      308,
      '',
      { location: 'https://evil.example/x?a' },
      { kind: 'rejected', message: expect.stringContaining('https://evil.example') },
      [],
    ],
  ] as const)('%s', async (_name, status, body, headers, error, throttled) => {
    const shop = openShop()
    answer(status, body, headers)
    await expect(read(shop)).rejects.toMatchObject({ name: 'ChannelError', ...error })
    expect(shop.told.throttled).toEqual(throttled)
  })

  it('reads past a byte order mark and printed notices', async () => {
    answer(200, `\uFEFF${JSON.stringify([order])}`)
    expect(await read(openShop())).toHaveLength(1)
    answer(200, `<br />Deprecated: [0] {x} in /p.php\n${JSON.stringify([order])}`, html)
    expect(await read(openShop())).toHaveLength(1)
  })

  it('tries a dropped connection again, three times in all', async () => {
    const shop = openShop()
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    nock(origin).get(`${api}/orders`).query(true).thrice().replyWithError(reset)
    await expect(read(shop)).rejects.toMatchObject({ kind: 'transient' })
    expect(shop.told).toMatchObject({ admitted: 1, accepted: 0 })
  })
})
