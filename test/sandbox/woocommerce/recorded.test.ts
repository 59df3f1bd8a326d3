/** The sandbox's answers next to those of a real server: the same keys and types, and for errors the same words. */

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { at, type Bench, bench, hooksUrl, secret } from './bench.ts'

const folder = new URL('../../fixtures/woocommerce-recorded/', import.meta.url)
const recorded = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))

const kind = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** Paths at which two values differ in keys or types. Of lists the first elements count; a meta value may be anything. */
function differences(real: unknown, ours: unknown, path = ''): string[] {
  if (/meta_data\.0\.(value|display_value)$/.test(path)) return []
  if (kind(real) !== kind(ours)) return [`${path}: ${kind(real)} there, ${kind(ours)} here`]
  if (Array.isArray(real) && Array.isArray(ours))
    return real.length > 0 && ours.length > 0 ? differences(real[0], ours[0], `${path}.0`) : []
  if (typeof real !== 'object' || real === null || typeof ours !== 'object' || ours === null) return []
  const keys = new Set([...Object.keys(real), ...Object.keys(ours)])
  return [...keys].flatMap((key) => {
    if (!(key in real)) return [`${path}.${key}: only here`]
    if (!(key in ours)) return [`${path}.${key}: only there`]
    return differences(Reflect.get(real, key), Reflect.get(ours, key), `${path}.${key}`)
  })
}

async function replay(b: Bench, name: string, path?: string, body?: unknown) {
  const sample = recorded(name)
  const ours = await b.call(
    String(at(sample, 'request.method')),
    path ?? String(at(sample, 'request.path')),
    body ?? at(sample, 'request.body'),
  )
  return { ours, sample: { status: at(sample, 'status'), body: at(sample, 'body'), headers: at(sample, 'headers') } }
}

async function expectSame(b: Bench, name: string, path?: string, body?: unknown) {
  const { ours, sample } = await replay(b, name, path, body)
  expect(ours.status).toBe(sample.status)
  expect(differences(sample.body, ours.body)).toEqual([])
  for (const header of Object.keys(sample.headers ?? {})) expect(ours.headers.get(header)).not.toBeNull()
  return ours.body
}

describe('errors, word by word', () => {
  it.each([
    'error-404-order',
    'error-404-product',
    'error-duplicate-sku',
    'error-invalid-json',
    'error-invalid-param',
    'error-method',
    'error-no-route',
    'error-per-page',
    'fulfillments-feature-off',
  ])('%s', async (name) => {
    const b = bench()
    await b.product('MUG-BLUE', 10)
    const { ours, sample } = await replay(b, name)
    expect([ours.status, ours.body]).toEqual([sample.status, sample.body])
  })

  it.each([
    ['error-basic-over-http', 'http', ['rw', 'rw']],
    ['error-no-auth', 'https', undefined],
    ['error-unknown-key', 'https', ['nobody', 'rw']],
    ['error-wrong-secret', 'https', ['rw', 'wrong']],
    ['error-readonly-key-write', 'https', ['r', 'r']],
  ] as const)('%s', async (name, scheme, pair) => {
    const keys = [
      { consumerKey: 'rw', consumerSecret: 'rw', permissions: 'read_write' },
      { consumerKey: 'r', consumerSecret: 'r', permissions: 'read' },
    ] as const
    const b = bench({ keys })
    const sample = recorded(name)
    const headers = pair ? { authorization: `Basic ${Buffer.from(pair.join(':')).toString('base64')}` } : undefined
    const url = `${scheme}://shop.example${at(sample, 'request.path')}`
    const ours = await b.raw(String(at(sample, 'request.method')), url, headers)
    expect([ours.status, ours.body]).toEqual([at(sample, 'status'), at(sample, 'body')])
  })

  it.each([
    'fulfillment-bad-order',
    'fulfillment-get-404',
    'fulfillment-create-no-meta',
    'fulfillment-create-missing-meta-id',
  ])('%s', async (name) => {
    const b = bench({ fulfillments: true })
    const order = await b.order({ line_items: [{ product_id: await b.product('A', 5), quantity: 3 }] })
    const path = String(at(recorded(name), 'request.path')).replace(/orders\/37\d/, `orders/${at(order, 'id')}`)
    const { ours, sample } = await replay(b, name, path)
    expect([ours.status, ours.body]).toEqual([sample.status, sample.body])
  })
})

describe('products', () => {
  it('has the shape of a real one when created, changed and listed', async () => {
    const b = bench()
    await expectSame(b, 'product-create-simple')
    await expectSame(b, 'product-update-stock')
    await expectSame(b, 'batch-duplicate-id')
    const lax = await expectSame(b, 'batch-type-laxness', undefined, { update: [{ id: 11, stock_quantity: 'abc' }] })
    expect(at(lax, 'update.0.stock_status')).toBe('outofstock')
    const { ours, sample } = await replay(b, 'batch-partial-failure')
    for (const part of ['create', 'update.*.error', 'delete'])
      expect(at(ours.body, part)).toEqual(at(sample.body, part))
    expect(at(ours.body, 'update.2.stock_quantity')).toBe(0)
    for (let i = 0; i < 6; i++) await b.product(`P${i}`, i)
    await expectSame(b, 'products-list-page')
    await expectSame(b, 'product-create-variable')
  })

  it('has the shape of real variations, also of one that its parent counts', async () => {
    const b = bench()
    const parent = at((await replay(b, 'product-create-variable')).ours.body, 'id')
    const real = recorded('variation-create')
    const ours = await b.call('POST', `/products/${parent}/variations`, at(real, 'request.body'))
    expect(differences(at(real, 'body'), ours.body)).toEqual([])
    const second = await b.call('POST', `/products/${parent}/variations`, {
      sku: 'SHIRT-M',
      regular_price: '15',
      attributes: [{ name: 'Size', option: 'M' }],
    })
    const body = await expectSame(
      b,
      'variation-get-parent-managed',
      `/products/${parent}/variations/${at(second.body, 'id')}`,
    )
    expect([at(body, 'manage_stock'), at(body, 'stock_quantity')]).toEqual(['parent', 20])
  })
})

describe('orders', () => {
  it('has the shape of real ones', async () => {
    const b = bench()
    await b.product('MUG-BLUE', 10, { regular_price: '9.95' })
    const body = await expectSame(b, 'order-create-processing')
    expect([at(body, 'total'), at(body, 'line_items.0.price')]).toEqual(['29.85', 9.950000000000001])
    await expectSame(b, 'order-get-processing', `/orders/${at(body, 'id')}`)
    await expectSame(b, 'order-create-unknown-product')
    const bogus = { update: [{ id: at(body, 'id'), status: 'shipped' }] }
    const batch = await expectSame(b, 'orders-batch-bogus-status', '/orders/batch', bogus)
    expect([at(batch, 'update.0.status'), await b.stock(11)]).toEqual(['pending', 10])
  })

  it('has the shape of real refunds', async () => {
    const b = bench()
    const product = await b.product('A', 10)
    const order = await b.order({ set_paid: true, line_items: [{ product_id: product, quantity: 3 }] })
    const path = `/orders/${at(order, 'id')}`
    const line = at(order, 'line_items.0.id')
    const refund = (more: object) => ({
      amount: '10.00',
      api_refund: false,
      line_items: [{ id: line, quantity: 1, refund_total: 10 }],
      ...more,
    })
    await expectSame(b, 'refund-create-partial-restock-default', `${path}/refunds`, refund({}))
    await expectSame(b, 'refund-create-no-restock', `${path}/refunds`, refund({ api_restock: false }))
    await b.call('POST', `${path}/refunds`, refund({ api_restock: false }))
    const body = await expectSame(b, 'order-get-refunded', path)
    expect(at(body, 'line_items.0.meta_data.*.key')).toEqual(['_reduced_stock', '_restock_refunded_items'])
  })

  it('has the shape of a real storefront order', async () => {
    const b = bench()
    await b.product('A', 10)
    const bought = b.shop.buy([{ sku: 'A', quantity: 2 }])
    const { ours, sample } = await replay(b, 'order-get-storeapi', `/orders/${bought.ok && bought.order}`)
    // The recorded one waited for a bank transfer; this one is paid.
    expect(differences(sample.body, ours.body)).toEqual([
      '.date_paid: null there, string here',
      '.date_paid_gmt: null there, string here',
    ])
  })

  it('has the shape of real fulfilments', async () => {
    const b = bench({ fulfillments: true })
    const order = await b.order({ set_paid: true, line_items: [{ product_id: await b.product('A', 9), quantity: 3 }] })
    const root = `/orders/${at(order, 'id')}/fulfillments`
    const items = (qty: number) => ({ id: 0, key: '_items', value: [{ item_id: at(order, 'line_items.0.id'), qty }] })
    const number = { id: 0, key: '_tracking_number', value: '3STEST123456789' }
    const first = await expectSame(b, 'fulfillment-create', root, {
      status: 'fulfilled',
      meta_data: [number, items(2)],
    })
    const one = `${root}/${at(first, 'id')}`
    await expectSame(b, 'fulfillments-list', root)
    const after = await expectSame(b, 'order-get-after-fulfillment', `/orders/${at(order, 'id')}`)
    expect([at(after, 'status'), at(after, 'meta_data.0.value')]).toEqual(['processing', 'partially_fulfilled'])
    await expectSame(b, 'fulfillment-update', one, {
      status: 'fulfilled',
      meta_data: [{ key: '_tracking_number', value: '3SNEW' }, items(2)],
    })
    await expectSame(b, 'fulfillment-create-over-qty', root, { status: 'fulfilled', meta_data: [number, items(5)] })
    await expectSame(b, 'fulfillment-lookup', `${root}/lookup?tracking_number=3SABCD1234567`)
    await expectSame(b, 'fulfillment-delete', one)
  })

  it('has the shape of the tracking plugin', async () => {
    const b = bench({ shipmentTracking: true })
    const order = await b.order({ set_paid: true, line_items: [{ product_id: await b.product('A', 9), quantity: 2 }] })
    const root = `/wp-json/wc-shipment-tracking/v3/orders/${at(order, 'id')}/shipment-trackings`
    await expectSame(b, 'ast-create', root)
    await expectSame(b, 'order-get-with-ast', `/orders/${at(order, 'id')}`)
    const second = await expectSame(b, 'ast-create-complete', root)
    await expectSame(b, 'ast-list', root)
    await expectSame(b, 'ast-delete', `${root}/${at(second, 'tracking_id')}`)
    expect(at((await b.call('GET', `/orders/${at(order, 'id')}`)).body, 'status')).toBe('completed')
  })
})

describe('webhooks', () => {
  const creates = readdirSync(folder).filter((file) => file.startsWith('webhook-create-'))
  it.each(creates)('%s', async (file) => {
    const name = file.replace('.json', '')
    const body = await expectSame(bench(), name)
    expect(at(body, 'hooks')).toEqual(at(recorded(name), 'body.hooks'))
  })

  it('shows one that was disabled and one that was switched on again', async () => {
    const b = bench()
    await b.subscribe('order.updated')
    b.answerHooksWith(500)
    for (let i = 0; i < 7; i++) {
      await b.order({ customer_note: String(i) })
      await b.clock.advance(1)
    }
    await expectSame(b, 'webhook-get-disabled', '/webhooks/1')
    await expectSame(b, 'webhook-reactivate', '/webhooks/1')
  })

  const delivered = async (topic: string, cause: (b: Bench) => Promise<unknown>, chaosMs = 5) => {
    const b = bench({}, { medianDelayMs: chaosMs })
    await b.call('POST', '/webhooks', { topic, delivery_url: hooksUrl, secret })
    await cause(b)
    await b.clock.advance(10_000)
    const mail = b.mail.find((one) => one.topic === topic)
    if (!mail) throw new Error(`no ${topic} came`)
    return mail
  }
  const anOrder = async (b: Bench) =>
    b.order({ set_paid: true, line_items: [{ product_id: await b.product('A', 9), quantity: 1 }] })
  const trashed = async (b: Bench) => b.call('DELETE', `/products/${await b.product('A', 9)}`)

  it.each([
    ['order.created', 'webhook-delivery-order.created', anOrder],
    ['order.updated', 'webhook-delivery-order.updated', anOrder],
    [
      'order.deleted',
      'webhook-delivery-order.deleted',
      async (b: Bench) => b.call('DELETE', `/orders/${at(await anOrder(b), 'id')}`),
    ],
    ['product.created', 'webhook-delivery-product.created', (b: Bench) => b.product('A', 1)],
    ['product.deleted', 'webhook-delivery-product.deleted', trashed],
    [
      'product.created',
      'webhook-delivery-error-body',
      async (b: Bench) => b.call('DELETE', `/products/${await b.product('A', 1)}?force=true`),
    ],
    [
      'product.updated',
      'webhook-delivery-product.updated-variation',
      async (b: Bench) => {
        const parent = at((await replay(b, 'product-create-variable')).ours.body, 'id')
        const child = at(
          (
            await b.call('POST', `/products/${parent}/variations`, {
              manage_stock: true,
              stock_quantity: 3,
              regular_price: '15',
              attributes: [{ name: 'Size', option: 'M' }],
            })
          ).body,
          'id',
        )
        await b.call('PUT', `/products/${parent}/variations/${child}`, { stock_quantity: 2 })
      },
    ],
    [
      'product.updated',
      'webhook-delivery-product.updated',
      async (b: Bench) => {
        const id = await b.product('A', 1)
        await b.call('DELETE', `/products/${id}`)
        await b.call('PUT', `/products/${id}`, { stock_quantity: 2 })
      },
    ],
    [
      'product.restored',
      'webhook-delivery-product.restored',
      async (b: Bench) => {
        const id = await b.product('A', 1)
        await b.call('DELETE', `/products/${id}`)
        await b.call('PUT', `/products/${id}`, { status: 'publish' })
      },
    ],
  ] as const)('%s like %s', async (topic, name, cause) => {
    const mail = await delivered(topic, cause)
    const real = recorded(name)
    const headers = at(real, 'headers')
    for (const header of Array.isArray(headers) ? headers : []) expect(mail.headers.get(header), header).not.toBeNull()
    expect(differences(JSON.parse(String(at(real, 'body'))), mail.body)).toEqual([])
    if (mail.text.includes('http')) expect(mail.text).toContain('http:\\/\\/shop.example\\/')
  })

  it('pings as a real shop does', async () => {
    const b = bench()
    await b.call('POST', '/webhooks', { topic: 'order.created', delivery_url: hooksUrl, secret })
    await b.clock.advance(1)
    const real = recorded('webhook-delivery-ping')
    expect(b.mail.map(({ text }) => text)).toEqual([at(real, 'body')])
    const names = [...(b.mail[0]?.headers.keys() ?? [])]
    expect(names.filter((name) => name.startsWith('x-wc'))).toEqual([])
    expect(b.mail[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
  })
})
