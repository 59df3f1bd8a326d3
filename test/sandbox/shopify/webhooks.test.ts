/** Webhooks: what is told of what, in which shape, how it is signed, retried and given up. */

import { ApiVersion, shopifyApi } from '@shopify/shopify-api'
import '@shopify/shopify-api/adapters/web-api'
import { describe, expect, it } from 'vitest'
import { includeFields, retryAfterMs } from '../../../src/sandbox/shopify/webhooks.ts'
import { type Bench, bench, type Json, mug, orderGid, type Received, tee } from './bench.ts'

const topics = [
  ...['ORDERS_CREATE', 'ORDERS_UPDATED', 'ORDERS_CANCELLED', 'FULFILLMENTS_CREATE', 'FULFILLMENTS_UPDATE'],
  ...['INVENTORY_LEVELS_UPDATE', 'PRODUCTS_UPDATE', 'REFUNDS_CREATE', 'APP_UNINSTALLED'],
  'FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE',
]
const createDocument = `mutation($topic: WebhookSubscriptionTopic!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $w) { webhookSubscription { id apiVersion { handle } } userErrors { field message } } }`
const uri = 'https://hub.example/webhooks/a'

const subscribe = async (b: Bench, topic: string, more: Json = {}) =>
  (await b.data(createDocument, { topic, w: { uri, ...more } })).webhookSubscriptionCreate

async function shop(chaos?: Parameters<typeof bench>[1], wanted: readonly string[] = topics) {
  const b = bench({}, chaos)
  b.shop.addProduct(mug)
  b.shop.addProduct(tee)
  for (const topic of wanted) expect((await subscribe(b, topic)).userErrors).toEqual([])
  return b
}

const topicOf = ({ headers }: Received) => headers.get('x-shopify-topic')
const told = (b: Bench) => b.received.splice(0).map(topicOf).sort()
const bought = (b: Bench, quantity = 1): string => {
  const purchase = b.shop.buy([{ sku: mug.sku, quantity }])
  if (!purchase.ok) throw new Error(purchase.reason)
  return orderGid(purchase.order)
}

describe('what is told', () => {
  it('of a sale', async () => {
    const b = await shop()
    bought(b)
    await b.clock.advance(0)
    expect(told(b)).toEqual(['inventory_levels/update', 'orders/create', 'products/update'])
    await b.clock.advance(2000)
    expect(told(b)).toEqual(['fulfillment_orders/order_routing_complete'])
  })

  it('of a cancellation', async () => {
    const b = await shop()
    const order = bought(b)
    await b.clock.advance(2000)
    b.received.length = 0
    b.shop.cancel(order)
    await b.clock.advance(0)
    expect(told(b)).toEqual([
      ...['inventory_levels/update', 'orders/cancelled', 'orders/updated', 'products/update', 'refunds/create'],
    ])
  })

  it('of a shipment: stock for sale has not changed', async () => {
    const b = await shop()
    const order = bought(b)
    await b.clock.advance(2000)
    b.received.length = 0
    b.shop.ship(order, { carrier: 'PostNL', number: '3S1' })
    await b.clock.advance(0)
    expect(told(b)).toEqual(['fulfillments/create', 'orders/updated'])
  })

  it('of our own writes and of a count by hand', async () => {
    const b = await shop()
    const { item, location } = await b.itemOf(mug.sku)
    const input = {
      name: 'available',
      reason: 'correction',
      changes: [{ inventoryItemId: item, locationId: location, delta: -1, changeFromQuantity: null }],
    }
    await b.data(
      'mutation($i: InventoryAdjustQuantitiesInput!) { inventoryAdjustQuantities(input: $i) @idempotent(key: "k") { userErrors { code } } }',
      { i: input },
    )
    await b.clock.advance(0)
    expect(told(b)).toEqual(['inventory_levels/update'])
    b.shop.setStockByHand(mug.sku, 3)
    await b.clock.advance(0)
    expect(told(b)).toEqual(['inventory_levels/update'])
  })

  it('of the end, after which the token is dead', async () => {
    const b = await shop()
    b.shop.uninstall()
    await b.clock.advance(0)
    expect(told(b)).toEqual(['app/uninstalled'])
    expect((await b.post('{ shop { id } }')).status).toBe(401)
    bought(b)
    await b.clock.advance(2000)
    expect(told(b)).toEqual([])
  })
})

describe('the body', () => {
  const bodyOf = async (topic: string, act: (b: Bench) => void | Promise<void>) => {
    const b = await shop(undefined, [topic])
    await act(b)
    await b.clock.advance(0)
    const text = b.received.at(-1)?.text ?? ''
    return { text, body: JSON.parse(text) as Json }
  }

  it('has bare ids with all their digits', async () => {
    const { text, body } = await bodyOf('ORDERS_CREATE', (b) => void bought(b, 2))
    const [, number = ''] = /^\{"id":(\d+),/.exec(text) ?? []
    expect(body.admin_graphql_api_id).toBe(`gid://shopify/Order/${number}`)
    expect(String(body.id)).not.toBe(number)
    expect(body).toMatchObject({
      name: '#1001',
      financial_status: 'paid',
      fulfillment_status: null,
      cancelled_at: null,
      created_at: '2026-06-15T20:00:00+02:00',
      total_price: '29.95',
      source_identifier: null,
    })
    expect(body.line_items[0]).toMatchObject({ sku: 'MUG-1', quantity: 2, current_quantity: 2, price: '12.50' })
  })

  it('of a level knows available only', async () => {
    const { body, text } = await bodyOf('INVENTORY_LEVELS_UPDATE', (b) => b.shop.setStockByHand(mug.sku, 3))
    expect(Object.keys(body)).toEqual([
      'inventory_item_id',
      'location_id',
      'available',
      'updated_at',
      'admin_graphql_api_id',
    ])
    expect(body.available).toBe(3)
    expect(text).toMatch(/"inventory_item_id":271878346596884015,"location_id":24826418/)
    expect(body.admin_graphql_api_id).toMatch(/^gid:\/\/shopify\/InventoryLevel\/\d+\?inventory_item_id=\d+$/)
  })

  it('of a fulfilment carries carrier, numbers and the order lines', async () => {
    const { body, text } = await bodyOf(
      'FULFILLMENTS_CREATE',
      (b) => void b.shop.ship(bought(b, 2), { carrier: 'PostNL', number: '3S1' }),
    )
    expect(body).toMatchObject({
      tracking_company: 'PostNL',
      tracking_number: '3S1',
      tracking_numbers: ['3S1'],
      status: 'success',
      name: '#1001-F1',
    })
    expect(body.tracking_url).toContain('3S1')
    expect(body.line_items[0]).toMatchObject({ quantity: 2 })
    expect(text).toContain('"order_id":820982911946154508')
  })

  it('of a cancelled order says when and why', async () => {
    const { body } = await bodyOf('ORDERS_CANCELLED', (b) => void b.shop.cancel(bought(b, 2)))
    expect(body).toMatchObject({ cancel_reason: 'customer', cancelled_at: '2026-06-15T20:00:00+02:00' })
    expect(body.line_items[0]).toMatchObject({ quantity: 2, current_quantity: 0, fulfillable_quantity: 0 })
    expect(body.refunds[0].refund_line_items[0]).toMatchObject({ restock_type: 'cancel', quantity: 2, subtotal: 25 })
  })

  it('holds only the fields that were asked for, and is not sent twice when they are equal', async () => {
    const b = await shop(undefined, [])
    await subscribe(b, 'INVENTORY_LEVELS_UPDATE', { includeFields: ['available'] })
    for (const count of [3, 4, 4]) {
      b.shop.setStockByHand(mug.sku, 9)
      await b.clock.advance(0)
      b.shop.setStockByHand(tee.sku, 9)
      await b.clock.advance(0)
      b.shop.setStockByHand(mug.sku, count)
      await b.clock.advance(0)
    }
    expect(b.received.map(({ text }) => text)).toEqual(
      [9, 3, 9, 4, 9, 4].map((available) => JSON.stringify({ available })),
    )
  })

  it('picks dotted fields out of lists', () => {
    const payload = {
      id: 1,
      lines: [
        { id: 2, sku: 'a', tax: { rate: 1 } },
        { id: 3, sku: 'b', tax: { rate: 2 } },
      ],
    }
    expect(includeFields(payload, ['lines.sku', 'lines.tax.rate'])).toEqual({
      lines: [
        { sku: 'a', tax: { rate: 1 } },
        { sku: 'b', tax: { rate: 2 } },
      ],
    })
  })
})

describe('the delivery', () => {
  it("is accepted by Shopify's own library", async () => {
    const b = await shop(undefined, [])
    await subscribe(b, 'ORDERS_CREATE', { name: 'orders-1' })
    bought(b)
    await b.clock.advance(0)
    const { shop: domain, credentials } = b.shop.connection()
    const api = shopifyApi({
      apiKey: 'key',
      apiSecretKey: String(credentials.clientSecret),
      apiVersion: ApiVersion.October26,
      hostName: 'hub.example',
      isEmbeddedApp: false,
    })
    const [hook] = b.received
    if (!hook) throw new Error('nothing came')
    const rawRequest = new Request(hook.url, { method: 'POST', headers: hook.headers, body: hook.text })
    expect(await api.webhooks.validate({ rawBody: hook.text, rawRequest })).toMatchObject({
      valid: true,
      topic: 'ORDERS_CREATE',
      domain,
      apiVersion: '2026-10',
      name: 'orders-1',
    })
    expect(await api.webhooks.validate({ rawBody: `${hook.text} `, rawRequest })).toMatchObject({ valid: false })
  })

  it('has an id of its own per subscription, and an event id for the whole action', async () => {
    const b = await shop(undefined, ['ORDERS_CREATE', 'INVENTORY_LEVELS_UPDATE'])
    await subscribe(b, 'ORDERS_CREATE', { uri: 'https://other.example/' })
    bought(b)
    await b.clock.advance(0)
    expect(b.received).toHaveLength(3)
    expect(new Set(b.received.map(({ headers }) => headers.get('x-shopify-webhook-id'))).size).toBe(3)
    expect(new Set(b.received.map(({ headers }) => headers.get('x-shopify-event-id'))).size).toBe(1)
    expect(b.received[0]?.headers.get('x-shopify-triggered-at')).toBe('2026-06-15T18:00:00.000000Z')
  })

  it('is retried eight times in four hours with the same id and body, after which the subscription is gone', async () => {
    const b = await shop(undefined, ['ORDERS_CREATE'])
    b.status = 500
    bought(b)
    await b.clock.advance(4 * 3_600_000 - 1)
    expect(b.received).toHaveLength(8)
    await b.clock.advance(1)
    expect(b.received).toHaveLength(9)
    expect(retryAfterMs).toHaveLength(8)
    expect(new Set(b.received.map(({ headers }) => headers.get('x-shopify-webhook-id'))).size).toBe(1)
    expect(new Set(b.received.map(({ text }) => text)).size).toBe(1)
    const { webhookSubscriptions } = await b.data('{ webhookSubscriptions(first: 5) { nodes { id } } }')
    expect(webhookSubscriptions.nodes).toEqual([])
    expect(b.shop.hooksUnderway()).toBe(0)
  })

  it.each([301, 404, 503])('counts %i as failed, and one success keeps the subscription', async (status) => {
    const b = await shop(undefined, ['ORDERS_CREATE'])
    b.status = status
    bought(b)
    await b.clock.advance(30_000)
    expect(b.received).toHaveLength(1)
    b.status = 204
    await b.clock.advance(5 * 3_600_000)
    expect(b.received).toHaveLength(2)
    const { webhookSubscriptions } = await b.data('{ webhookSubscriptions(first: 5) { nodes { topic } } }')
    expect(webhookSubscriptions.nodes).toEqual([{ topic: 'ORDERS_CREATE' }])
  })

  it('waits while the shop is dark', async () => {
    const b = await shop(undefined, ['ORDERS_CREATE'])
    b.shop.setDark(true)
    bought(b)
    await b.clock.advance(60_000)
    expect([b.received.length, b.shop.hooksUnderway()]).toEqual([0, 1])
    b.shop.setDark(false)
    await b.clock.advance(0)
    expect([b.received.length, b.shop.hooksUnderway()]).toEqual([1, 0])
  })

  it('may be lost or come twice with the same id', async () => {
    const chaos = { medianDelayMs: 0, spread: 0 }
    const losing = await shop({ ...chaos, lost: 1, doubled: 0 }, ['ORDERS_CREATE'])
    bought(losing)
    await losing.clock.advance(1000)
    expect([losing.received.length, losing.shop.stats().webhooksLost]).toEqual([0, 1])
    const doubling = await shop({ ...chaos, lost: 0, doubled: 1 }, ['ORDERS_CREATE'])
    bought(doubling)
    await doubling.clock.advance(1000)
    expect(doubling.received).toHaveLength(2)
    expect(new Set(doubling.received.map(({ headers }) => headers.get('x-shopify-webhook-id'))).size).toBe(1)
  })
})

describe('a subscription', () => {
  it('is made once per topic and address', async () => {
    const b = await shop(undefined, ['ORDERS_CREATE'])
    const again = await subscribe(b, 'ORDERS_CREATE')
    expect(again.userErrors[0].message).toContain('already been taken')
    expect(
      (await subscribe(b, 'ORDERS_CREATE', { uri: 'https://else.example/' })).webhookSubscription.apiVersion.handle,
    ).toBe('2026-10')
  })

  it.each([
    ['plain http', { uri: 'http://hub.example/' }],
    ['no address', { uri: 'hub' }],
    ['a name with blanks', { name: 'my orders' }],
    ['XML', { format: 'XML' }],
  ])('refuses %s', async (_, more) => {
    const { webhookSubscription, userErrors } = await subscribe(await shop(undefined, []), 'ORDERS_CREATE', more)
    expect(webhookSubscription).toBeNull()
    expect(userErrors).toHaveLength(1)
  })

  it('may be on this machine in plain http', async () => {
    expect(
      (await subscribe(await shop(undefined, []), 'ORDERS_CREATE', { uri: 'http://localhost:3000/x' })).userErrors,
    ).toEqual([])
  })

  it('can be moved and deleted', async () => {
    const b = await shop(undefined, [])
    const { id } = (await subscribe(b, 'ORDERS_CREATE')).webhookSubscription
    const moved = 'https://moved.example/'
    await b.data(
      'mutation($id: ID!, $uri: String!) { webhookSubscriptionUpdate(id: $id, webhookSubscription: { uri: $uri }) { userErrors { message } } }',
      { id, uri: moved },
    )
    bought(b)
    await b.clock.advance(0)
    expect(b.received.map(({ url }) => url)).toEqual([moved])
    const gone =
      'mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }'
    expect((await b.data(gone, { id })).webhookSubscriptionDelete.deletedWebhookSubscriptionId).toBe(id)
    expect((await b.data(gone, { id })).webhookSubscriptionDelete.userErrors).toHaveLength(1)
  })
})
