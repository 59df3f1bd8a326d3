/** Setting and reading WooCommerce stock: batches, lax answers, registers. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StockOp } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { all, api, json, kept, newKey, openShop, origin, recorded, recordedRow } from './shop.ts'

const set = (register: string, to: number): StockOp => ({ register: asId<'register'>(register), kind: 'set', to })
const registers = (...ids: string[]) => ids.map((id) => asId<'register'>(id))

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

describe('composing stock', () => {
  const { channel } = openShop()
  const compose = (...ops: StockOp[]) => channel.compose({ kind: 'stock', ops }, newKey)

  it('groups by list, 50 rows per call, and keeps the positions', () => {
    const calls = compose(set('p11', 5), set('v69/70', 2), set('p12', 0), set('v69/71', 3), set('v80/81', 1))
    expect(calls.map(({ call, positions }) => [call.method, JSON.parse(call.body), positions])).toEqual([
      [
        'products/batch',
        {
          update: [
            { id: 11, stock_quantity: 5 },
            { id: 12, stock_quantity: 0 },
          ],
        },
        [0, 2],
      ],
      [
        'products/69/variations/batch',
        {
          update: [
            { id: 70, stock_quantity: 2 },
            { id: 71, stock_quantity: 3 },
          ],
        },
        [1, 3],
      ],
      ['products/80/variations/batch', { update: [{ id: 81, stock_quantity: 1 }] }, [4]],
    ])
    expect(calls.every(({ call }) => !call.repeatable)).toBe(true)
    const many = compose(...Array.from({ length: 120 }, (_, i) => set(`p${i + 1}`, i)))
    expect(many.map(({ call }) => call.rows)).toEqual([50, 50, 20])
    expect(new Set(many.map(({ call }) => call.key)).size).toBe(3)
  })

  it('never puts one register into one batch twice', () => {
    expect(compose(set('p11', 5), set('p11', 6)).map(({ call, positions }) => [call.body, positions])).toEqual([
      ['{"update":[{"id":11,"stock_quantity":5}]}', [0]],
      ['{"update":[{"id":11,"stock_quantity":6}]}', [1]],
    ])
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 1e9, -1e9, -1])(
    'refuses %s, which a batch would take as it likes',
    (to) => {
      expect(() => compose(set('p11', to))).toThrow(/is no quantity/)
    },
  )

  it.each(['', 'p0', 'p1x', 'v69', 'v69/0', '11', 'p1/2'])('refuses the register "%s"', (register) => {
    expect(() => compose(set(register, 1))).toThrow(/not a WooCommerce product/)
  })

  it('refuses what WooCommerce has no safe way to do, in words', () => {
    const register = asId<'register'>('p11')
    expect(() => compose({ register, kind: 'adjust', by: 1 })).toThrow(/can only set/)
    expect(() => compose({ register, kind: 'cas', from: 1, to: 2 })).toThrow(/can only set/)
    expect(() => compose({ register, kind: 'move', by: 1, from: 'a', to: 'b' })).toThrow(/can only set/)
  })
})

describe('writing stock', () => {
  const write = async (ops: StockOp[], status: number, body: nock.Body, headers: Record<string, string> = json) => {
    const { channel, told } = openShop()
    const [first] = channel.compose({ kind: 'stock', ops }, newKey)
    if (!first) throw new Error('nothing composed')
    nock(origin)
      .post(`${api}/${first.call.method}`, first.call.body)
      .basicAuth({ user: 'ck_test', pass: 'cs_test' })
      .reply(status, body, headers)
    const result = await channel.write(first.call).catch((error: unknown) => error)
    return { result, told }
  }
  const row = (id: number, stock_quantity: number | null, more = {}) => ({
    ...recordedRow('product-update-stock'),
    id,
    stock_quantity,
    manage_stock: true,
    ...more,
  })

  it('confirms what the shop shows, and asks nobody for admission', async () => {
    const { result, told } = await write([set('p11', 5), set('p12', 0)], 200, { update: [row(11, 5), row(12, 0)] })
    expect(result).toEqual({
      rows: [
        { ok: true, confirmedUnits: 5, id: '11' },
        { ok: true, confirmedUnits: 0, id: '12' },
      ],
    })
    expect(told).toMatchObject({ admitted: 0, accepted: 1, throttled: [] })
  })

  it('reads a recorded partial failure row by row', async () => {
    const { update } = recorded('batch-partial-failure').body as { update: nock.DataMatcherMap[] }
    const { result } = await write([set('p11', 47), set('p999999', 1)], 200, {
      update: update.slice(0, 2) as nock.Body[],
    } as nock.Body)
    expect(result).toMatchObject({
      rows: [
        { ok: true, confirmedUnits: 47 },
        { ok: false, kind: 'rejected', code: 'woocommerce_rest_product_invalid_id' },
      ],
    })
  })

  it('does not take a lax answer for the truth', async () => {
    const { result } = await write(
      [set('p1', 5), set('p2', 5), set('p3', 5), set('p4', 5), set('p5', 5), set('p6', 5)],
      200,
      {
        update: [
          row(1, 4),
          row(2, null, { manage_stock: false }),
          row(99, 5),
          { id: 4, error: { code: 'db', message: 'gone away', data: 500 } },
          row(5, 5, { manage_stock: 'parent' }),
        ],
      } as nock.Body,
    )
    expect(result).toMatchObject({
      rows: [
        { ok: false, kind: 'again', code: 'differs' },
        { ok: false, kind: 'rejected', code: 'not_counted' },
        { ok: false, kind: 'again', code: 'other_row' },
        { ok: false, kind: 'again', code: 'db' },
        { ok: false, kind: 'rejected', code: 'not_counted' },
        { ok: false, kind: 'again', code: 'no_answer' },
      ],
    })
  })

  it('reads the answer behind a printed PHP notice', async () => {
    const notice = '<br />\n<b>Notice</b>:  Undefined index: {a} [x] in <b>/srv/p.php</b> on line <b>3</b><br />\n'
    const { result } = await write([set('p11', 5)], 200, notice + JSON.stringify({ update: [row(11, 5)] }), {
      'content-type': 'text/html; charset=UTF-8',
    })
    expect(result).toEqual({ rows: [{ ok: true, confirmedUnits: 5, id: '11' }] })
  })

  it.each([
    [
      'a maintenance page',
      503,
      '<html>Briefly unavailable</html>',
      { 'content-type': 'text/html', 'retry-after': '600' },
      'unknownOutcome',
      [600_000],
    ],
    ['a rate limit', 429, 'slow down', { 'content-type': 'text/plain', 'retry-after': '7' }, 'throttled', [7000]],
    ['a page with status 200', 200, '<html>hello</html>', { 'content-type': 'text/html' }, 'unknownOutcome', []],
    ['a firewall page', 403, '<html>blocked</html>', { 'content-type': 'text/html' }, 'transient', []],
    ['a redirect', 301, '', { location: 'https://www.shop.example/wp-json/' }, 'rejected', []],
  ] as const)('%s', async (_name, status, body, headers, kind, throttled) => {
    const { result, told } = await write([set('p11', 5)], status, body, headers)
    expect(result).toMatchObject({ name: 'ChannelError', kind })
    expect(told.throttled).toEqual(throttled)
  })

  it.each([
    ['error-readonly-key-write', 'auth', /write permissions/],
    ['error-batch-limit', 'rejected', /request_entity_too_large/],
    ['error-no-route', 'rejected', /permalinks/],
  ] as const)('%s', async (name, kind, message) => {
    const { status, body, headers } = recorded(name)
    const { result } = await write([set('p11', 5)], status, body as nock.Body, headers)
    expect(result).toMatchObject({ name: 'ChannelError', kind, message: expect.stringMatching(message) })
  })

  it('does not send a lost batch twice', async () => {
    const { channel } = openShop()
    const [first] = channel.compose({ kind: 'stock', ops: [set('p11', 5)] }, newKey)
    if (!first) throw new Error('nothing composed')
    nock(origin)
      .post(`${api}/products/batch`)
      .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    await expect(channel.write(first.call)).rejects.toMatchObject({ kind: 'unknownOutcome' })
    nock(origin)
      .post(`${api}/products/batch`)
      .replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
    await expect(channel.write(first.call)).rejects.toMatchObject({ kind: 'transient' })
  })
})

describe('reading stock', () => {
  const list = (path: string, ids: string) =>
    nock(origin)
      .get(`${api}/${path}`)
      .query((q) => q.include === ids && String(q._fields).includes('stock_quantity') && !!q.onhand_read)

  it('reads products and variations by id, one delivery per answer', async () => {
    const { channel } = openShop()
    list('products', '11,69').reply(
      200,
      [{ ...recordedRow('product-create-simple'), id: 11, stock_quantity: 8 }, recordedRow('product-create-variable')],
      json,
    )
    list('products/69/variations', '70,71').reply(
      200,
      [recordedRow('variation-create'), recordedRow('variation-get-parent-managed')],
      json,
    )
    const deliveries = await channel.fetch({ kind: 'stock', ids: registers('p11', 'v69/70', 'p69', 'v69/71') })
    expect(deliveries.flatMap((raw) => channel.interpret(kept(raw)))).toEqual([
      { kind: 'stock', level: { register: 'p11', availableUnits: 8 } },
      { kind: 'stock', level: { register: 'p69', availableUnits: 20 } },
      { kind: 'stock', level: { register: 'v69/70', availableUnits: 6 } },
    ])
    expect(
      deliveries.every((raw) => raw.fetchStartedAt !== undefined && raw.key.includes(String(raw.fetchStartedAt))),
    ).toBe(true)
  })

  it('says what is gone, in the trash, or no longer counted', async () => {
    const { channel } = openShop()
    const simple = recordedRow('product-create-simple')
    list('products', '1,2,3').reply(200, [{ ...simple, id: 3, manage_stock: false, stock_quantity: null }], json)
    nock(origin)
      .get(`${api}/products/1`)
      .query(true)
      .reply(404, recorded('error-404-product').body as nock.Body, json)
    nock(origin)
      .get(`${api}/products/2`)
      .query(true)
      .reply(200, { ...simple, id: 2, status: 'trash', stock_quantity: 4 }, json)
    const [raw] = await channel.fetch({ kind: 'stock', ids: registers('p1', 'p2', 'p3') })
    expect(raw && channel.interpret(kept(raw))).toMatchObject([
      { kind: 'listing', listing: { id: 'p3', counting: 'untracked' } },
      { kind: 'stock', level: { register: 'p2', availableUnits: 4 } },
      { kind: 'gone', of: 'listing', id: 'p2' },
      { kind: 'gone', of: 'listing', id: 'p1' },
    ])
  })

  it('walks every register whatever the cursor says', async () => {
    const { channel } = openShop()
    const simple = recordedRow('product-create-simple')
    const rows = Array.from({ length: 130 }, (_, i) => ({ ...simple, id: i + 1, stock_quantity: i }))
    const page = (offset: string) =>
      nock(origin)
        .get(`${api}/products`)
        .query((q) => q.offset === offset && q.per_page === '100' && q.orderby === 'id')
    page('0').reply(200, rows.slice(0, 100), json)
    page('95').reply(200, rows.slice(95, 130), json)
    const deliveries = await all(channel.poll('stock', { since: Date.UTC(2030, 0) }))
    const readings = deliveries.flatMap((raw) => channel.interpret(kept(raw)))
    expect(readings.map((reading) => reading.kind === 'stock' && reading.level.availableUnits)).toEqual(
      rows.map((_, i) => i),
    )
  })
})
