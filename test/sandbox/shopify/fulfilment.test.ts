/** Fulfilment: routing, shipping in parts, tracking, and taking a fulfilment back. */

import { describe, expect, it } from 'vitest'
import { type Bench, bench, type Json, mug, orderGid, tee } from './bench.ts'

const createDocument = `mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
  fulfillment { id status trackingInfo(first: 5) { company number url } } userErrors { field message } } }`
const ordersQuery = `query($id: ID!) { order(id: $id) { displayFulfillmentStatus
  fulfillmentOrders(first: 5) { nodes { id status supportedActions { action } lineItems(first: 5) { nodes { id remainingQuantity sku } } } } } }`

async function routed(quantity = 4) {
  const b = bench()
  b.shop.addProduct(mug)
  b.shop.addProduct(tee)
  const purchase = b.shop.buy([
    { sku: mug.sku, quantity },
    { sku: tee.sku, quantity: 1 },
  ])
  if (!purchase.ok) throw new Error(purchase.reason)
  await b.clock.advance(1000)
  const read = async () => (await b.data(ordersQuery, { id: orderGid(purchase.order) })).order
  const [open] = (await read()).fulfillmentOrders.nodes
  const fulfil = async (units: number | undefined, trackingInfo: Json = { company: 'PostNL', number: '3SABC' }) =>
    send(b, {
      lineItemsByFulfillmentOrder: [
        {
          fulfillmentOrderId: open.id,
          ...(units === undefined
            ? {}
            : { fulfillmentOrderLineItems: [{ id: open.lineItems.nodes[0].id, quantity: units }] }),
        },
      ],
      trackingInfo,
    })
  return { b, order: orderGid(purchase.order), read, open, fulfil }
}

const send = async (b: Bench, f: Json) => (await b.data(createDocument, { f })).fulfillmentCreate

describe('fulfillmentCreate', () => {
  it('takes shipped units out of committed and on hand', async () => {
    const { b, read, fulfil } = await routed()
    expect((await fulfil(3)).userErrors).toEqual([])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 6, committed: 1, on_hand: 7 })
    const partly = await read()
    expect(partly.displayFulfillmentStatus).toBe('PARTIALLY_FULFILLED')
    expect(partly.fulfillmentOrders.nodes[0]).toMatchObject({ status: 'IN_PROGRESS' })
    await fulfil(undefined)
    const done = await read()
    expect(done.displayFulfillmentStatus).toBe('FULFILLED')
    expect(done.fulfillmentOrders.nodes[0]).toMatchObject({ status: 'CLOSED', supportedActions: [] })
    expect(await b.levels(mug.sku)).toMatchObject({ available: 6, committed: 0, on_hand: 6 })
  })

  it('ships twice when asked twice for a part, and refuses what is no longer open', async () => {
    const { fulfil, b } = await routed(4)
    expect((await fulfil(2)).userErrors).toEqual([])
    expect((await fulfil(2)).userErrors).toEqual([])
    expect((await fulfil(2)).userErrors).toHaveLength(1)
    expect(b.shop.orders()[0]?.tracking).toHaveLength(2)
  })

  it('makes a link for a carrier it knows by exact spelling', async () => {
    const { fulfil } = await routed()
    const url = async (trackingInfo: Json) => (await fulfil(1, trackingInfo)).fulfillment.trackingInfo[0].url
    expect(await url({ company: 'PostNL', number: '3S1' })).toContain('3S1')
    expect(await url({ company: 'postnl', number: '3S1' })).toBeNull()
    expect(await url({ company: 'PostNL', number: '3S1', url: 'https://t.example/1' })).toBe('https://t.example/1')
  })

  it.each([
    ['a url without a number', { url: 'https://t.example/1' }],
    ['single and plural together', { number: '1', numbers: ['2'] }],
    ['more urls than numbers', { numbers: ['1'], urls: ['https://t.example/1', 'https://t.example/2'] }],
  ])('refuses %s', async (_, tracking) => {
    const { fulfil } = await routed()
    expect((await fulfil(1, tracking)).userErrors).toHaveLength(1)
  })

  it('refuses unknown, doubled and cancelled fulfilment orders and foreign companions', async () => {
    const { b, order, open } = await routed()
    const one = { fulfillmentOrderId: open.id }
    const other = b.shop.buy([{ sku: mug.sku, quantity: 1 }])
    if (!other.ok) throw new Error(other.reason)
    await b.clock.advance(1000)
    const foreign = (await b.data(ordersQuery, { id: orderGid(other.order) })).order.fulfillmentOrders.nodes[0].id
    const refused = async (rows: Json[]) => (await send(b, { lineItemsByFulfillmentOrder: rows })).userErrors.length
    expect(await refused([{ fulfillmentOrderId: 'gid://shopify/FulfillmentOrder/1' }])).toBe(1)
    expect(await refused([one, one])).toBe(1)
    expect(await refused([one, { fulfillmentOrderId: foreign }])).toBe(1)
    b.shop.cancel(order)
    expect(await refused([one])).toBe(1)
  })

  it('leaves stock alone for an order that never claimed any', async () => {
    const { b } = await routed(1)
    const { variant } = await b.itemOf(mug.sku)
    const { orderCreate } = await b.data(
      'mutation($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order { id } } }',
      { o: { lineItems: [{ variantId: variant, quantity: 3 }] } },
    )
    const before = await b.levels(mug.sku)
    b.shop.ship(orderCreate.order.id, { carrier: 'PostNL', number: '3S1' })
    expect(await b.levels(mug.sku)).toEqual(before)
  })
})

describe('a fulfilment', () => {
  it('has its tracking replaced', async () => {
    const { b, fulfil } = await routed()
    const { fulfillment } = await fulfil(1)
    const document = `mutation($id: ID!, $t: FulfillmentTrackingInput!) {
      fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t) {
        fulfillment { trackingInfo { company number } } userErrors { message } } }`
    const { fulfillmentTrackingInfoUpdate } = await b.data(document, {
      id: fulfillment.id,
      t: { company: 'DPD', numbers: ['1', '2'] },
    })
    expect(fulfillmentTrackingInfoUpdate.fulfillment.trackingInfo).toEqual([
      { company: 'DPD', number: '1' },
      { company: 'DPD', number: '2' },
    ])
  })

  it('can be taken back: the units are committed again in a new fulfilment order', async () => {
    const { b, read, fulfil } = await routed()
    const { fulfillment } = await fulfil(3)
    const document =
      'mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } userErrors { message } } }'
    expect((await b.data(document, { id: fulfillment.id })).fulfillmentCancel.fulfillment.status).toBe('CANCELLED')
    expect((await b.data(document, { id: fulfillment.id })).fulfillmentCancel.userErrors).toHaveLength(1)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 6, committed: 4, on_hand: 10 })
    const open = (await read()).fulfillmentOrders.nodes
    expect(open).toHaveLength(2)
    expect(open[1]).toMatchObject({ status: 'OPEN', lineItems: { nodes: [{ remainingQuantity: 3, sku: mug.sku }] } })
  })
})

describe('the warehouse', () => {
  it('ships what is open, once', async () => {
    const { b, order } = await routed()
    expect(b.shop.ship(order, { carrier: 'PostNL', number: '3SXYZ' })).toBe(true)
    expect(b.shop.ship(order, { carrier: 'PostNL', number: '3SXYZ' })).toBe(false)
    expect(b.shop.orders()[0]).toMatchObject({
      shipped: true,
      status: 'FULFILLED',
      tracking: [{ carrier: 'PostNL', number: '3SXYZ' }],
    })
  })

  it('does not ship a cancelled or unknown order', async () => {
    const { b, order } = await routed()
    b.shop.cancel(order)
    expect(b.shop.ship(order, { carrier: 'PostNL', number: '3S' })).toBe(false)
    expect(b.shop.ship('gid://shopify/Order/1', { carrier: 'PostNL', number: '3S' })).toBe(false)
  })
})
