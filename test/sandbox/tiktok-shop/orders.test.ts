/** An order's life on the clock, what the API tells of it and when, and how stock follows. */

import { expect, test } from 'vitest'
import { bench, benchWithOrder, buy, hourMs, look, minuteMs, orderDetail } from './support.ts'

const search = '/order/202309/orders/search'

function stocked(options: Parameters<typeof bench>[0] = {}) {
  const made = bench(options)
  made.shop.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 10 })
  return made
}

async function stockOf({ call }: Pick<ReturnType<typeof bench>, 'call'>, sku: string) {
  const found = await call('POST', '/product/202502/products/search', {
    query: { page_size: '10' },
    body: { seller_skus: [sku] },
  })
  const id = found.data.text('products', 0, 'skus', 0, 'id')
  const { data } = await call('POST', '/product/202309/inventory/search', { body: { sku_ids: [id] } })
  const row = look(data.at('inventory', 0, 'skus', 0))
  return [row.at('total_available_quantity'), row.at('total_committed_quantity')]
}

test('an order goes from unpaid over its hour to the door, each at its own time', async () => {
  const made = stocked({ unpaidMs: 5 * minuteMs, collectMs: hourMs, transitMs: 2 * hourMs })
  const start = made.clock.now()
  const id = buy(made, [{ sku: 'MUG', quantity: 1 }])
  const seen: [string, unknown][] = []
  const look = async () => {
    const order = await orderDetail(made, id)
    const minutes = (Number(order.at('update_time')) * 1000 - start) / minuteMs
    seen.push([order.text('status'), minutes])
  }
  await look()
  await made.clock.advance(10 * minuteMs)
  await look()
  await made.clock.advance(hourMs)
  await look()
  made.shop.ship(id, { carrier: 'PostNL', number: '3SABCD1234567' })
  await look()
  await made.clock.advance(hourMs)
  await look()
  await made.clock.advance(2 * hourMs)
  await look()
  expect(seen).toEqual([
    ['UNPAID', 0],
    ['ON_HOLD', 5],
    ['AWAITING_SHIPMENT', 65],
    ['AWAITING_COLLECTION', 70],
    ['IN_TRANSIT', 130],
    ['DELIVERED', 250],
  ])
})

test('one line per unit, ids of 19 digits, and no buyer while on hold', async () => {
  const made = stocked()
  const id = buy(made, [{ sku: 'MUG', quantity: 3 }])
  const held = await orderDetail(made, id)
  expect(held.list('line_items')).toHaveLength(3)
  expect(held.list('line_items').every((line) => line.at('quantity') === undefined)).toBe(true)
  expect(new Set(held.list('line_items').map((line) => line.text('id'))).size).toBe(3)
  for (const name of ['id', 'warehouse_id', 'delivery_option_id']) expect(held.text(name)).toMatch(/^\d{19}$/)
  expect(held.at('is_on_hold_order')).toBe(true)
  for (const name of ['recipient_address', 'buyer_email', 'user_id']) expect(held.at(name)).toBeUndefined()
  expect(held.at('payment', 'total_amount')).toBe('37.50')
  await made.clock.advance(hourMs)
  const ready = await orderDetail(made, id)
  expect(ready.at('is_on_hold_order')).toBe(false)
  expect(ready.at('recipient_address', 'region_code')).toBe('NL')
})

test('stock leaves the shelf at once, waits as committed, and is gone when shipped', async () => {
  const made = stocked({ unpaidMs: hourMs })
  const id = buy(made, [{ sku: 'MUG', quantity: 4 }])
  expect(await stockOf(made, 'MUG')).toEqual([6, 4])
  await made.clock.advance(2 * hourMs)
  expect(await stockOf(made, 'MUG')).toEqual([6, 4])
  expect(made.shop.ship(id, { carrier: 'PostNL', number: '3SABCD1234567' })).toBe(true)
  expect(await stockOf(made, 'MUG')).toEqual([6, 0])
  expect(made.shop.ship(id, { carrier: 'PostNL', number: '3SABCD7654321' })).toBe(false)
})

test('a buyer gets what is there and nothing more, all or nothing', async () => {
  const made = stocked()
  made.shop.addProduct({ sku: 'TEE', title: 'T-shirt', price: '20.00', quantity: 1 })
  const both = (mugs: number, tees: number) =>
    made.shop.buy([
      { sku: 'MUG', quantity: mugs },
      { sku: 'TEE', quantity: tees },
    ])
  expect(both(1, 2)).toEqual({ ok: false, reason: 'out_of_stock' })
  expect(made.shop.shelf()).toEqual(
    new Map([
      ['MUG', 10],
      ['TEE', 1],
    ]),
  )
  expect(
    made.shop.buy([
      { sku: 'MUG', quantity: 6 },
      { sku: 'MUG', quantity: 6 },
    ]),
  ).toEqual({ ok: false, reason: 'out_of_stock' })
  expect(made.shop.buy([{ sku: 'CAP', quantity: 1 }])).toEqual({ ok: false, reason: 'unknown_sku' })
  expect(both(10, 1).ok).toBe(true)
  expect(both(1, 0)).toEqual({ ok: false, reason: 'out_of_stock' })
  made.shop.setStockByHand('MUG', 2)
  expect(await stockOf(made, 'MUG')).toEqual([2, 10])
})

test('a product that is not active is not sold', () => {
  const { shop } = stocked()
  shop.setProductStatus('MUG', 'SELLER_DEACTIVATED')
  expect(shop.shelf().get('MUG')).toBe(0)
  expect(shop.buy([{ sku: 'MUG', quantity: 1 }])).toEqual({ ok: false, reason: 'out_of_stock' })
})

test('the list filters by status and time, sorts, and pages without losing an order', async () => {
  const made = stocked({ requestsPerSecond: 100 })
  const ids: string[] = []
  for (let i = 0; i < 5; i++) {
    ids.push(buy(made, [{ sku: 'MUG', quantity: 1 }]))
    await made.clock.advance(minuteMs)
  }
  const query = { page_size: '2', sort_field: 'update_time', sort_order: 'ASC' }
  const seen: string[] = []
  let token = ''
  do {
    const { data } = await made.call('POST', search, { query: { ...query, page_token: token || undefined } })
    expect(data.at('total_count')).toBe(5)
    seen.push(...data.list('orders').map((order) => order.text('id')))
    token = data.text('next_page_token')
    // An order that moves between two pages comes again at the end.
    if (seen.length === 2) made.shop.cancel(ids[0] ?? '')
    if (token) expect(token).toMatch(/^\+\+\+\/.*=$/)
  } while (token)
  expect(seen).toEqual([...ids, ids[0]])
  await made.clock.advance(minuteMs)
  const since = Math.floor(made.clock.now() / 1000)
  made.shop.cancel(ids[1] ?? '')
  const changed = await made.call('POST', search, { query, body: { update_time_ge: since, order_status: 'CANCELLED' } })
  expect(changed.data.list('orders').map((order) => order.text('id'))).toEqual([ids[1]])
  const until = await made.call('POST', search, { query, body: { update_time_lt: since } })
  expect(until.data.at('total_count')).toBe(4)
})

test('the list refuses what the platform refuses', async () => {
  const { call } = stocked({ requestsPerSecond: 100 })
  const code = async (query: Record<string, string>, body?: unknown) =>
    (await call('POST', search, { query, body })).code
  expect(await code({})).toBe(0)
  expect(await code({ page_size: '0' })).toBe(98001004)
  expect(await code({ page_size: '101' })).toBe(98001004)
  expect(await code({ sort_field: 'paid_time' })).toBe(98001004)
  expect(await code({ page_token: 'AAAA' })).toBe(98001004)
  expect(await code({}, { order_status: 'CANCEL' })).toBe(98001004)
  expect(await code({}, { update_time_ge: '1' })).toBe(98001004)
  expect(await code({}, { update_time_le: 1 })).toBe(98001004)
})

test('a list that runs behind shows a new order late, its detail at once', async () => {
  const made = stocked({ listLagMs: 30_000 })
  const id = buy(made, [{ sku: 'MUG', quantity: 1 }])
  const listed = async (body?: unknown) =>
    (await made.call('POST', search, { body })).data.list('orders').map((order) => order.text('status'))
  expect(await listed()).toEqual([])
  expect((await orderDetail(made, id)).text('status')).toBe('ON_HOLD')
  await made.clock.advance(30_000)
  expect(await listed()).toEqual(['ON_HOLD'])
  made.shop.cancel(id)
  // Found by what the list still knew, shown as it is now.
  expect(await listed({ order_status: 'ON_HOLD' })).toEqual(['CANCELLED'])
  await made.clock.advance(30_000)
  expect(await listed({ order_status: 'ON_HOLD' })).toEqual([])
  expect(await listed({ order_status: 'CANCELLED' })).toEqual(['CANCELLED'])
})

test('details come by id, at most fifty, unknown ids left out', async () => {
  const made = stocked()
  const id = buy(made, [{ sku: 'MUG', quantity: 1 }])
  const detail = (ids: string) => made.call('GET', '/order/202507/orders', { query: { ids } })
  expect((await detail(`${id},5760000000000000000`)).data.list('orders')).toHaveLength(1)
  expect((await detail(Array(51).fill(id).join(','))).code).toBe(98001004)
  expect((await detail('')).code).toBe(98001004)
})

test('an order that is never paid is cancelled by the platform, and its stock is back', async () => {
  const made = stocked({ unpaidMs: hourMs, abandonedFraction: 1 })
  const id = buy(made, [{ sku: 'MUG', quantity: 4 }])
  const due = Math.floor((made.clock.now() + hourMs) / 1000)
  await made.clock.advance(3 * hourMs)
  const order = await orderDetail(made, id)
  expect([order.at('status'), order.at('cancellation_initiator'), order.at('update_time')]).toEqual([
    'CANCELLED',
    'SYSTEM',
    due,
  ])
  expect(made.shop.shelf().get('MUG')).toBe(10)
})

test('the buyer cancels freely while on hold; the stock is back', async () => {
  const made = stocked()
  const id = buy(made, [{ sku: 'MUG', quantity: 4 }])
  expect(made.shop.cancel(id)).toBe(true)
  expect(made.shop.cancel(id)).toBe(false)
  expect(await stockOf(made, 'MUG')).toEqual([10, 0])
  await made.clock.advance(2 * hourMs)
  const order = await orderDetail(made, id)
  expect(order.text('status')).toBe('CANCELLED')
  expect(order.at('cancellation_initiator')).toBe('BUYER')
  expect(order.list('line_items').map((line) => line.at('display_status'))).toEqual(Array(4).fill('CANCELLED'))
  expect(order.at('recipient_address')).toBeUndefined()
})

test('the summary of an order speaks of units and parcels', async () => {
  const { shop, order } = await benchWithOrder()
  shop.ship(order, { carrier: 'DPD', number: '05212345678901' })
  expect(shop.orders()).toEqual([
    expect.objectContaining({
      id: order,
      status: 'AWAITING_COLLECTION',
      shipped: true,
      cancelled: false,
      lines: [
        { sku: 'MUG', quantity: 2 },
        { sku: 'TEE', quantity: 1 },
      ],
      tracking: [{ carrier: 'DPD', number: '05212345678901' }],
    }),
  ])
})
