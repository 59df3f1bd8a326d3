/** Orders, refunds, fulfilments and tracking: what each step does to stock. */

import { describe, expect, it } from 'vitest'
import { at, type Bench, bench } from './bench.ts'

const statuses = ['pending', 'failed', 'cancelled', 'refunded', 'checkout-draft', 'on-hold', 'processing', 'completed']

async function paidOrder(b: Bench, quantity = 3) {
  const product = await b.product('A', 10)
  const order = await b.order({ set_paid: true, line_items: [{ product_id: product, quantity }] })
  const path = `/orders/${at(order, 'id')}`
  const put = async (body: object) => (await b.call('PUT', path, body)).body
  return { product, order, path, put, line: at(order, 'line_items.0.id'), left: () => b.stock(product) }
}

const reduced = (order: unknown) => at(order, 'line_items.*.meta_data')

describe('the stock of an order of 3 of 10', () => {
  it.each(statuses)('created as %s', async (status) => {
    const b = bench()
    const product = await b.product('A', 10)
    const order = await b.order({ status, line_items: [{ product_id: product, quantity: 3 }] })
    const takes = ['on-hold', 'processing', 'completed'].includes(status)
    expect([at(order, 'status'), await b.stock(product)]).toEqual([status, takes ? 7 : 10])
    expect(at(order, 'line_items.0.meta_data.*.value')).toEqual(takes ? ['3'] : [])
  })

  it.each([
    ['completed', 7],
    ['on-hold', 7],
    ['pending', 10],
    ['cancelled', 10],
    ['failed', 7],
    ['refunded', 7],
  ])('moved from processing to %s: %i', async (status, left) => {
    const b = bench()
    const { put, left: now } = await paidOrder(b)
    await put({ status })
    expect(await now()).toBe(left)
  })

  it('keeps the stock in the trash and after a force delete', async () => {
    const b = bench()
    const { path, left } = await paidOrder(b)
    await b.call('DELETE', path)
    expect([at((await b.call('GET', path)).body, 'status'), await left()]).toEqual(['trash', 7])
    await b.call('DELETE', `${path}?force=true`)
    expect([(await b.call('GET', path)).status, await left()]).toEqual([404, 7])
  })

  it('never moves twice for the same reason', async () => {
    const b = bench()
    const { put, left } = await paidOrder(b)
    const walk: [string, number][] = [
      ['processing', 7],
      ['cancelled', 10],
      ['cancelled', 10],
      ['processing', 7],
      ['failed', 7],
      ['pending', 10],
      ['completed', 7],
    ]
    for (const [status, expected] of walk) {
      await put({ status })
      expect(await left(), status).toBe(expected)
    }
  })

  it('refuses a status nobody knows, but a batch makes it pending and gives the stock back', async () => {
    const b = bench()
    const { put, order, left } = await paidOrder(b)
    expect(at(await put({ status: 'shipped' }), 'code')).toBe('rest_invalid_param')
    const { body } = await b.call('POST', '/orders/batch', { update: [{ id: at(order, 'id'), status: 'shipped' }] })
    expect([at(body, 'update.0.status'), await left()]).toEqual(['pending', 10])
    expect(reduced(at(body, 'update.0'))).toEqual([[]])
  })

  it('follows edited lines at once', async () => {
    const b = bench()
    const { put, line, left } = await paidOrder(b)
    const second = await b.product('B', 4)
    await put({ line_items: [{ id: line, quantity: 5 }] })
    expect(await left()).toBe(5)
    await put({ line_items: [{ sku: 'B', quantity: 2 }] })
    expect(await b.stock(second)).toBe(2)
    const after = await put({ line_items: [{ id: line, quantity: 0 }] })
    expect([await left(), at(after, 'line_items.*.sku')]).toEqual([10, ['B']])
  })
})

describe('what REST orders may be', () => {
  it('is never refused for stock', async () => {
    const b = bench()
    const product = await b.product('A', 2)
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        b.call('POST', '/orders', { set_paid: true, line_items: [{ product_id: product, quantity: 1 }] }),
      ),
    )
    expect([answers.map(({ status }) => status), await b.stock(product)]).toEqual([[201, 201, 201, 201, 201, 201], -4])
  })

  it('resolves a bare sku and a variation given as product, takes the unknown, refuses a line of nothing', async () => {
    const b = bench()
    const parent = at(
      (await b.call('POST', '/products', { name: 'Shirt', type: 'variable', manage_stock: true, stock_quantity: 20 }))
        .body,
      'id',
    )
    const child = at(
      (await b.call('POST', `/products/${parent}/variations`, { sku: 'S', regular_price: '15' })).body,
      'id',
    )
    const order = await b.order({
      set_paid: true,
      line_items: [{ product_id: child }, { sku: 'S', quantity: 2 }, { sku: 'NONE' }],
    })
    expect(at(order, 'line_items.*.product_id')).toEqual([parent, parent, 0])
    expect(at(order, 'line_items.*.variation_id')).toEqual([child, child, 0])
    expect(at(order, 'line_items.*.sku')).toEqual(['S', 'S', null])
    expect([at(order, 'total'), await b.stock(Number(parent))]).toEqual(['45.00', 17])
    const { status, body } = await b.call('POST', '/orders', { line_items: [{ quantity: 1 }] })
    expect([status, at(body, 'code')]).toEqual([400, 'woocommerce_rest_required_product_reference'])
  })

  it('makes a second order of the same request, key or not', async () => {
    const b = bench()
    const headers = { 'idempotency-key': 'same' }
    const ids = [await b.call('POST', '/orders', {}, headers), await b.call('POST', '/orders', {}, headers)].map(
      ({ body }) => at(body, 'id'),
    )
    expect(ids[0]).not.toBe(ids[1])
  })

  it('keeps prices, meta and address as given, and updates meta in place', async () => {
    const b = bench()
    const product = await b.product('A', 9)
    const order = await b.order({
      line_items: [{ product_id: product, quantity: 2, subtotal: '20.00', total: '15.50' }],
      shipping_lines: [{ method_id: 'flat_rate', method_title: 'Post', total: '4.95' }],
      meta_data: [{ key: '_ref', value: { a: 1 } }],
      billing: { email: 'a@example.test', country: 'NL' },
    })
    expect([at(order, 'total'), at(order, 'discount_total'), at(order, 'shipping_total')]).toEqual([
      '20.45',
      '4.50',
      '4.95',
    ])
    const put = async (meta: object[]) =>
      at((await b.call('PUT', `/orders/${at(order, 'id')}`, { meta_data: meta })).body, 'meta_data')
    expect(at(await put([{ key: '_ref', value: 'b' }]), '*.value')).toEqual(['b'])
    expect(await put([{ key: '_ref', value: null }])).toEqual([])
  })
})

describe('refunds', () => {
  it('gives back by default, as told otherwise, and a later cancel gives only the rest', async () => {
    const b = bench()
    const { put, path, line, left } = await paidOrder(b)
    const refund = (more: object = {}) =>
      b.call('POST', `${path}/refunds`, {
        amount: '10.00',
        line_items: [{ id: line, quantity: 1, refund_total: '10' }],
        ...more,
      })
    await refund()
    expect(await left()).toBe(8)
    await refund({ api_restock: false })
    expect(await left()).toBe(8)
    const order = await put({ status: 'cancelled' })
    expect([at(order, 'refunds.*.total'), await left()]).toEqual([['-10.00', '-10.00'], 10])
  })

  it('gives nothing back to a line that took nothing', async () => {
    const b = bench()
    const product = await b.product('A', 10)
    const order = await b.order({ line_items: [{ product_id: product, quantity: 3 }] })
    const line_items = [{ id: at(order, 'line_items.0.id'), quantity: 1, refund_total: '10.00' }]
    const { status } = await b.call('POST', `/orders/${at(order, 'id')}/refunds`, { amount: '10.00', line_items })
    expect([status, await b.stock(product)]).toEqual([201, 10])
  })

  it('lists a refund with its lines, and undoes one only by force', async () => {
    const b = bench()
    const { path, line } = await paidOrder(b)
    const { body } = await b.call('POST', `${path}/refunds`, {
      amount: '5.00',
      reason: 'late',
      line_items: [{ id: line, quantity: 0, refund_total: '5.00' }],
    })
    const one = `${path}/refunds/${at(body, 'id')}`
    expect(at((await b.call('GET', one)).body, 'line_items.0.total')).toBe('-5.00')
    expect((await b.call('DELETE', one)).status).toBe(501)
    expect((await b.call('DELETE', `${one}?force=true`)).status).toBe(200)
    expect((await b.call('GET', `${path}/refunds`)).body).toEqual([])
  })

  it('becomes refunded when the money is all back, without stock for money alone', async () => {
    const b = bench()
    const { path, left } = await paidOrder(b)
    await b.call('POST', `${path}/refunds`, { amount: '12.50' })
    expect(at((await b.call('GET', path)).body, 'status')).toBe('processing')
    await b.call('POST', `${path}/refunds`, { amount: '17.50' })
    expect([at((await b.call('GET', path)).body, 'status'), await left()]).toEqual(['refunded', 7])
  })

  it('answers 500 with a bare number for one that is too big', async () => {
    const b = bench()
    const { path } = await paidOrder(b)
    const { status, body } = await b.call('POST', `${path}/refunds`, { amount: '30.01' })
    expect([status, body]).toEqual([
      500,
      { code: 'woocommerce_rest_cannot_create_order_refund', message: 'Invalid refund amount.', data: 500 },
    ])
  })

  it('books a status set to refunded as a refund without stock', async () => {
    const b = bench()
    const { put, path, left } = await paidOrder(b)
    expect(at(await put({ status: 'refunded' }), 'refunds.*.total')).toEqual(['-30.00'])
    expect(at((await b.call('GET', `${path}/refunds`)).body, '*.amount')).toEqual(['30.00'])
    expect(await left()).toBe(7)
  })
})

describe('fulfilments', () => {
  async function setup() {
    const b = bench({ fulfillments: true })
    const { path, line, order } = await paidOrder(b)
    const root = `${path}/fulfillments`
    const meta = (entries: Record<string, unknown>, id?: number) =>
      Object.entries(entries).map(([key, value]) => ({ ...(id === undefined ? {} : { id }), key, value }))
    const items = (qty: number) => ({ _items: [{ item_id: line, qty }] })
    return { b, path, root, order, meta, items }
  }

  it('drops meta without id, checks hardly anything, and shows on the order only as a mark', async () => {
    const { b, path, root, meta, items } = await setup()
    const post = (body: object) => b.call('POST', root, body)
    expect((await post({ status: 'fulfilled', meta_data: meta(items(1)) })).status).toBe(400)
    const odd = await post({
      status: 'sent',
      meta_data: meta({ ...items(9), _tracking_number: 'X', _shipment_provider: 'nobody' }, 0),
    })
    expect([odd.status, at(odd.body, 'status')]).toEqual([201, 'unfulfilled'])
    await post({ status: 'fulfilled', meta_data: meta({ ...items(3), _tracking_number: 'X' }, 0) })
    const after = (await b.call('GET', path)).body
    expect([at(after, 'status'), at(after, 'meta_data.0.value')]).toEqual(['processing', 'fulfilled'])
  })

  it('replaces all meta in an update', async () => {
    const { b, root, meta, items } = await setup()
    const { body } = await b.call('POST', root, {
      status: 'fulfilled',
      meta_data: meta({ ...items(3), _tracking_number: 'X', _conn: '1' }, 0),
    })
    const one = `${root}/${at(body, 'id')}`
    expect((await b.call('PUT', one, { meta_data: meta({ _tracking_number: 'Y' }) })).status).toBe(400)
    const put = await b.call('PUT', one, {
      status: 'fulfilled',
      meta_data: meta({ ...items(3), _tracking_number: 'Y' }),
    })
    expect(at(put.body, 'meta_data.*.key')).toEqual(['_items', '_tracking_number', '_date_fulfilled'])
  })

  it('shows a guest’s parcels to anybody', async () => {
    const { b, root } = await setup()
    expect((await b.raw('GET', `https://shop.example/wp-json/wc/v3${root}`)).status).toBe(200)
    expect((await b.raw('POST', `https://shop.example/wp-json/wc/v3${root}`)).status).toBe(401)
  })

  it('is told by the system status', async () => {
    const enabled = async (b: Bench) => at((await b.call('GET', '/system_status')).body, 'settings.enabled_features')
    expect(await enabled((await setup()).b)).toContain('fulfillments')
    expect(await enabled(bench())).not.toContain('fulfillments')
  })
})

describe('tracking plugin', () => {
  it('is no route without it', async () => {
    const b = bench()
    const { path } = await paidOrder(b)
    const { status, body } = await b.call('GET', `/wp-json/wc-shipment-tracking/v3${path}/shipment-trackings`)
    expect([status, at(body, 'code')]).toEqual([404, 'rest_no_route'])
  })

  it('takes repeats, blanks an unknown carrier, replaces when told, and keeps all in one meta', async () => {
    const b = bench({ shipmentTracking: true })
    const { path, put } = await paidOrder(b)
    const root = `/wp-json/wc-shipment-tracking/v3${path}/shipment-trackings`
    const add = (body: object) => b.call('POST', root, body)
    expect((await add({ tracking_provider: 'PostNL' })).status).toBe(400)
    await add({ tracking_provider: 'PostNL', tracking_number: '3S1' })
    const again = await add({ tracking_provider: 'Pigeon', tracking_number: '3S1' })
    expect([again.status, at(again.body, 'tracking_provider'), at(again.body, 'tracking_link')]).toEqual([201, '', ''])
    expect(at((await b.call('GET', root)).body, '*.tracking_number')).toEqual(['3S1', '3S1'])
    await add({ tracking_provider: 'PostNL', tracking_number: '3S2', replace_tracking: 1 })
    expect(at((await b.call('GET', path)).body, 'meta_data.0.value.*.tracking_number')).toEqual(['3S2'])
    await put({
      meta_data: [
        {
          key: '_wc_shipment_tracking_items',
          value: [
            { tracking_provider: 'postnl', tracking_number: '3S3', tracking_id: 'x', date_shipped: '1795305600' },
          ],
        },
      ],
    })
    expect(at((await b.call('GET', root)).body, '*.tracking_number')).toEqual(['3S3'])
  })
})

describe('notes and settings', () => {
  it('lists notes, newest first, with the shop’s own about statuses', async () => {
    const b = bench()
    const { path, put } = await paidOrder(b)
    await put({ status: 'completed' })
    await b.call('POST', `${path}/notes`, { note: 'PostNL 3S1', customer_note: true })
    expect(at((await b.call('GET', `${path}/notes`)).body, '*.note')).toEqual([
      'PostNL 3S1',
      'Order status changed from Processing to Completed.',
    ])
    expect(at((await b.call('GET', `${path}/notes?type=customer`)).body, '*.note')).toEqual(['PostNL 3S1'])
  })

  it('tells how long stock is held', async () => {
    const b = bench({ holdStockMinutes: 30 })
    expect(at((await b.call('GET', '/settings/products/woocommerce_hold_stock_minutes')).body, 'value')).toBe('30')
    expect((await b.call('GET', '/settings/products/woocommerce_feature_fulfillments_enabled')).status).toBe(404)
  })
})
