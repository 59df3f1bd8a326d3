/** Every path of the sandbox against the official OpenAPI files: its answers, its query, its body. */

import { beforeAll, describe, expect, test } from 'vitest'
import { fullBodies } from './full-bodies.ts'
import { mutants, operation, violations } from './oas.ts'
import { closings, newerBody, newerQuery } from './oas-overlay.ts'
import {
  type Answer,
  type Bench,
  bench,
  benchWithOrder,
  buy,
  type CallOptions,
  hourMs,
  look,
  orderDetail,
  providerId,
} from './support.ts'

/** `GET /path/{name}` of everything the sandbox serves, the auth host apart: it is in no OpenAPI file. */
const served = bench()
  .shop.app.routes.filter(({ path }) => !/^\/(api|open)\//.test(path))
  .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)

type Recorded = Map<string, Answer[]>

/** A day in a shop, one call of every path at least, in states that show different fields. */
async function record(): Promise<Recorded> {
  const recorded: Recorded = new Map()
  const made = await benchWithOrder({ requestsPerSecond: 1_000 })
  async function ask(name: string, ids: Record<string, string> = {}, options: CallOptions = {}) {
    const [method = '', template = ''] = name.split(' ')
    const answer = await made.call(
      method,
      template.replace(/\{(\w+)\}/g, (_, id: string) => ids[id] ?? ''),
      options,
    )
    if (answer.code !== 0) throw new Error(`${name}: ${answer.message}`)
    recorded.set(name, [...(recorded.get(name) ?? []), answer])
    return answer.data
  }
  await askShop(made, ask)
  await askOrders(made, ask)
  await askShipping(made, ask)
  await askAftersales(made, ask)
  return recorded
}

type Ask = (name: string, ids?: Record<string, string>, options?: CallOptions) => Promise<Answer['data']>

async function askShop(_: Bench, ask: Ask) {
  await ask('GET /authorization/202309/shops')
  await ask('GET /seller/202309/shops')
  const products = await ask('POST /product/202502/products/search', {}, { query: { page_size: '1' } })
  const product_id = products.text('products', 0, 'id')
  const sku = products.text('products', 0, 'skus', 0, 'id')
  await ask('GET /product/202309/products/{product_id}', { product_id })
  await ask('POST /product/202309/inventory/search', {}, { body: { sku_ids: [sku] } })
  const write = (inventory: unknown[]) =>
    ask(
      'POST /product/202309/products/{product_id}/inventory/update',
      { product_id },
      { body: { skus: [{ id: sku, inventory }] } },
    )
  await write([{ quantity: 5 }])
  await write([{ quantity: -5 }])
  const warehouses = await ask('GET /logistics/202309/warehouses')
  await ask('GET /logistics/202309/warehouses/{warehouse_id}/delivery_options', {
    warehouse_id: warehouses.text('warehouses', 0, 'id'),
  })
  const body = { event_type: 'ORDER_STATUS_CHANGE', address: 'https://hooks.example' }
  await ask('PUT /event/202309/webhooks', {}, { body })
  await ask('GET /event/202309/webhooks')
  await ask('DELETE /event/202309/webhooks', {}, { body: { event_type: 'ORDER_STATUS_CHANGE' } })
}

async function askOrders(made: Bench & { order: string }, ask: Ask) {
  const held = buy(made, [{ sku: 'MUG', quantity: 1 }])
  const detail = await ask('GET /order/202507/orders', {}, { query: { ids: `${held},${made.order}` } })
  await ask(
    'GET /logistics/202309/delivery_options/{delivery_option_id}/shipping_providers',
    {
      delivery_option_id: detail.text('orders', 0, 'delivery_option_id'),
    },
    { query: { warehouse_region: 'NL', buyer_region: 'NL' } },
  )
  made.shop.cancel(held)
  await ask('POST /order/202309/orders/search', {}, { query: { page_size: '1' } })
}

async function askShipping(made: Bench & { order: string }, ask: Ask) {
  const detail = await orderDetail(made, made.order)
  const shipping_provider_id = await providerId(made, detail)
  const tracking = (tracking_number: string) => ({ tracking_number, shipping_provider_id })
  const order = { order_id: made.order }
  const marked = await ask('POST /fulfillment/202309/orders/{order_id}/packages', order, { body: tracking('3S1') })
  const parcel = { package_id: marked.text('package_id') }
  await ask('POST /fulfillment/202309/orders/{order_id}/shipping_info/update', order, { body: tracking('3S2') })
  await ask('POST /fulfillment/202309/packages/{package_id}/shipping_info/update', parcel, { body: tracking('3S3') })
  await ask('GET /fulfillment/202309/packages/{package_id}', parcel)
  await ask('POST /fulfillment/202309/packages/search', {}, { query: { page_size: '10' } })
  await made.clock.advance(48 * hourMs)
  await ask('GET /order/202507/orders', {}, { query: { ids: made.order } })
  made.shop.requestReturn(made.order)
  await ask('POST /return_refund/202309/returns/search')
}

async function askAftersales(made: Bench, ask: Ask) {
  const root = 'POST /return_refund/202309/cancellations'
  const orders = [1, 2, 3].map(() => buy(made, [{ sku: 'MUG', quantity: 1 }]))
  await made.clock.advance(hourMs)
  await ask(root, {}, { body: { order_id: orders[0], cancel_reason: 'out of stock' } })
  for (const order of orders.slice(1)) made.shop.cancel(order)
  const pending = { cancel_status: ['CANCELLATION_REQUEST_PENDING'] }
  const found = await ask(`${root}/search`, {}, { body: pending })
  const [first, second] = found.list('cancellations').map((one) => one.text('cancel_id'))
  await ask(`${root}/{cancel_id}/approve`, { cancel_id: first ?? '' })
  await ask(`${root}/{cancel_id}/reject`, { cancel_id: second ?? '' }, { body: { reject_reason: 'packed' } })
}

/** Where marking is not the way, for the one path that is only there. */
async function recordShip(): Promise<Answer> {
  const made = await benchWithOrder({ requestsPerSecond: 1_000, market: 'ship' })
  const detail = await orderDetail(made, made.order)
  const self_shipment = { tracking_number: '3S1', shipping_provider_id: await providerId(made, detail) }
  const path = `/fulfillment/202309/packages/${detail.text('packages', 0, 'id')}/ship`
  return made.call('POST', path, { body: { self_shipment } })
}

let recorded: Recorded = new Map()
beforeAll(async () => {
  recorded = await record()
  recorded.set('POST /fulfillment/202309/packages/{package_id}/ship', [await recordShip()])
})

const split = (name: string): [string, string] => {
  const [method = '', path = ''] = name.split(' ')
  return [method, path]
}

describe('answers', () => {
  test.each(served)('%s', (name) => {
    const { answer: schema } = operation(...split(name))
    const closing = closings[name] ?? {}
    const answers = recorded.get(name) ?? []
    expect(answers.length).toBeGreaterThan(0)
    for (const { text } of answers) {
      const value: unknown = JSON.parse(text)
      expect(violations(value, schema, closing)).toEqual([])
      const survivors = [...mutants(value)].filter((mutant) => violations(mutant, schema, closing).length === 0)
      expect(survivors).toEqual([])
    }
  })

  test('a missing required member and an unknown word are seen', () => {
    const name = 'GET /order/202507/orders'
    const { answer: schema } = operation(...split(name))
    const [{ text } = { text: '{}' }] = recorded.get(name) ?? []
    const without = look(JSON.parse(text.replace('"create_time"', '"cancel_time"'))).at()
    expect(violations(without, schema, closings[name] ?? {})).toEqual(['data.orders[].create_time: missing'])
    const unknown: unknown = JSON.parse(text.replace('"ON_HOLD"', '"HELD"'))
    expect(violations(unknown, schema, closings[name] ?? {})[0]).toMatch(/orders\[\]\.status: "HELD"/)
  })
})

describe('requests', () => {
  const { call } = bench({ requestsPerSecond: 10_000 })
  const ask = (name: string, options: CallOptions) => {
    const [method, path] = split(name)
    return call(method, path.replace(/\{\w+\}/g, '7068000000000000000'), options)
  }

  test.each(served)('%s takes the official query and no other', async (name) => {
    const official = [
      ...operation(...split(name)).query.filter((one) => one !== 'shop_cipher'),
      ...(newerQuery[name] ?? []),
    ]
    for (const one of official) {
      const { message } = await ask(name, { query: { [one]: '1' } })
      expect(message).not.toMatch(/unknown query parameter/)
    }
    expect((await ask(name, { query: { other: '1' } })).message).toMatch(/other.*unknown query parameter/)
  })

  const withBody = served.filter((name) => operation(...split(name)).body)

  test('every body is written out in full once', () => {
    expect(Object.keys(fullBodies).sort()).toEqual([...withBody].sort())
    for (const [name, body] of Object.entries(fullBodies)) {
      const official = operation(...split(name)).body ?? {}
      expect(Object.keys(body).sort()).toEqual(Object.keys(official.properties ?? {}).sort())
      expect(violations(body, official, {})).toEqual([])
    }
  })

  test.each(withBody)('%s takes the official body, and none that is one change away', async (name) => {
    const query = operation(...split(name)).query.includes('page_size') ? { page_size: '10' } : {}
    const whole = fullBodies[name]
    expect((await ask(name, { query, body: whole })).code).not.toBe(98001004)
    for (const body of mutants(whole)) expect((await ask(name, { query, body })).code).toBe(98001004)
    for (const member of newerBody[name] ?? [])
      expect((await ask(name, { query, body: { [member]: 0 } })).message).toMatch(new RegExp(`Parameter ${member} `))
  })
})
