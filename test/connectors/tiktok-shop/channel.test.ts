/** The channel against TikTok's answers: what is sent, what is stored, and how each failure is told apart. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Wanted } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import {
  answers,
  api,
  collect,
  credentials,
  expectedSign,
  failed,
  fixture,
  keys,
  ok,
  open,
  quietAftersales,
  readings,
  startAt,
} from './support.ts'

type Json = Record<string, unknown>
const order = fixture<Json & { id: string; line_items: Json[] }>('order')
const product = fixture<Json & { id: string; skus: Json[] }>('product')
const inventory = fixture<Json>('inventory')

const ordersPath = '/order/202507/orders'
const searchPath = '/order/202309/orders/search'
const productsPath = '/product/202502/products/search'
const warehousesPath = '/fbt/202408/warehouses'
const stockPath = '/product/202309/inventory/search'
const wantOrders = (...ids: string[]): Wanted => ({ kind: 'orders', ids: ids.map((id) => asId(id)) })
const wantListings = (...ids: string[]): Wanted => ({ kind: 'listings', ids: ids.map((id) => asId(id)) })
const wantStock = (...ids: string[]): Wanted => ({ kind: 'stock', ids: ids.map((id) => asId(id)) })

beforeEach(() => {
  nock.disableNetConnect()
  // Most apps may not ask for TikTok's own warehouses.
  nock(api).get(warehousesPath).query(true).optionally().reply(200, failed(105005, 'scope not granted'))
  quietAftersales()
})
afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left).toEqual([])
})

describe('requests', () => {
  test('are signed, carry the token in the header, and never in the address', async () => {
    const received = answers('GET', ordersPath, ok({ orders: [order] }))
    const { channel, paced } = open()
    await channel.fetch(wantOrders(order.id))
    const [request] = received
    if (!request) throw new Error('nothing was sent')
    expect(request.query).toEqual({
      app_key: '29a39d',
      ids: order.id,
      shop_cipher: 'ROW_cipher',
      timestamp: String(startAt / 1000),
      sign: expectedSign(request),
    })
    expect(request.headers['x-tts-access-token']).toBe('token-1')
    expect(request.headers['content-type']).toContain('application/json')
    expect(request.body).toBe('')
    expect(paced).toEqual([{ kind: 'admit', value: 1 }, { kind: 'accepted' }])
  })

  test('a body is signed as it is sent, a page token as it is meant', async () => {
    const token = '6AsPQsUMvH3Rkch/q+7D1ud64MPNz5OaT='
    const first = answers('POST', searchPath, ok({ orders: [{ id: '1' }], next_page_token: token }))
    const second = answers('POST', searchPath, ok({ orders: [] }))
    answers('GET', ordersPath, ok({ orders: [{ ...order, id: '1' }] }))
    await collect(open().channel.poll('orders', { since: startAt }))
    for (const request of [...first, ...second]) expect(request.query.sign).toBe(expectedSign(request))
    expect(second[0]?.query.page_token).toBe(token)
    expect(first[0]?.body).toBe(`{"update_time_ge":${startAt / 1000}}`)
    expect(first[0]?.query).toMatchObject({ sort_field: 'update_time', sort_order: 'ASC', page_size: '100' })
  })
})

describe('orders', () => {
  test('are one delivery each; asked for again they are another, for a state may come back', async () => {
    const second = { ...order, id: '576461413038785753' }
    answers('GET', ordersPath, ok({ orders: [order, second] }), { times: 2 })
    const { channel, clock } = open()
    const once = await channel.fetch(wantOrders(order.id, second.id))
    expect(once.map(({ topic, shopTime, fetchStartedAt }) => [topic, shopTime, fetchStartedAt])).toEqual([
      ['order', 1780000600000, startAt],
      ['order', 1780000600000, startAt],
    ])
    expect(once[0]?.key).toMatch(new RegExp(`^orders/576461413038785752/${startAt}/[0-9a-f]{32}$`))
    clock.now += 1000
    const again = await channel.fetch(wantOrders(order.id, second.id))
    expect(again.map(({ body }) => body)).toEqual(once.map(({ body }) => body))
    expect(new Set([...once, ...again].map(({ key }) => key)).size).toBe(4)
    expect(readings(channel, once)).toMatchObject([
      { kind: 'order', order: { id: order.id } },
      { kind: 'order', order: { id: second.id } },
    ])
  })

  test('one that is not answered is gone', async () => {
    answers('GET', ordersPath, ok({ orders: [order] }))
    const { channel } = open()
    const found = readings(channel, await channel.fetch(wantOrders(order.id, '5')))
    expect(found).toMatchObject([{ kind: 'order' }, { kind: 'gone', of: 'order', id: '5' }])
  })

  test('no data at all means that all are gone', async () => {
    answers('GET', ordersPath, { code: 0, message: 'Success', request_id: '1', data: null })
    const { channel } = open()
    expect(readings(channel, await channel.fetch(wantOrders('5')))).toEqual([{ kind: 'gone', of: 'order', id: '5' }])
  })

  test('one refused id does not hide the others', async () => {
    answers(
      'GET',
      ordersPath,
      (request: { query: Json }) => {
        const ids = String(request.query.ids).split(',')
        return ids.includes('13')
          ? failed(21001001, 'invalid params')
          : ok({ orders: ids.map((id) => ({ ...order, id })) })
      },
      { times: 5 },
    )
    const { channel } = open()
    const found = readings(channel, await channel.fetch(wantOrders('11', '12', '13', '14')))
    const seen = found.map((each) => (each.kind === 'order' ? each.order.id : each.kind))
    expect(seen).toEqual(['11', '12', '14', 'unreadable'])
  })

  test('a single refused id fails as TikTok said', async () => {
    answers('GET', ordersPath, failed(21008111, 'not your order'))
    await expect(open().channel.fetch(wantOrders('5'))).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('not your order'),
    })
  })

  test('are asked for fifty at a time', async () => {
    const received = answers('GET', ordersPath, ok({ orders: [] }), { times: 2 })
    const ids = Array.from({ length: 60 }, (_, at) => String(at))
    await open().channel.fetch(wantOrders(...ids))
    expect(received.map(({ query }) => query.ids?.split(',').length)).toEqual([50, 10])
  })

  test('a poll walks all pages, reads each page in detail and gives the oldest change first', async () => {
    answers('POST', searchPath, ok({ orders: [{ id: '2' }, { id: '1' }], next_page_token: 'b' }))
    answers(
      'GET',
      ordersPath,
      ok({
        orders: [
          { ...order, id: '2', update_time: 200 },
          { ...order, id: '1', update_time: 100 },
        ],
      }),
    )
    answers('POST', searchPath, ok({ orders: [{ id: '3' }], next_page_token: '' }))
    answers('GET', ordersPath, ok({ orders: [{ ...order, id: '3', update_time: 300 }] }))
    const found = await collect(open().channel.poll('orders', { since: 0 }))
    expect(found.map(({ shopTime, source }) => [shopTime, source])).toEqual([
      [100_000, 'poll'],
      [200_000, 'poll'],
      [300_000, 'poll'],
    ])
  })

  test('an order that the search shows and the detail leaves out is not gone, but asked for again', async () => {
    answers('POST', searchPath, ok({ orders: [{ id: '1' }, { id: '2' }] }))
    answers('GET', ordersPath, ok({ orders: [{ ...order, id: '2' }] }))
    const { channel } = open()
    const found = readings(channel, await collect(channel.poll('orders', { since: 0 })))
    expect(found).toContainEqual({ kind: 'hint', wanted: { kind: 'orders', ids: ['1'] } })
    expect(found.map(({ kind }) => kind).sort()).toEqual(['hint', 'order'])
  })

  test('a cursor ahead of our clock asks for one moment, not for a window that ends before it begins', async () => {
    const received = answers('POST', productsPath, ok({ products: [], total_count: 0 }))
    await collect(open().channel.poll('listings', { since: startAt + 5000 }))
    const at = startAt / 1000 + 5
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ update_time_ge: at, update_time_le: at })
  })

  test('a page token that comes back does not walk for ever', async () => {
    answers('POST', searchPath, ok({ orders: [], next_page_token: 'a' }), { times: 2 })
    await expect(collect(open().channel.poll('orders', { since: 0 }))).rejects.toMatchObject({ kind: 'transient' })
  })

  test('parcels are read from the orders; references never exist here', async () => {
    const units = order.line_items.map((unit) => ({ ...unit, package_id: '9', package_status: 'FULFILLING' }))
    answers('GET', ordersPath, ok({ orders: [{ ...order, line_items: units }] }))
    const { channel } = open()
    const found = await channel.fetch({ kind: 'parcels', ids: [asId(order.id)] })
    expect(readings(channel, found)).toMatchObject([{ kind: 'shipment', shipment: { id: '9' } }])
    expect(await channel.fetch({ kind: 'references', ids: ['onhand:a:1'] })).toEqual([])
  })
})

describe('listings', () => {
  const detail = `/product/202309/products/${product.id}`

  test('a product alone brings all its skus', async () => {
    answers('GET', detail, ok(product))
    const { channel } = open()
    const found = await channel.fetch(wantListings(product.id))
    expect(readings(channel, found).map(({ kind }) => kind)).toEqual(['listing', 'listing', 'listing'])
  })

  test('several skus of one product are one request; one that the product no longer has is gone', async () => {
    answers('GET', detail, ok(product))
    const { channel } = open()
    const found = await channel.fetch(
      wantListings(`${product.id}/1729388324987897824@7054915283043174149`, `${product.id}/5@7054915283043174149`),
    )
    expect(readings(channel, found).at(-1)).toEqual({
      kind: 'gone',
      of: 'listing',
      id: `${product.id}/5@7054915283043174149`,
    })
  })

  test('a frozen product has no detail; the search by its skus tells', async () => {
    answers('GET', detail, failed(12052901, 'status not allowed'))
    answers('POST', stockPath, ok({ inventory: [inventory] }))
    const search = answers('POST', productsPath, ok({ products: [{ ...product, status: 'FREEZE' }], total_count: 1 }))
    const { channel } = open()
    const found = readings(channel, await channel.fetch(wantListings(product.id)))
    expect(JSON.parse(search[0]?.body ?? '')).toEqual({ sku_ids: ['1729388324987897824'] })
    expect(found[0]).toMatchObject({ kind: 'listing', listing: { state: 'frozen' } })
  })

  test('a product that nobody knows is gone', async () => {
    answers('GET', detail, failed(12052032, 'product not found'))
    answers('POST', productsPath, ok({ products: [], total_count: 0 }))
    const { channel } = open()
    const id = `${product.id}/1@2`
    expect(readings(channel, await channel.fetch(wantListings(id)))).toEqual([{ kind: 'gone', of: 'listing', id }])
  })

  test('a poll halves a window with too many products and gives the oldest change first', async () => {
    const windows: [number, number][] = []
    const one = (id: string, update_time: number) => ({ ...product, id, update_time })
    const page = (request: { body: string }) => {
      const { update_time_ge: from, update_time_le: to } = JSON.parse(request.body)
      windows.push([from, to])
      if (windows.length === 1) return ok({ products: [one('1', from)], total_count: 1001, next_page_token: 'x' })
      return ok({ products: [one('b', to), one('a', from)], total_count: 2 })
    }
    answers('POST', productsPath, page, { times: 3 })
    const { channel } = open()
    const found = await collect(channel.poll('listings', { since: startAt - 100_000 }))
    const now = startAt / 1000
    expect(windows).toEqual([
      [now - 100, now],
      [now - 100, now - 50],
      [now - 49, now],
    ])
    expect(found.map(({ shopTime }) => shopTime)).toEqual([now - 100, now - 50, now - 49, now].map((at) => at * 1000))
  })

  test('a window refused for more than 10,000 results is halved too', async () => {
    answers('POST', productsPath, failed(12052180, 'over 10,000'))
    answers('POST', productsPath, ok({ products: [], total_count: 0 }), { times: 2 })
    expect(await collect(open().channel.poll('listings', { since: startAt - 1000 }))).toEqual([])
  })
})

describe('stock', () => {
  test('a sku without warehouse brings all its warehouses; a sku left out asks for its listing', async () => {
    const received = answers('POST', stockPath, ok({ inventory: [inventory] }))
    const { channel } = open()
    const found = readings(channel, await channel.fetch(wantStock(`${product.id}/1729388324987897824`, '5/6')))
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ sku_ids: ['1729388324987897824', '6'] })
    expect(found.map(({ kind }) => kind)).toEqual(['stock', 'stock', 'hint'])
    expect(found.at(-1)).toEqual({ kind: 'hint', wanted: { kind: 'listings', ids: ['5/6'] } })
  })

  test('the same level at another time is another delivery', async () => {
    answers('POST', stockPath, ok({ inventory: [inventory] }), { times: 2 })
    const { channel, clock } = open()
    const ask = () => channel.fetch(wantStock(`${product.id}/1729388324987897824`))
    const [first] = await ask()
    clock.now += 1000
    const [second] = await ask()
    expect(first?.body).toBe(second?.body)
    expect(first?.key).not.toBe(second?.key)
  })

  test('a poll reads every product that is not deleted', async () => {
    const products = [product, { ...product, id: '7', status: 'DELETED' }, { ...product, id: '8', status: 'FREEZE' }]
    answers('POST', productsPath, ok({ products, total_count: 3 }))
    const received = answers('POST', stockPath, ok({ inventory: [inventory] }))
    const { channel } = open()
    const found = await collect(channel.poll('stock', { since: startAt }))
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ product_ids: [product.id, '8'] })
    expect(readings(channel, found).map(({ kind }) => kind)).toEqual(['stock', 'stock'])
  })
})

describe("TikTok's own warehouses", () => {
  const foreign = '7054915283043174150'
  beforeEach(() => {
    nock.cleanAll()
  })

  test('are no listings and no stock, and are asked for once an hour', async () => {
    const asked = answers('GET', warehousesPath, ok({ warehouses: [{ fbt_warehouse_id: foreign }] }), { times: 2 })
    answers('GET', `/product/202309/products/${product.id}`, ok(product), { times: 2 })
    answers('POST', stockPath, ok({ inventory: [inventory] }))
    answers('POST', productsPath, ok({ products: [product], total_count: 1 }))
    const { channel, clock } = open()
    const found = [
      ...(await channel.fetch(wantListings(product.id))),
      ...(await channel.fetch(wantStock(`${product.id}/1729388324987897824`))),
      ...(await collect(channel.poll('listings', { since: startAt }))),
    ]
    expect(asked).toHaveLength(1)
    const kinds = readings(channel, found).map(({ kind }) => kind)
    expect(kinds).toEqual(['listing', 'listing', 'stock', 'listing', 'listing'])
    expect(JSON.stringify(found)).not.toContain(foreign)
    clock.now += 3_600_000
    await channel.fetch(wantListings(product.id))
    expect(asked).toHaveLength(2)
  })

  test('that cannot be asked for now stay as they were known, and are asked for again', async () => {
    answers('GET', warehousesPath, failed(36009003, 'internal'))
    answers('POST', stockPath, ok({ inventory: [inventory] }), { times: 3 })
    const { channel, clock } = open()
    const levels = async () => {
      const found = await channel.fetch(wantStock(`${product.id}/1729388324987897824`))
      return readings(channel, found).length
    }
    expect(await levels()).toBe(2)
    answers('GET', warehousesPath, ok({ warehouses: [{ fbt_warehouse_id: foreign }] }))
    expect(await levels()).toBe(1)
    clock.now += 3_600_000
    answers('GET', warehousesPath, failed(36009003, 'internal'))
    expect(await levels()).toBe(1)
  })
})

test('providers are asked for with both countries', async () => {
  const path = '/logistics/202309/delivery_options/7091146663229654785/shipping_providers'
  const received = answers('GET', path, ok({ shipping_providers: [{ id: '6617675021119438849', name: 'PostNL' }] }))
  const { channel } = open()
  const found = await channel.fetch({ kind: 'providers', ids: ['7091146663229654785|NL|BE'] })
  expect(received[0]?.query).toMatchObject({ warehouse_region: 'NL', buyer_region: 'BE' })
  expect(readings(channel, found)).toEqual([
    {
      kind: 'providers',
      deliveryOption: '7091146663229654785|NL|BE',
      providers: [{ id: '6617675021119438849', name: 'PostNL' }],
    },
  ])
})

describe('failures', () => {
  const stockCall = (channel: ReturnType<typeof open>['channel']) => {
    const ops = [{ kind: 'set', register: asId<'register'>('1/2@3'), to: 4 }] as const
    const [composed] = channel.compose({ kind: 'stock', ops }, keys())
    if (!composed) throw new Error('nothing composed')
    return composed.call
  }
  const writePath = '/product/202309/products/1/inventory/update'
  const hourLeftMs = 40 * 60_000

  test.each([
    // code, message, what a read is, what a write is, after
    [105005, 'scope not granted', 'auth', 'auth', undefined],
    [101000, 'invalid token', 'auth', 'auth', undefined],
    [106001, 'invalid sign', 'auth', 'auth', undefined],
    [106013, 'shop_cipher missing', 'rejected', 'rejected', undefined],
    [36009033, 'ip not allowed', 'auth', 'auth', undefined],
    [36009002, 'too many requests', 'throttled', 'throttled', undefined],
    [12052109, 'merchant request limit', 'throttled', 'throttled', undefined],
    [36009037, 'hourly limit', 'throttled', 'throttled', hourLeftMs],
    [36009043, 'shop inactive', 'auth', 'auth', undefined],
    [36009044, 'seller inactive', 'auth', 'auth', undefined],
    [36009003, 'internal error', 'transient', 'unknownOutcome', undefined],
    [12001000, 'internal error', 'transient', 'unknownOutcome', undefined],
    [10037003, 'internal error', 'transient', 'unknownOutcome', undefined],
    [36009007, 'gateway timeout', 'transient', 'unknownOutcome', undefined],
    [36009009, 'invalid path', 'rejected', 'rejected', undefined],
    [36009004, 'Unexpected identifier shop_cipher', 'rejected', 'rejected', undefined],
    [36009004, 'invalid timestamp', 'transient', 'transient', undefined],
    [36009004, 'app_key is invalid', 'auth', 'auth', undefined],
    [98001004, 'Parameter x is invalid', 'rejected', 'rejected', undefined],
    [12019150, 'product not found', 'rejected', 'rejected', undefined],
    [4711, 'never heard of', 'rejected', 'rejected', undefined],
  ])('code %i (%s)', async (code, message, ofRead, ofWrite, retryAfterMs) => {
    const { channel, paced } = open()
    answers('GET', ordersPath, failed(code, message))
    await expect(channel.fetch(wantOrders('1'))).rejects.toMatchObject({
      name: 'ChannelError',
      kind: ofRead,
      retryAfterMs,
      message: expect.stringContaining(String(code)),
    })
    answers('POST', writePath, failed(code, message))
    await expect(channel.write(stockCall(channel))).rejects.toMatchObject({ kind: ofWrite, retryAfterMs })
    const expected = ofRead === 'throttled' ? 'throttled' : 'accepted'
    expect(paced.map(({ kind }) => kind)).toEqual(['admit', expected, expected])
  })

  test.each([
    ['an HTML page', 200, '<html><body>Hello</body></html>', 'transient', 'unknownOutcome'],
    ['JSON cut short', 200, '{"code":0,"data":{"ord', 'transient', 'unknownOutcome'],
    ['JSON without an envelope', 200, '[]', 'transient', 'unknownOutcome'],
    ['an empty answer', 200, '', 'transient', 'unknownOutcome'],
    ['a block page', 403, '<html>', 'transient', 'transient'],
    ['401 without an envelope', 401, '', 'auth', 'auth'],
    ['404 without an envelope', 404, 'not found', 'rejected', 'rejected'],
    ['a redirect', 302, '', 'rejected', 'rejected'],
    ['401 with an envelope', 401, failed(36009043, 'shop inactive'), 'auth', 'auth'],
    ['503', 503, '<html>', 'transient', 'unknownOutcome'],
    ['a shape nobody knows', 200, ok({ orders: 'many', errors: 'some' }), 'transient', 'unknownOutcome'],
  ])('%s', async (_what, status, body, ofRead, ofWrite) => {
    const { channel } = open()
    answers('GET', ordersPath, body, { status })
    await expect(channel.fetch(wantOrders('1'))).rejects.toMatchObject({ kind: ofRead })
    answers('POST', writePath, body, { status })
    await expect(channel.write(stockCall(channel))).rejects.toMatchObject({ kind: ofWrite })
  })

  test.each([
    ['with Retry-After', { 'retry-after': '7' }, failed(36009002), 7000],
    ['without', {}, failed(36009002), undefined],
    ['for the hourly limit', {}, failed(36009037), hourLeftMs],
    ['as a page', {}, '<html>', undefined],
  ])('HTTP 429 %s', async (_what, headers, body, retryAfterMs) => {
    const { channel, paced } = open()
    answers('GET', ordersPath, body, { status: 429, headers })
    await expect(channel.fetch(wantOrders('1'))).rejects.toMatchObject({ kind: 'throttled', retryAfterMs })
    expect(paced).toEqual([
      { kind: 'admit', value: 1 },
      { kind: 'throttled', value: retryAfterMs },
    ])
  })

  test('a reset connection: reads are tried again, a write may have happened', async () => {
    const { channel } = open()
    const dropped = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    nock('https://open-api.tiktokglobalshop.com').get(ordersPath).query(true).replyWithError(dropped)
    answers('GET', ordersPath, ok({ orders: [order] }))
    expect(await channel.fetch(wantOrders(order.id))).toHaveLength(1)
    nock('https://open-api.tiktokglobalshop.com').post(writePath).query(true).replyWithError(dropped)
    await expect(channel.write(stockCall(channel))).rejects.toMatchObject({ kind: 'unknownOutcome' })
  })

  test('a failure never tells a secret', async () => {
    const { channel } = open({ accessTokenExpiresAt: 0 })
    nock('https://auth.tiktok-shops.com').get('/api/v2/token/refresh').query(true).times(3).replyWithError('down')
    const error = await channel.fetch(wantOrders('1')).catch((cause: Error) => cause)
    const told = `${error}${JSON.stringify(error)}${error instanceof Error ? error.stack : ''}${String((error as Error).cause)}`
    for (const secret of [credentials.appSecret, credentials.refreshToken, credentials.accessToken])
      expect(told).not.toContain(secret)
  })
})
