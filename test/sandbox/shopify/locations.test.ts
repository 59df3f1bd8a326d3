/** Several locations: where a basket comes from, what a fulfilment order's move does, and what a deactivated location refuses. */

import { describe, expect, it } from 'vitest'
import { type Bench, bench, type Json, mug, orderGid, tee } from './bench.ts'

const levelsQuery = `query($id: ID!, $all: Boolean) { inventoryItem(id: $id) { inventoryLevels(first: 9, includeInactive: $all) { nodes {
  isActive location { id } quantities(names: ["available", "committed", "on_hand"]) { name quantity } } } } }`
const orderQuery = `query($id: ID!) { order(id: $id) { fulfillmentOrders(first: 9) { nodes { id status assignedLocation { location { id } }
  lineItems(first: 9) { nodes { id remainingQuantity totalQuantity sku } } } } } }`
const moveDocument = `mutation($id: ID!, $to: ID!, $lines: [FulfillmentOrderLineItemInput!]) {
  fulfillmentOrderMove(id: $id, newLocationId: $to, fulfillmentOrderLineItems: $lines) {
    movedFulfillmentOrder { id status } originalFulfillmentOrder { id status } remainingFulfillmentOrder { id }
    userErrors { code field message } } }`
const activateDocument = `mutation($item: ID!, $at: ID!, $n: Int) { inventoryActivate(inventoryItemId: $item, locationId: $at, available: $n)
  @idempotent(key: "a") { inventoryLevel { isActive quantities(names: ["available"]) { quantity } } userErrors { field message } } }`

const locationGid = (number: string) => `gid://shopify/Location/${number}`

async function shop(second = 5) {
  const b = bench({ locations: ['Warehouse', 'Store'] })
  b.shop.addProduct(mug)
  b.shop.addProduct(tee)
  const { locations } = await b.data('{ locations(first: 9) { nodes { id name legacyResourceId } } }')
  const [store, warehouse] = locations.nodes
  expect([store.name, warehouse.name]).toEqual(['Store', 'Warehouse'])
  if (second > 0) b.shop.setStockAt(store.legacyResourceId, mug.sku, second)
  const { item } = await b.itemOf(mug.sku)
  const levels = async (all = false) => {
    const { inventoryItem } = await b.data(levelsQuery, { id: item, all })
    return Object.fromEntries(
      inventoryItem.inventoryLevels.nodes.map((node: Json) => [
        node.location.id === store.id ? 'store' : 'warehouse',
        node.quantities.map((one: Json) => one.quantity).join('/'),
      ]),
    )
  }
  return { b, store, warehouse, item, levels }
}

async function buy(b: Bench, quantity: number) {
  const purchase = b.shop.buy([{ sku: mug.sku, quantity }])
  if (!purchase.ok) throw new Error(purchase.reason)
  await b.clock.advance(1000)
  const read = async () => (await b.data(orderQuery, { id: orderGid(purchase.order) })).order.fulfillmentOrders.nodes
  const move = async (id: string, to: string, lines?: Json) =>
    (await b.data(moveDocument, { id, to, lines })).fulfillmentOrderMove
  return { order: purchase.order, read, move }
}

describe('a basket', () => {
  it('comes from one location where one has it all, else from several', async () => {
    const { b, store, warehouse, levels } = await shop()
    const one = await buy(b, 8)
    expect(await levels()).toEqual({ warehouse: '2/8/10', store: '5/0/5' })
    expect((await one.read()).map((node: Json) => node.assignedLocation.location.id)).toEqual([warehouse.id])
    await buy(b, 4)
    expect(await levels()).toEqual({ warehouse: '2/8/10', store: '1/4/5' })
    const split = await buy(b, 3)
    expect(await levels()).toEqual({ warehouse: '0/10/10', store: '0/5/5' })
    expect(
      (await split.read()).map((node: Json) => [
        node.assignedLocation.location.id,
        node.lineItems.nodes[0].remainingQuantity,
      ]),
    ).toEqual([
      [warehouse.id, 2],
      [store.id, 1],
    ])
    expect(b.shop.buy([{ sku: mug.sku, quantity: 1 }])).toEqual({ ok: false, reason: 'out_of_stock' })
    expect(b.shop.ship(split.order, { carrier: 'PostNL', number: '3S1' })).toBe(true)
    expect(await levels()).toEqual({ warehouse: '0/8/8', store: '0/4/4' })
  })

  it('goes back to where it came from', async () => {
    const { b, levels } = await shop()
    await buy(b, 10)
    const { order } = await buy(b, 4)
    expect(await levels()).toEqual({ warehouse: '0/10/10', store: '1/4/5' })
    b.shop.cancel(order)
    expect(await levels()).toEqual({ warehouse: '0/10/10', store: '5/0/5' })
  })

  it('is shipped in one parcel per location: a fulfilment takes one location only', async () => {
    const { b } = await shop()
    const { read } = await buy(b, 12)
    const f = {
      lineItemsByFulfillmentOrder: (await read()).map((node: Json) => ({ fulfillmentOrderId: node.id })),
    }
    const { fulfillmentCreate } = await b.data(
      'mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }',
      { f },
    )
    expect(fulfillmentCreate).toMatchObject({
      fulfillment: null,
      userErrors: [{ message: expect.stringContaining('location') }],
    })
  })
})

describe('fulfillmentOrderMove', () => {
  it('moves a whole fulfilment order under its own id, and its claim with it', async () => {
    const { b, store, levels } = await shop(20)
    const { read, move } = await buy(b, 3)
    const [{ id }] = await read()
    expect(await move(id, store.id)).toMatchObject({
      movedFulfillmentOrder: { id, status: 'OPEN' },
      originalFulfillmentOrder: { id },
      userErrors: [],
    })
    expect(await levels()).toEqual({ warehouse: '10/0/10', store: '17/3/20' })
    expect((await read())[0].assignedLocation.location.id).toBe(store.id)
  })

  it('makes a new fulfilment order of a part, and another of the next part', async () => {
    const { b, store, levels } = await shop(1)
    const { order, read, move } = await buy(b, 5)
    const [first] = await read()
    const line = first.lineItems.nodes[0].id
    const part = await move(first.id, store.id, [{ id: line, quantity: 2 }])
    expect(part.movedFulfillmentOrder.id).not.toBe(first.id)
    expect(await levels()).toEqual({ warehouse: '7/3/10', store: '-1/2/1' })
    const next = await move(first.id, store.id, [{ id: line, quantity: 1 }])
    const open = (await read()).filter((node: Json) => node.status === 'OPEN')
    expect(open.map((node: Json) => [node.id, node.lineItems.nodes[0].remainingQuantity])).toEqual([
      [first.id, 2],
      [next.movedFulfillmentOrder.id, 3],
    ])
    expect((await read()).find((node: Json) => node.id === part.movedFulfillmentOrder.id).status).toBe('CLOSED')
    b.shop.cancel(order)
    expect(await levels()).toEqual({ warehouse: '10/0/10', store: '1/0/1' })
  })

  it('refuses what is closed, where it is already, too much, and a place that does not stock it', async () => {
    const { b, store, warehouse } = await shop(0)
    const { order, read, move } = await buy(b, 2)
    const [{ id, lineItems }] = await read()
    const refusals = [
      await move(id, warehouse.id),
      await move(id, store.id),
      await move(id, locationGid('1')),
      await move(id, store.id, [{ id: lineItems.nodes[0].id, quantity: 3 }]),
    ]
    b.shop.ship(order, { carrier: 'PostNL', number: '3S1' })
    refusals.push(await move(id, store.id))
    for (const refusal of refusals) {
      expect(refusal.movedFulfillmentOrder).toBeNull()
      expect(refusal.userErrors).toHaveLength(1)
    }
  })

  it('is told with both fulfilment orders', async () => {
    const { b, store, warehouse } = await shop()
    await b.data(
      'mutation { webhookSubscriptionCreate(topic: FULFILLMENT_ORDERS_MOVED, webhookSubscription: { uri: "https://hub.example/m" }) { userErrors { message } } }',
    )
    const { read, move } = await buy(b, 3)
    const [{ id }] = await read()
    await move(id, store.id)
    await b.clock.advance(0)
    expect(JSON.parse(b.received[0]?.text ?? '')).toEqual({
      original_fulfillment_order: { id, status: 'open', assigned_location_id: store.id },
      moved_fulfillment_order: { id, status: 'open', assigned_location_id: store.id },
      destination_location_id: store.id,
      fulfillment_order_line_items_requested: [],
      source_location: { id: warehouse.id },
    })
  })
})

describe('a new location', () => {
  it('stocks nothing until it is activated for an item', async () => {
    const { b, item, levels } = await shop()
    const opened = locationGid(b.shop.openLocation('Popup'))
    const at = { item, at: opened }
    expect(Object.keys(await levels())).toHaveLength(2)
    const { inventoryActivate } = await b.data(activateDocument, { ...at, n: 4 })
    expect(inventoryActivate).toEqual({
      inventoryLevel: { isActive: true, quantities: [{ quantity: 4 }] },
      userErrors: [],
    })
    expect(b.shop.shelf().get(mug.sku)).toBe(19)
  })

  it('is told when it connects an item', async () => {
    const { b, item } = await shop()
    for (const topic of ['LOCATIONS_CREATE', 'INVENTORY_LEVELS_CONNECT'])
      await b.data(
        `mutation { webhookSubscriptionCreate(topic: ${topic}, webhookSubscription: { uri: "https://hub.example/l" }) { userErrors { message } } }`,
      )
    const opened = b.shop.openLocation('Popup')
    await b.data(activateDocument, { item, at: locationGid(opened) })
    await b.clock.advance(0)
    expect(b.received.map(({ headers, text }) => [headers.get('x-shopify-topic'), JSON.parse(text)])).toMatchObject([
      ['locations/create', { id: Number(opened), name: 'Popup', active: true }],
      ['inventory_levels/connect', { location_id: Number(opened), available: 0 }],
    ])
  })
})

describe('a deactivated location', () => {
  it('gives its stock and its open work to another', async () => {
    const { b, store, warehouse, levels } = await shop()
    await buy(b, 10)
    const { order, read } = await buy(b, 4)
    b.shop.closeLocation(store.legacyResourceId, warehouse.legacyResourceId)
    expect(await levels()).toEqual({ warehouse: '1/14/15' })
    expect(await levels(true)).toEqual({ warehouse: '1/14/15', store: '0/0/0' })
    expect((await read())[0].assignedLocation.location.id).toBe(warehouse.id)
    expect(b.shop.ship(order, { carrier: 'PostNL', number: '3S1' })).toBe(true)
    expect(await levels()).toEqual({ warehouse: '1/10/11' })
  })

  it('is listed only when asked for, and takes no stock', async () => {
    const { b, store, warehouse, item } = await shop()
    b.shop.closeLocation(store.legacyResourceId, warehouse.legacyResourceId)
    const names = async (all: boolean) =>
      (
        await b.data(
          'query($all: Boolean) { locations(first: 9, includeInactive: $all) { nodes { name isActive } } }',
          {
            all,
          },
        )
      ).locations.nodes
    expect(await names(false)).toEqual([{ name: 'Warehouse', isActive: true }])
    expect(await names(true)).toContainEqual({ name: 'Store', isActive: false })
    const { inventorySetQuantities } = await b.data(
      'mutation($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i) @idempotent(key: "s") { userErrors { code } } }',
      {
        i: {
          name: 'available',
          reason: 'correction',
          quantities: [{ inventoryItemId: item, locationId: store.id, quantity: 3, changeFromQuantity: null }],
        },
      },
    )
    expect(inventorySetQuantities.userErrors).toEqual([{ code: 'INVALID_LOCATION' }])
    const { inventoryActivate } = await b.data(activateDocument, { item, at: store.id })
    expect(inventoryActivate.userErrors).toHaveLength(1)
  })
})
