/** What the shop tells by webhook: shapes, signature, subscriptions, and retries. */

import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { calmHooks } from '../../../src/sandbox/shop.ts'
import { type BenchOptions, bench, buy, hourMs, look, minuteMs, orderDetail, providerId } from './support.ts'

const path = '/event/202309/webhooks'
const address = 'https://hooks.example/tiktok'

async function subscribed(types: readonly string[], options: BenchOptions = {}) {
  const made = bench({ requestsPerSecond: 100, ...options })
  made.shop.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 10 })
  for (const event_type of types) await made.call('PUT', path, { body: { event_type, address } })
  return { ...made, bodies: () => made.received.map(({ body }) => look(JSON.parse(body))) }
}

test('every change of an order is told, signed, in the envelope', async () => {
  const made = await subscribed(['ORDER_STATUS_CHANGE'], { unpaidMs: minuteMs })
  const order = buy(made, [{ sku: 'MUG', quantity: 1 }])
  await made.clock.advance(1)
  await made.clock.advance(2 * minuteMs)
  made.shop.tick()
  made.shop.cancel(order)
  await made.clock.advance(1)
  const bodies = made.bodies()
  expect(
    bodies.map((one) => [one.at('type'), one.at('data', 'order_status'), one.at('data', 'is_on_hold_order')]),
  ).toEqual([
    [1, 'UNPAID', false],
    [1, 'ON_HOLD', true],
    [1, 'CANCEL', false],
  ])
  expect(new Set(bodies.map((one) => one.text('tts_notification_id'))).size).toBe(3)
  expect(bodies[0]?.at('shop_id')).toBe(made.shop.connection().shop)
  for (const { request, body } of made.received) {
    const digest = createHmac('sha256', made.credential('appSecret')).update(made.credential('appKey') + body)
    expect(request.headers.get('authorization')).toBe(digest.digest('hex'))
    expect(request.url).toBe(address)
  }
})

test('a delivery is repeated after 2 min, 30 min, 3 h and 12 h with the same body, then dropped', async () => {
  const made = await subscribed(['ORDER_STATUS_CHANGE'], {
    holdMs: 100 * hourMs,
    listener: async () => new Response(null, { status: 204 }),
  })
  const start = made.clock.now()
  buy(made, [{ sku: 'MUG', quantity: 1 }])
  await made.clock.advance(24 * hourMs)
  const minutes = made.received.map(({ at }) => Math.floor((at - start) / minuteMs))
  expect(minutes).toEqual([0, 2, 32, 212, 932])
  expect(new Set(made.received.map(({ body }) => body)).size).toBe(1)
  expect(made.shop.hooksUnderway()).toBe(0)
})

test('an answer after 3 s is no answer', async () => {
  let first = true
  const made = await subscribed(['ORDER_STATUS_CHANGE'], {
    holdMs: 100 * hourMs,
    listener: async () => {
      if (!first) return new Response(null, { status: 200 })
      first = false
      return new Promise<Response>(() => {})
    },
  })
  buy(made, [{ sku: 'MUG', quantity: 1 }])
  await made.clock.advance(2 * minuteMs)
  expect(made.received).toHaveLength(1)
  await made.clock.advance(3_000)
  expect(made.received).toHaveLength(2)
  expect(made.shop.hooksUnderway()).toBe(0)
})

test('a dark shop keeps its webhooks until it is back', async () => {
  const made = await subscribed(['ORDER_STATUS_CHANGE'])
  made.shop.setDark(true)
  buy(made, [{ sku: 'MUG', quantity: 1 }])
  await made.clock.advance(minuteMs)
  expect(made.received).toHaveLength(0)
  expect(made.shop.hooksUnderway()).toBe(1)
  made.shop.setDark(false)
  await made.clock.advance(1)
  expect(made.received).toHaveLength(1)
})

test('lost webhooks are counted and never come', async () => {
  const made = await subscribed(['ORDER_STATUS_CHANGE'], { chaos: { ...calmHooks, lost: 1 } })
  buy(made, [{ sku: 'MUG', quantity: 1 }])
  await made.clock.advance(minuteMs)
  expect(made.received).toHaveLength(0)
  expect(made.shop.stats()).toMatchObject({ webhooksSent: 0, webhooksLost: 1 })
})

test('cancellations and returns have types of their own', async () => {
  const made = await subscribed(['CANCELLATION_STATUS_CHANGE', 'PACKAGE_UPDATE', 'RETURN_STATUS_CHANGE'])
  const asked = buy(made, [{ sku: 'MUG', quantity: 1 }])
  const returned = buy(made, [{ sku: 'MUG', quantity: 1 }])
  await made.clock.advance(hourMs)
  made.shop.cancel(asked)
  made.shop.ship(returned, { carrier: 'PostNL', number: '3S1' })
  await made.clock.advance(48 * hourMs)
  made.shop.requestReturn(returned)
  await made.clock.advance(1)
  expect(made.bodies().map((one) => [one.at('type'), one.at('data', 'order_id')])).toEqual([
    [11, asked],
    [12, returned],
  ])
  expect(made.bodies()[0]?.at('data', 'cancel_status')).toBe('CANCELLATION_REQUEST_PENDING')
})

test('a parcel with part of an order is told as a split', async () => {
  const made = await subscribed(['PACKAGE_UPDATE'])
  const order = buy(made, [{ sku: 'MUG', quantity: 2 }])
  await made.clock.advance(hourMs)
  const detail = await orderDetail(made, order)
  const provider = await providerId(made, detail)
  const { data } = await made.call('POST', `/fulfillment/202309/orders/${order}/packages`, {
    body: {
      order_line_item_ids: [detail.text('line_items', 0, 'id')],
      tracking_number: '3S1',
      shipping_provider_id: provider,
    },
  })
  await made.clock.advance(1)
  expect(made.bodies().map((one) => [one.at('type'), one.at('data', 'sc_type')])).toEqual([[4, 'SPLIT']])
  expect(made.bodies()[0]?.at('data', 'package_list')).toEqual([
    { package_id: data.text('package_id'), order_id_list: [order] },
  ])
})

test('product ids travel as numbers in types 5 and 16', async () => {
  const made = await subscribed(['PRODUCT_STATUS_CHANGE', 'PRODUCT_CREATION'])
  made.shop.addProduct({ sku: 'TEE', title: 'T-shirt', price: '20.00', quantity: 1 })
  made.shop.setProductStatus('TEE', 'SELLER_DEACTIVATED')
  await made.clock.advance(1)
  expect(made.bodies().map((one) => one.at('type'))).toEqual([16, 5])
  for (const { body } of made.received) expect(body).toMatch(/"product_id":\d{19},/)
})

test('stock changes are told where the setting asks for it, flat or in the envelope', async () => {
  for (const inventoryEvents of ['off', 'flat', 'envelope'] as const) {
    const made = await subscribed([], { inventoryEvents, appWebhookUrl: 'https://hooks.example/stock' })
    made.shop.setStockByHand('MUG', 14)
    await made.clock.advance(1)
    const bodies = made.bodies().filter((one) => one.at('type') === 68 || one.at('event_id') !== undefined)
    expect(bodies).toHaveLength(inventoryEvents === 'off' ? 0 : 1)
    const data = inventoryEvents === 'flat' ? bodies[0] : look(bodies[0]?.at('data'))
    if (inventoryEvents === 'off') continue
    expect(data?.at('change_detail', 0, 'available_quantity_delta')).toBe(4)
    expect(data?.at('change_detail', 0, 'trigger_source')).toBe('manual_adjustment')
    expect(data?.at('quantity_snapshot_after_change', 'total_available_quantity')).toBe(14)
    expect(bodies[0]?.at('shop_id')).toBe(inventoryEvents === 'flat' ? undefined : made.shop.connection().shop)
  }
})

test('subscriptions are put, replaced, listed and deleted', async () => {
  const { call } = bench({ requestsPerSecond: 100 })
  const put = (event_type: string, to: string) => call('PUT', path, { body: { event_type, address: to } })
  expect((await put('ORDER_STATUS_CHANGE', 'https://a.example')).code).toBe(0)
  expect((await put('ORDER_STATUS_CHANGE', 'https://b.example')).code).toBe(0)
  expect((await put('INVENTORY_CHANGED', 'https://b.example')).code).toBe(98001004)
  expect((await put('ORDER_STATUS_CHANGE', `https://b.example/${'x'.repeat(255)}`)).code).toBe(98001004)
  const { data } = await call('GET', path)
  expect([data.at('total_count'), data.at('webhooks', 0, 'address')]).toEqual([1, 'https://b.example'])
  const remove = () => call('DELETE', path, { body: { event_type: 'ORDER_STATUS_CHANGE' } })
  expect([(await remove()).code, (await remove()).code]).toEqual([0, 0])
  expect((await call('GET', path)).data.at('total_count')).toBe(0)
})

test('the strict address rule is the platform’s: HTTPS, a domain, no port', async () => {
  const { call } = bench({ strictWebhookAddress: true, requestsPerSecond: 100 })
  const code = async (to: string) =>
    (await call('PUT', path, { body: { event_type: 'ORDER_STATUS_CHANGE', address: to } })).code
  for (const bad of ['http://a.example', 'https://a.example:8443/x', 'https://10.0.0.1/x', 'https://[::1]/x', 'no'])
    expect(await code(bad)).toBe(98001004)
  expect(await code('https://a.example/x')).toBe(0)
})
