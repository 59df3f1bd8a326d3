/** Shipping through the API: what may be shipped, with which number and carrier, and what may still be corrected. */

import { expect, test } from 'vitest'
import { type Bench, benchWithOrder, buy, hourMs, orderDetail, providerId } from './support.ts'

const number = '3SABCD1234567'

async function readyToShip(options: Parameters<typeof benchWithOrder>[0] = {}) {
  const made = await benchWithOrder({ requestsPerSecond: 100, ...options })
  const detail = await orderDetail(made, made.order)
  const provider = await providerId(made, detail)
  return {
    ...made,
    provider,
    lines: detail.list('line_items').map((line) => line.text('id')),
    mark: (body: Record<string, unknown> = {}, order = made.order) =>
      made.call('POST', `/fulfillment/202309/orders/${order}/packages`, {
        body: { tracking_number: number, shipping_provider_id: provider, ...body },
      }),
    correct: (tracking_number: string, order = made.order) =>
      made.call('POST', `/fulfillment/202309/orders/${order}/shipping_info/update`, {
        body: { tracking_number, shipping_provider_id: provider },
      }),
  }
}

const status = async (made: Pick<Bench, 'call'>, order: string) => (await orderDetail(made, order)).text('status')

test('a whole order is marked as shipped', async () => {
  const made = await readyToShip()
  const { code, data } = await made.mark()
  expect(code).toBe(0)
  expect(data.list('order_line_item_ids')).toHaveLength(3)
  const order = await orderDetail(made, made.order)
  expect(order.text('status')).toBe('AWAITING_COLLECTION')
  expect(order.text('tracking_number')).toBe(number)
  expect(order.at('packages')).toEqual([{ id: data.text('package_id') }])
  expect(order.list('line_items').map((line) => line.at('package_status'))).toEqual(Array(3).fill('PROCESSING'))
  const parcel = await made.call('GET', `/fulfillment/202309/packages/${data.text('package_id')}`)
  expect(parcel.data.at('tracking_number')).toBe(number)
  expect(made.shop.orders()[0]?.tracking).toEqual([{ carrier: 'PostNL', number }])
})

test('part of an order ships first, the rest later under another number', async () => {
  const made = await readyToShip()
  const [first, second, third] = made.lines
  expect((await made.mark({ order_line_item_ids: [first] })).code).toBe(0)
  expect(await status(made, made.order)).toBe('PARTIALLY_SHIPPING')
  expect((await made.mark({ order_line_item_ids: [first], tracking_number: '3SOTHER1' })).code).toBe(21011006)
  expect((await made.mark({ order_line_item_ids: [second] })).code).toBe(21011025)
  const list = { order_line_list: [{ order_line_id: second }, { order_line_id: third }] }
  expect((await made.mark({ ...list, tracking_number: '3SOTHER2' })).code).toBe(0)
  expect(await status(made, made.order)).toBe('AWAITING_COLLECTION')
  expect((await made.correct('3SOTHER3')).code).toBe(21011033)
})

test.each([
  ['special characters', { tracking_number: '3SABCD-123' }, 21004012],
  ['white space', { tracking_number: ' 3SABCD' }, 21004012],
  ['an empty number', { tracking_number: '' }, 21011022],
  ['no provider', { shipping_provider_id: undefined }, 21011022],
  ['an unknown provider', { shipping_provider_id: '6617000000000000000' }, 21011022],
  ['a foreign line', { order_line_item_ids: ['5770000000000000000'] }, 21001001],
  ['an unknown field', { carrier: 'PostNL' }, 98001004],
  ['no lines', { order_line_item_ids: [] }, 98001004],
])('%s: refused, and nothing moved', async (_, body, code) => {
  const made = await readyToShip()
  expect((await made.mark(body)).code).toBe(code)
  expect(await status(made, made.order)).toBe('AWAITING_SHIPMENT')
})

test('a provider of another route is not on the list', async () => {
  const made = await readyToShip()
  const option = (await orderDetail(made, made.order)).text('delivery_option_id')
  const path = `/logistics/202309/delivery_options/${option}/shipping_providers`
  expect((await made.call('GET', path)).code).toBe(98001004)
  expect((await made.call('GET', path, { query: { warehouse_region: 'NL' } })).code).toBe(98001004)
  const belgian = await made.call('GET', path, { query: { warehouse_region: 'NL', buyer_region: 'BE' } })
  const postnl = belgian.data.list('shipping_providers').find((one) => one.at('name') === 'PostNL')
  expect((await made.mark({ shipping_provider_id: postnl?.text('id') })).code).toBe(21011022)
})

test('a number is used once', async () => {
  const made = await readyToShip()
  const other = buy(made, [{ sku: 'MUG', quantity: 1 }])
  await made.clock.advance(hourMs)
  expect((await made.mark()).code).toBe(0)
  expect((await made.mark()).code).toBe(21011006)
  expect((await made.mark({}, other)).code).toBe(21011025)
  expect((await made.mark({ tracking_number: '3SABCD7654321' }, other)).code).toBe(0)
})

test('orders on hold, cancelled, asked back or unknown are not shipped', async () => {
  const made = await readyToShip()
  const held = buy(made, [{ sku: 'MUG', quantity: 1 }])
  expect((await made.mark({}, held)).code).toBe(21001001)
  made.shop.cancel(held)
  expect((await made.mark({}, held)).code).toBe(21011041)
  expect((await made.mark({}, '5760000000000000000')).code).toBe(21008111)
  expect(made.shop.cancel(made.order)).toBe(false)
  expect((await made.mark()).code).toBe(21011007)
})

test('a number is corrected within 72 hours, a few times, and not after delivery', async () => {
  const made = await readyToShip({ transitMs: 100 * hourMs })
  expect((await made.correct('3SNEW')).code).toBe(21011043)
  await made.mark()
  const updated = (await orderDetail(made, made.order)).at('update_time')
  for (let i = 1; i <= 5; i++) expect((await made.correct(`3SNEW${i}`)).code).toBe(0)
  expect((await made.correct('3SNEW6')).code).toBe(21011052)
  const order = await orderDetail(made, made.order)
  expect(order.text('tracking_number')).toBe('3SNEW5')
  // Only a change of status moves the order's time.
  expect(order.at('update_time')).toBe(updated)
  expect(made.shop.orders()[0]?.tracking).toEqual([{ carrier: 'PostNL', number: '3SNEW5' }])
  await made.clock.advance(73 * hourMs)
  expect((await made.correct('3SNEW7')).code).toBe(21011050)
  await made.clock.advance(40 * hourMs)
  expect(await status(made, made.order)).toBe('DELIVERED')
  expect((await made.correct('3SNEW8')).code).toBe(21011030)
})

test('a correction may keep the number and change the carrier', async () => {
  const made = await readyToShip()
  await made.mark()
  const dpd = await providerId(made, await orderDetail(made, made.order), 'DPD')
  const body = { tracking_number: number, shipping_provider_id: dpd }
  const path = `/fulfillment/202309/orders/${made.order}/shipping_info/update`
  expect((await made.call('POST', path, { body })).code).toBe(0)
  expect((await orderDetail(made, made.order)).at('shipping_provider')).toBe('DPD')
})

test('a parcel is corrected by its own id', async () => {
  const made = await readyToShip()
  const { data } = await made.mark()
  const path = `/fulfillment/202309/packages/${data.text('package_id')}/shipping_info/update`
  const body = { tracking_number: '3SNEW', shipping_provider_id: made.provider }
  expect((await made.call('POST', path, { body })).code).toBe(0)
  expect((await made.call('POST', path.replace(/\d{19}/, '1152000000000000000'), { body })).code).toBe(21008111)
})

test('where marking is not allowed, the parcel is there up front and is shipped itself', async () => {
  const made = await readyToShip({ market: 'ship' })
  expect((await made.mark()).code).toBe(21008106)
  const [parcel] = (await orderDetail(made, made.order)).list('packages').map((one) => one.text('id'))
  const ship = (body: unknown) => made.call('POST', `/fulfillment/202309/packages/${parcel}/ship`, { body })
  expect((await ship({ handover_method: 'DROP_OFF' })).code).toBe(98001004)
  expect((await ship({ handover_method: 'POST', self_shipment: {} })).code).toBe(98001004)
  const self_shipment = { tracking_number: number, shipping_provider_id: made.provider }
  expect((await ship({ self_shipment })).code).toBe(0)
  expect(await status(made, made.order)).toBe('AWAITING_COLLECTION')
  expect((await ship({ self_shipment })).code).toBe(21011006)
})

test('parcels are found by status and page', async () => {
  const made = await readyToShip()
  await made.mark({ order_line_item_ids: made.lines.slice(0, 1) })
  await made.mark({ tracking_number: '3SOTHER' })
  const find = (query: Record<string, string>, body?: unknown) =>
    made.call('POST', '/fulfillment/202309/packages/search', { query, body })
  const first = await find({ page_size: '1' }, { package_status: 'PROCESSING' })
  expect(first.data.at('total_count')).toBe(2)
  const token = first.data.text('next_page_token')
  const next = await find({ page_size: '1', page_token: token }, { package_status: 'PROCESSING' })
  expect(next.data.at('packages', 0, 'id')).not.toBe(first.data.at('packages', 0, 'id'))
  expect((await find({ page_size: '51' })).code).toBe(98001004)
  expect((await find({ page_size: '10' }, { package_status: 'COMPLETED' })).data.at('total_count')).toBe(0)
})
