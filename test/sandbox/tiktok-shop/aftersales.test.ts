/** Cancellations by both sides, and returns. */

import { expect, test } from 'vitest'
import { bench, benchWithOrder, buy, hourMs, orderDetail } from './support.ts'

const root = '/return_refund/202309'

async function asked(options: Parameters<typeof benchWithOrder>[0] = {}) {
  const made = await benchWithOrder({ requestsPerSecond: 100, ...options })
  expect(made.shop.cancel(made.order)).toBe(false)
  const { data } = await made.call('POST', `${root}/cancellations/search`, { body: { order_ids: [made.order] } })
  return { ...made, cancellation: data.list('cancellations')[0], id: data.text('cancellations', 0, 'cancel_id') }
}

test('after the hour a buyer asks, and the order stands until the seller answers', async () => {
  const made = await asked()
  expect(made.cancellation?.at('cancel_type')).toBe('BUYER_CANCEL')
  expect(made.cancellation?.at('cancel_status')).toBe('CANCELLATION_REQUEST_PENDING')
  expect(made.cancellation?.list('cancel_line_items')).toHaveLength(3)
  const order = await orderDetail(made, made.order)
  expect([order.at('status'), order.at('is_buyer_request_cancel')]).toEqual(['AWAITING_SHIPMENT', true])
  expect(made.shop.shelf().get('MUG')).toBe(8)
  expect(made.shop.ship(made.order, { carrier: 'PostNL', number: '3S1' })).toBe(false)
})

test('approved, the order is cancelled and the stock is back; the same key is the same answer', async () => {
  const made = await asked()
  const approve = (key?: string) =>
    made.call('POST', `${root}/cancellations/${made.id}/approve`, { query: { idempotency_key: key } })
  expect((await approve('once')).code).toBe(0)
  expect((await approve('once')).code).toBe(0)
  expect((await approve('twice')).code).toBe(25001010)
  expect((await approve('k'.repeat(256))).code).toBe(98001004)
  const order = await orderDetail(made, made.order)
  expect([order.at('status'), order.at('is_buyer_request_cancel')]).toEqual(['CANCELLED', false])
  expect(made.shop.shelf().get('MUG')).toBe(10)
})

test('rejected, the order goes on and can be shipped', async () => {
  const made = await asked()
  const reject = (body: unknown) => made.call('POST', `${root}/cancellations/${made.id}/reject`, { body })
  expect((await reject({ comment: 'on its way' })).code).toBe(98001004)
  expect((await reject({ reject_reason: 'seller_reject_apply_product_has_been_packed' })).code).toBe(0)
  const statuses = async (cancel_status: string) =>
    (await made.call('POST', `${root}/cancellations/search`, { body: { cancel_status: [cancel_status] } })).data.at(
      'total_count',
    )
  // Asked by either spelling, answered with the longer.
  expect(await statuses('CANCELLATION_REQUEST_CANCEL')).toBe(1)
  expect(await statuses('CANCELLATION_REQUEST_CANCELLED')).toBe(1)
  expect(await statuses('CANCELLATION_REQUEST_PENDING')).toBe(0)
  expect(made.shop.ship(made.order, { carrier: 'PostNL', number: '3S1' })).toBe(true)
})

test('the seller cancels whole orders that have not left', async () => {
  const made = await benchWithOrder({ requestsPerSecond: 100 })
  const cancel = (body: Record<string, unknown> = {}, order_id = made.order) =>
    made.call('POST', `${root}/cancellations`, {
      body: { order_id, cancel_reason: 'seller_cancel_out_of_stock', ...body },
    })
  const line = (await orderDetail(made, made.order)).text('line_items', 0, 'id')
  expect((await cancel({ order_line_item_ids: [line] })).code).toBe(21001001)
  expect((await cancel({ order_line_item_ids: ['5770000000000000000'] })).code).toBe(21001001)
  expect((await cancel({ cancel_reason: '' })).code).toBe(98001004)
  expect((await cancel({}, '5760000000000000000')).code).toBe(21008111)
  const done = await cancel()
  expect(done.data.at('cancel_status')).toBe('CANCELLATION_REQUEST_COMPLETE')
  expect((await cancel()).code).toBe(21011041)
  expect((await orderDetail(made, made.order)).at('cancellation_initiator')).toBe('SELLER')
  expect(made.shop.shelf().get('TEE')).toBe(5)
  const shipped = buy(made, [{ sku: 'MUG', quantity: 1 }])
  await made.clock.advance(hourMs)
  made.shop.ship(shipped, { carrier: 'PostNL', number: '3S1' })
  expect((await cancel({}, shipped)).code).toBe(21001001)
})

test('a seller who cancels an order that the buyer asked to cancel has answered the request', async () => {
  const made = await asked()
  const body = { order_id: made.order, cancel_reason: 'seller_cancel_out_of_stock' }
  const done = await made.call('POST', `${root}/cancellations`, { body })
  expect(done.data.at('cancel_id')).toBe(made.id)
  const { data } = await made.call('POST', `${root}/cancellations/search`)
  expect(data.list('cancellations').map((one) => one.at('cancel_status'))).toEqual(['CANCELLATION_REQUEST_COMPLETE'])
})

test('a return is listed and gives nothing back to stock', async () => {
  const made = await benchWithOrder()
  made.shop.ship(made.order, { carrier: 'PostNL', number: '3S1' })
  expect(made.shop.requestReturn(made.order)).toBe(false)
  await made.clock.advance(48 * hourMs)
  expect(made.shop.requestReturn(made.order)).toBe(true)
  const find = (page_size: string) => made.call('POST', `${root}/returns/search`, { query: { page_size } })
  const { data } = await find('10')
  expect(data.at('return_orders', 0, 'order_id')).toBe(made.order)
  expect(data.list('return_orders', 0, 'return_line_items')).toHaveLength(3)
  expect(made.shop.shelf().get('MUG')).toBe(8)
  expect((await find('9')).code).toBe(98001004)
})

test('both searches page: nothing twice, nothing missing, and a token only while there is more', async () => {
  const made = bench()
  made.shop.addProduct({ sku: 'CUP', title: 'Cup', price: '5.00', quantity: 50 })
  const bought = Array.from({ length: 24 }, () => buy(made, [{ sku: 'CUP', quantity: 1 }]))
  const cancelled = bought.slice(0, 12)
  for (const id of cancelled) made.shop.cancel(id)
  await made.clock.advance(hourMs)
  made.shop.tick()
  const kept = bought.slice(12)
  for (const id of kept) made.shop.ship(id, { carrier: 'PostNL', number: `3S${id}` })
  await made.clock.advance(48 * hourMs)
  made.shop.tick()
  for (const id of kept) expect(made.shop.requestReturn(id)).toBe(true)

  const all = async (path: string, member: string) => {
    const sizes: number[] = []
    const orders: string[] = []
    let page_token: string | undefined
    do {
      const query = { page_size: '10', ...(page_token ? { page_token } : {}) }
      const { data } = await made.call('POST', `/return_refund/202309/${path}/search`, { query })
      const rows = data.list(member)
      sizes.push(rows.length)
      orders.push(...rows.map((row) => row.text('order_id')))
      const next = data.at('next_page_token')
      page_token = typeof next === 'string' && next ? next : undefined
    } while (page_token)
    return { sizes, orders: orders.sort() }
  }
  expect(await all('cancellations', 'cancellations')).toEqual({ sizes: [10, 2], orders: [...cancelled].sort() })
  expect(await all('returns', 'return_orders')).toEqual({ sizes: [10, 2], orders: [...kept].sort() })
})
