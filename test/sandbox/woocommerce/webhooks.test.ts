/** Webhooks: signed, late, coalesced, sometimes stale, never retried, and switched off after seven failures. */

import { describe, expect, it } from 'vitest'
import type { HookChaos } from '../../../src/sandbox/shop.ts'
import type { WooOptions } from '../../../src/sandbox/woocommerce/index.ts'
import { at, type Bench, bench, hooksUrl, secret, signatureOf } from './bench.ts'

const topics = (b: Bench) => b.mail.map(({ topic }) => topic)
const everything = [
  'product.created',
  'product.updated',
  'product.deleted',
  'product.restored',
  'order.created',
  'order.updated',
  'order.deleted',
]

async function subscribed(options: Partial<WooOptions> = {}, chaos: Partial<HookChaos> = {}) {
  const b = bench(options, { medianDelayMs: 1000, ...chaos })
  const mug = await b.product('A', 10)
  await b.subscribe(...everything)
  await b.clock.advance(5000)
  b.mail.length = 0
  return { ...b, mug, settle: () => b.clock.advance(5000) }
}

describe('subscriptions', () => {
  it('never shows the secret, accepts repeats and upper case, and refuses nonsense', async () => {
    const b = bench()
    const body = { topic: 'Order.Created', delivery_url: hooksUrl, secret }
    const first = await b.call('POST', '/webhooks', body)
    await b.call('POST', '/webhooks', body)
    expect([first.status, at(first.body, 'topic'), JSON.stringify(first.body).includes(secret)]).toEqual([
      201,
      'order.created',
      false,
    ])
    expect(at((await b.call('GET', '/webhooks?per_page=100')).body, '*.id')).toEqual([2, 1])
    expect((await b.call('POST', '/webhooks', { ...body, topic: 'order.shipped' })).status).toBe(400)
    expect((await b.call('POST', '/webhooks', { ...body, delivery_url: 'hooks' })).status).toBe(400)
    expect((await b.call('DELETE', '/webhooks/1')).status).toBe(501)
    expect((await b.call('DELETE', '/webhooks/1?force=true')).status).toBe(200)
    expect(at((await b.call('GET', '/webhooks')).body, '*.id')).toEqual([2])
  })

  it('stays active when the ping fails', async () => {
    const b = bench()
    b.answerHooksWith(500)
    await b.call('POST', '/webhooks', { topic: 'order.created', delivery_url: hooksUrl, secret })
    await b.clock.advance(1)
    expect(b.mail.map(({ text }) => text)).toEqual(['webhook_id=1'])
    expect(at((await b.call('GET', '/webhooks/1')).body, 'status')).toBe('active')
  })
})

describe('what fires what', () => {
  const cases: [string, (b: Bench, product: number) => Promise<unknown>, string[]][] = [
    ['a product write, even an empty one', (b, p) => b.call('PUT', `/products/${p}`, {}), ['product.updated']],
    ['a stock edit by hand', async (b) => b.shop.setStockByHand('A', 3), ['product.updated']],
    [
      'a batch',
      (b, p) => b.call('POST', '/products/batch', { update: [{ id: p, stock_quantity: 1 }] }),
      ['product.updated'],
    ],
    ['an unpaid REST order', (b) => b.order({ line_items: [{ sku: 'A' }] }), ['order.updated', 'order.created']],
    [
      'a paid REST order',
      (b) => b.order({ set_paid: true, line_items: [{ sku: 'A' }] }),
      ['product.updated', 'order.updated', 'order.created'],
    ],
    [
      'a storefront order',
      async (b) => b.shop.buy([{ sku: 'A', quantity: 1 }]),
      ['product.updated', 'order.updated', 'order.created'],
    ],
    ['a product into the trash', (b, p) => b.call('DELETE', `/products/${p}`), ['product.deleted']],
    ['a product forced away', (b, p) => b.call('DELETE', `/products/${p}?force=true`), []],
    ['a product deleted in a batch', (b, p) => b.call('POST', '/products/batch', { delete: [p] }), []],
    ['a setting', (b) => b.call('PUT', '/settings/products/woocommerce_hold_stock_minutes', { value: '5' }), []],
  ]
  it.each(cases)('%s', async (_name, change, expected) => {
    const b = await subscribed()
    await change(b, b.mug)
    await b.settle()
    expect(topics(b)).toEqual(expected)
  })

  const later: [string, (b: Bench, path: string) => Promise<unknown>, string[]][] = [
    ['a status that takes no stock', (b, path) => b.call('PUT', path, { status: 'completed' }), ['order.updated']],
    ['a cancellation', (b, path) => b.call('PUT', path, { status: 'cancelled' }), ['product.updated', 'order.updated']],
    ['order meta', (b, path) => b.call('PUT', path, { meta_data: [{ key: 'k', value: 'v' }] }), ['order.updated']],
    ['a refund of money', (b, path) => b.call('POST', `${path}/refunds`, { amount: '1.00' }), ['order.updated']],
    ['a note', (b, path) => b.call('POST', `${path}/notes`, { note: '3S1' }), []],
    ['an order into the trash', (b, path) => b.call('DELETE', path), ['order.deleted']],
    [
      'an order out of the trash',
      async (b, path) => [await b.call('DELETE', path), await b.call('PUT', path, { status: 'processing' })],
      ['order.deleted'],
    ],
    ['an order forced away', (b, path) => b.call('DELETE', `${path}?force=true`), []],
  ]
  it.each(later)('%s', async (_name, change, expected) => {
    const b = await subscribed()
    const order = await b.order({ set_paid: true, line_items: [{ sku: 'A' }] })
    await b.settle()
    b.mail.length = 0
    await change(b, `/orders/${at(order, 'id')}`)
    await b.settle()
    expect(topics(b)).toEqual(expected)
  })

  it('tells of the variation that changed, or of the parent that counts for it, never both', async () => {
    const b = await subscribed()
    const { body } = await b.call('POST', '/products', {
      name: 'Shirt',
      type: 'variable',
      manage_stock: true,
      stock_quantity: 20,
    })
    const parent = at(body, 'id')
    const add = async (more: object) => at((await b.call('POST', `/products/${parent}/variations`, more)).body, 'id')
    const [own, pooled] = [await add({ manage_stock: true, stock_quantity: 5 }), await add({})]
    await b.settle()
    b.mail.length = 0
    await b.order({ set_paid: true, line_items: [{ product_id: own }] })
    await b.settle()
    await b.order({ set_paid: true, line_items: [{ product_id: pooled }] })
    await b.settle()
    const told = b.mail
      .filter(({ topic }) => topic === 'product.updated')
      .map(({ body }) => [at(body, 'id'), at(body, 'type')])
    expect(told).toEqual([
      [own, 'variation'],
      [parent, 'variable'],
    ])
  })
})

describe('deliveries', () => {
  it('signs the raw body, with PHP’s escapes', async () => {
    const b = await subscribed()
    await b.call('PUT', `/products/${b.mug}`, { name: 'Café €5 / 30€' })
    await b.settle()
    const [mail] = b.mail
    expect(mail?.headers.get('x-wc-webhook-signature')).toBe(signatureOf(mail?.text ?? ''))
    expect(mail?.text).toContain('"name":"Caf\\u00e9 \\u20ac5 \\/ 30\\u20ac"')
    expect(mail?.headers.get('x-wc-webhook-source')).toBe('http://shop.example/')
    expect(at(mail?.body, 'name')).toBe('Café €5 / 30€')
  })

  it('gives several products of one second one delivery id', async () => {
    const b = await subscribed({}, { medianDelayMs: 0 })
    for (const sku of ['B', 'C']) await b.product(sku, 1)
    await b.settle()
    const ids = b.mail.map(({ headers }) => headers.get('x-wc-webhook-delivery-id'))
    expect([ids.length, new Set(ids).size]).toEqual([2, 1])
  })

  it('tells the state of the moment it is sent, once for many changes', async () => {
    const b = await subscribed()
    for (let left = 9; left > 4; left--) await b.call('PUT', `/products/${b.mug}`, { stock_quantity: left })
    const order = await b.order({ customer_note: 'x' })
    await b.call('PUT', `/orders/${at(order, 'id')}`, { status: 'completed' })
    await b.settle()
    expect(topics(b)).toEqual(['product.updated', 'order.updated', 'order.created'])
    expect(b.mail.map(({ body }) => at(body, 'stock_quantity') ?? at(body, 'status'))).toEqual([
      5,
      'completed',
      'completed',
    ])
    await b.call('PUT', `/products/${b.mug}`, { stock_quantity: 4 })
    await b.settle()
    expect(at(b.mail.at(-1)?.body, 'stock_quantity')).toBe(4)
  })

  it('loses the second of two changes when the content is stale', async () => {
    const b = await subscribed({ staleHooks: 1 })
    b.shop.buy([{ sku: 'A', quantity: 1 }])
    b.shop.buy([{ sku: 'A', quantity: 1 }])
    await b.settle()
    expect(
      b.mail.filter(({ topic }) => topic === 'product.updated').map(({ body }) => at(body, 'stock_quantity')),
    ).toEqual([9])
    expect(await b.stock(b.mug)).toBe(8)
  })

  it('sends a signed error for what is gone', async () => {
    const b = await subscribed()
    const id = await b.product('B', 1)
    await b.call('DELETE', `/products/${id}?force=true`)
    await b.settle()
    expect(b.mail.map(({ body }) => at(body, 'code'))).toEqual(['woocommerce_rest_product_invalid_id'])
    expect(b.mail[0]?.headers.get('x-wc-webhook-signature')).toBe(signatureOf(b.mail[0]?.text ?? ''))
  })

  it('loses and doubles as it is told, and a lost one does not silence the next', async () => {
    const gone = await subscribed({}, { lost: 1 })
    await gone.call('PUT', `/products/${gone.mug}`, {})
    await gone.call('PUT', `/products/${gone.mug}`, {})
    await gone.settle()
    // Two changes and the seven pings.
    expect([gone.mail.length, gone.shop.stats().webhooksLost]).toEqual([0, 9])
    const twice = await subscribed({}, { doubled: 1 })
    await twice.call('PUT', `/products/${twice.mug}`, {})
    await twice.settle()
    expect(topics(twice)).toEqual(['product.updated', 'product.updated'])
  })

  it('can bring order.updated and order.created in either order', async () => {
    const b = await subscribed({}, { spread: 1.5 })
    for (let i = 0; i < 20; i++) await b.order({})
    await b.clock.advance(120_000)
    const first = new Map<unknown, string>()
    for (const { topic, body } of b.mail.filter((one) => one.topic !== 'ping'))
      if (!first.has(at(body, 'id'))) first.set(at(body, 'id'), topic)
    expect(new Set(first.values())).toEqual(new Set(['order.updated', 'order.created']))
  })

  it('waits while the API is dark, and nothing is lost by it', async () => {
    const b = await subscribed()
    b.shop.setDark(true)
    b.shop.buy([{ sku: 'A', quantity: 1 }])
    await b.clock.advance(60_000)
    expect([b.mail.length, b.shop.hooksUnderway()]).toEqual([0, 3])
    b.shop.setDark(false)
    await b.settle()
    expect([b.mail.length, b.shop.hooksUnderway()]).toEqual([3, 0])
  })
})

describe('failures', () => {
  const change = async (b: Bench & { mug: number; settle(): Promise<void> }, times: number) => {
    for (let i = 0; i < times; i++) {
      await b.call('PUT', `/products/${b.mug}`, { inventory_delta: -1 })
      await b.settle()
    }
  }
  /** The subscription to product.updated. */
  const status = async (b: Bench) => at((await b.call('GET', '/webhooks/2')).body, 'status')

  it('never sends again what failed', async () => {
    const b = await subscribed()
    b.answerHooksWith(500)
    await change(b, 1)
    await b.clock.advance(86_400_000)
    expect(b.mail).toHaveLength(1)
  })

  it.each([
    [200, 'active'],
    [204, 'active'],
    [301, 'active'],
    [302, 'active'],
    [303, 'disabled'],
    [307, 'disabled'],
    [404, 'disabled'],
    [500, 'disabled'],
  ])('counts %i seven times as %s', async (code, expected) => {
    const b = await subscribed()
    b.answerHooksWith(code)
    await change(b, 6)
    expect(await status(b)).toBe('active')
    await change(b, 1)
    expect(await status(b)).toBe(expected)
  })

  it('starts again after a success, but not after being switched on by hand', async () => {
    const b = await subscribed()
    b.answerHooksWith(500)
    await change(b, 6)
    b.answerHooksWith(200)
    await change(b, 1)
    b.answerHooksWith(500)
    await change(b, 6)
    expect(await status(b)).toBe('active')
    await change(b, 1)
    expect(await status(b)).toBe('disabled')
    b.mail.length = 0
    await change(b, 1)
    expect(b.mail).toHaveLength(0)
    await b.call('PUT', '/webhooks/2', { status: 'active' })
    await change(b, 1)
    expect([b.mail.length, await status(b)]).toEqual([1, 'disabled'])
  })
})
