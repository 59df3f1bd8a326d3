/** Orders: what the storefront and orderCreate do to stock, cancelling, refunds, and finding orders again. */

import { describe, expect, it } from 'vitest'
import { type Bench, bench, type Json, mug, orderGid, tee } from './bench.ts'

const createDocument = `mutation($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) {
    order { id name sourceIdentifier displayFinancialStatus totalPriceSet { shopMoney { amount currencyCode } }
      fulfillmentOrders(first: 5) { nodes { id status } } }
    userErrors { code field message } } }`
const cancelDocument = `mutation($id: ID!, $restock: Boolean!) {
  orderCancel(orderId: $id, reason: OTHER, restock: $restock, refundMethod: { originalPaymentMethodsRefund: false }) {
    job { id done } orderCancelUserErrors { code field message } } }`
const refundDocument = `mutation($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) { refund { id } userErrors { field message } } }`

function shop(options = {}) {
  const b = bench(options)
  b.shop.addProduct(mug)
  b.shop.addProduct(tee)
  return b
}

async function create(b: Bench, quantity: number, more: Json = {}, inventoryBehaviour?: string) {
  const { variant } = await b.itemOf(mug.sku)
  const order = { sourceIdentifier: 'onhand:tts:1', lineItems: [{ variantId: variant, quantity }], ...more }
  const options = inventoryBehaviour ? { inventoryBehaviour } : undefined
  return (await b.data(createDocument, { order, options })).orderCreate
}

const codes = (payload: Json) => payload.userErrors.map((error: Json) => error.code)
const bought = (b: Bench, quantity: number): string => {
  const purchase = b.shop.buy([{ sku: mug.sku, quantity }])
  if (!purchase.ok) throw new Error(purchase.reason)
  return orderGid(purchase.order)
}

describe('the storefront', () => {
  it('commits what it sells', async () => {
    const b = shop()
    bought(b, 3)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 7, committed: 3, on_hand: 10 })
  })

  it('sells all lines or none', async () => {
    const b = shop()
    expect(
      b.shop.buy([
        { sku: mug.sku, quantity: 1 },
        { sku: tee.sku, quantity: 6 },
      ]),
    ).toEqual({ ok: false, reason: 'out_of_stock' })
    expect(
      b.shop.buy([
        { sku: mug.sku, quantity: 6 },
        { sku: mug.sku, quantity: 5 },
      ]),
    ).toEqual({ ok: false, reason: 'out_of_stock' })
    expect(b.shop.buy([{ sku: 'NOPE', quantity: 1 }])).toEqual({ ok: false, reason: 'unknown_sku' })
    expect(b.shop.shelf().get(mug.sku)).toBe(10)
    expect(b.shop.orders()).toEqual([])
  })

  it('gives back what a buyer cancels, until it has shipped', async () => {
    const b = shop()
    const order = bought(b, 3)
    expect(b.shop.cancel(order)).toBe(true)
    expect(b.shop.cancel(order)).toBe(false)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 10, committed: 0, on_hand: 10 })
    const shipped = bought(b, 2)
    b.shop.ship(shipped, { carrier: 'PostNL', number: '3S1' })
    expect(b.shop.cancel(shipped)).toBe(false)
    expect(b.shop.orders().map(({ cancelled, shipped }) => [cancelled, shipped])).toEqual([
      [true, false],
      [false, true],
    ])
  })

  it('lets a person set the count', async () => {
    const b = shop()
    bought(b, 3)
    b.shop.setStockByHand(mug.sku, 20)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 20, committed: 3, on_hand: 23 })
  })
})

describe('orderCreate', () => {
  it('leaves stock alone unless told otherwise', async () => {
    const b = shop()
    expect((await create(b, 4)).userErrors).toEqual([])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 10, committed: 0 })
  })

  it('takes stock below zero when it ignores the policy', async () => {
    const b = shop()
    await create(b, 12, {}, 'DECREMENT_IGNORING_POLICY')
    expect(await b.levels(mug.sku)).toMatchObject({ available: -2, committed: 12, on_hand: 10 })
  })

  it('fails to claim more than there is when it obeys the policy', async () => {
    const b = shop()
    const refused = await create(b, 11, {}, 'DECREMENT_OBEYING_POLICY')
    expect([refused.order, codes(refused)]).toEqual([null, ['INVENTORY_CLAIM_FAILED']])
    expect((await create(b, 10, {}, 'DECREMENT_OBEYING_POLICY')).userErrors).toEqual([])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 0, committed: 10 })
  })

  it('answers before routing has made the fulfilment orders', async () => {
    const b = shop()
    const { order } = await create(b, 1)
    expect(order.fulfillmentOrders.nodes).toEqual([])
    await b.clock.advance(1000)
    const query = 'query($id: ID!) { order(id: $id) { fulfillmentOrders(first: 5) { nodes { status } } } }'
    expect((await b.data(query, { id: order.id })).order.fulfillmentOrders.nodes).toEqual([{ status: 'OPEN' }])
  })

  it('adds up prices, shipping and taxes as decimal strings', async () => {
    const b = shop()
    const money = (amount: string) => ({ shopMoney: { amount, currencyCode: 'EUR' } })
    const { order } = await create(b, 2, {
      taxesIncluded: true,
      shippingLines: [{ title: 'Courier', priceSet: money('4.90') }],
      transactions: [{ kind: 'SALE', status: 'SUCCESS', gateway: 'other shop', amountSet: money('29.90') }],
    })
    expect(order.totalPriceSet.shopMoney).toEqual({ amount: '29.9', currencyCode: 'EUR' })
    expect(order.displayFinancialStatus).toBe('PAID')
    expect(b.shop.orders()[0]?.reference).toBe('onhand:tts:1')
  })

  it.each([
    ['no lines', { lineItems: [] }, ['order', 'lineItems'], 'INVALID'],
    [
      'an unknown variant',
      { lineItems: [{ variantId: 'gid://shopify/ProductVariant/1', quantity: 1 }] },
      ['order', 'lineItems', '0', 'variantId'],
      'INVALID',
    ],
    [
      'a custom line without a price',
      { lineItems: [{ title: 'x', quantity: 1 }] },
      ['order', 'lineItems', '0', 'title'],
      'INVALID',
    ],
    [
      'two ways to name a customer',
      { customerId: 'gid://shopify/Customer/1', customer: { toAssociate: { id: 'gid://shopify/Customer/1' } } },
      ['order'],
      'REDUNDANT_CUSTOMER_FIELDS',
    ],
  ])('refuses %s', async (_, more, field, code) => {
    const refused = await create(shop(), 1, more)
    expect(refused.userErrors).toContainEqual({ code, field, message: expect.any(String) })
    expect(refused.order).toBeNull()
  })

  it('makes every order anew: it has no idempotency of its own', async () => {
    const b = shop()
    const [one, two] = [await create(b, 1), await create(b, 1)]
    expect(one.order.id).not.toBe(two.order.id)
  })

  it('keeps values of an id metafield unique and finds the order by them', async () => {
    const b = shop()
    const metafields = [{ namespace: '$app:sync', key: 'external_id', type: 'id', value: 'tts:1' }]
    const { order } = await create(b, 1, { metafields })
    expect(codes(await create(b, 1, { metafields }))).toEqual(['INVALID'])
    const query = `query($v: String!) { orderByIdentifier(identifier: { customId: { namespace: "$app:sync", key: "external_id", value: $v } }) { id } }`
    expect(await b.data(query, { v: 'tts:1' })).toEqual({ orderByIdentifier: { id: order.id } })
    expect(await b.data(query, { v: 'tts:2' })).toEqual({ orderByIdentifier: null })
  })

  it('lets a metafield be defined once', async () => {
    const b = shop()
    const document = `mutation($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) {
      createdDefinition { namespace key type { name } } userErrors { code } } }`
    const d = { name: 'External id', namespace: '$app:sync', key: 'external_id', type: 'id', ownerType: 'ORDER' }
    const first = (await b.data(document, { d })).metafieldDefinitionCreate
    expect(first.createdDefinition).toMatchObject({ key: 'external_id', type: { name: 'id' } })
    expect(first.createdDefinition.namespace).toMatch(/^app--\d+--sync$/)
    expect(codes((await b.data(document, { d })).metafieldDefinitionCreate)).toEqual(['TAKEN'])
  })

  it('takes five a minute in a development store', async () => {
    const b = shop({ devStore: true })
    for (let i = 0; i < 5; i++) expect((await create(b, 1)).userErrors).toEqual([])
    expect((await create(b, 1)).order).toBeNull()
    await b.clock.advance(60_000)
    expect((await create(b, 1)).userErrors).toEqual([])
  })

  it('has ids that a float would spoil', async () => {
    const b = shop()
    const ids = [await create(b, 1), await create(b, 1)].map(({ order }) => order.id.split('/').at(-1) ?? '')
    expect(ids[0]).not.toBe(ids[1])
    expect(Number(ids[0])).toBe(Number(ids[1]))
  })
})

describe('orderCancel', () => {
  it('is a job, and gives committed stock back when restocking', async () => {
    const b = shop()
    const { order } = await create(b, 4, {}, 'DECREMENT_IGNORING_POLICY')
    const { orderCancel } = await b.data(cancelDocument, { id: order.id, restock: true })
    expect(orderCancel.job.done).toBe(false)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 6, committed: 4 })
    await b.clock.advance(1000)
    const { job } = await b.data('query($id: ID!) { job(id: $id) { done } }', { id: orderCancel.job.id })
    expect(job.done).toBe(true)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 10, committed: 0, on_hand: 10 })
  })

  it('writes the goods off when not restocking', async () => {
    const b = shop()
    await b.data(cancelDocument, { id: bought(b, 4), restock: false })
    await b.clock.advance(1000)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 6, committed: 0, on_hand: 6 })
  })

  it('has nothing to give back for an order that took nothing', async () => {
    const b = shop()
    const { order } = await create(b, 4)
    await b.data(cancelDocument, { id: order.id, restock: true })
    await b.clock.advance(1000)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 10, committed: 0 })
  })

  it('refuses unknown, cancelled and shipped orders', async () => {
    const b = shop()
    const cancel = async (id: string) =>
      (await b.data(cancelDocument, { id, restock: true })).orderCancel.orderCancelUserErrors.map(
        (one: Json) => one.code,
      )
    const [cancelled, shipped] = [bought(b, 1), bought(b, 1)]
    b.shop.cancel(cancelled)
    b.shop.ship(shipped, { carrier: 'PostNL', number: '3S1' })
    expect(await cancel('gid://shopify/Order/1')).toEqual(['NOT_FOUND'])
    expect(await cancel(cancelled)).toEqual(['INVALID'])
    expect(await cancel(shipped)).toEqual(['INVALID'])
  })

  it('fails as a job when the warehouse was faster', async () => {
    const b = shop()
    const order = bought(b, 1)
    await b.data(cancelDocument, { id: order, restock: true })
    b.shop.ship(order, { carrier: 'PostNL', number: '3S1' })
    await b.clock.advance(1000)
    expect(b.shop.orders()[0]).toMatchObject({ cancelled: false, shipped: true })
    expect(await b.levels(mug.sku)).toMatchObject({ available: 9, committed: 0, on_hand: 9 })
  })
})

describe('refundCreate', () => {
  async function sold(quantity: number, shipped: boolean) {
    const b = shop()
    const order = bought(b, quantity)
    if (shipped) b.shop.ship(order, { carrier: 'PostNL', number: '3S1' })
    const query = 'query($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { id currentQuantity } } } }'
    const line = async () => (await b.data(query, { id: order })).order.lineItems.nodes[0]
    const { location } = await b.itemOf(mug.sku)
    const { id } = await line()
    const give = async (units: number, restockType: string, more: Json = {}, key = `${restockType}${units}`) => {
      const row = { lineItemId: id, quantity: units, restockType, locationId: location, ...more }
      return (await b.data(refundDocument, { input: { orderId: order, refundLineItems: [row] }, key })).refundCreate
    }
    return { b, line, give }
  }

  it('takes open units off and back into available', async () => {
    const { b, line, give } = await sold(4, false)
    expect((await give(3, 'CANCEL')).userErrors).toEqual([])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 9, committed: 1, on_hand: 10 })
    expect((await line()).currentQuantity).toBe(1)
  })

  it('takes a return back onto the shelf', async () => {
    const { b, give } = await sold(4, true)
    await give(3, 'RETURN')
    expect(await b.levels(mug.sku)).toMatchObject({ available: 9, committed: 0, on_hand: 9 })
  })

  it('refunds without touching stock', async () => {
    const { b, give } = await sold(4, true)
    await give(3, 'NO_RESTOCK')
    expect(await b.levels(mug.sku)).toMatchObject({ available: 6, on_hand: 6 })
  })

  it('refuses more than there is, a restock without a location, and a missing key', async () => {
    const { b, give } = await sold(4, false)
    expect((await give(5, 'CANCEL')).userErrors).toHaveLength(1)
    expect((await give(1, 'RETURN')).userErrors).toHaveLength(1)
    expect((await give(1, 'CANCEL', { locationId: null })).userErrors).toHaveLength(1)
    const bare = 'mutation { refundCreate(input: { orderId: "gid://shopify/Order/1" }) { userErrors { message } } }'
    expect((await b.post(bare)).body.errors[0].message).toContain('@idempotent')
  })

  it('acts once per key', async () => {
    const { b, give } = await sold(4, false)
    const [one, two] = [await give(1, 'CANCEL', {}, 'k'), await give(1, 'CANCEL', {}, 'k')]
    expect(one).toEqual(two)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 7, committed: 3 })
  })
})

describe('updating', () => {
  it('changes tags and note, and moves updatedAt', async () => {
    const b = shop()
    const id = bought(b, 1)
    await b.clock.advance(5000)
    await b.data(
      'mutation($id: ID!) { tagsAdd(id: $id, tags: ["Synced", "synced", "b"]) { userErrors { message } } }',
      { id },
    )
    await b.data('mutation($id: ID!) { tagsRemove(id: $id, tags: ["B"]) { userErrors { message } } }', { id })
    await b.data('mutation($id: ID!) { orderUpdate(input: { id: $id, note: "n" }) { userErrors { message } } }', { id })
    const { order } = await b.data('query($id: ID!) { order(id: $id) { tags note createdAt updatedAt } }', { id })
    expect(order).toEqual({
      tags: ['Synced'],
      note: 'n',
      createdAt: '2026-06-15T18:00:00Z',
      updatedAt: '2026-06-15T18:00:05Z',
    })
  })
})

describe('finding orders', () => {
  const query = `query($q: String, $first: Int!, $after: String) {
    orders(first: $first, after: $after, query: $q, sortKey: UPDATED_AT) { nodes { name updatedAt } pageInfo { hasNextPage endCursor } } }`
  const names = async (b: Bench, q: string) =>
    (await b.data(query, { q, first: 50 })).orders.nodes.map((node: Json) => node.name)

  it('by update time, source, name, tag and their combinations', async () => {
    const b = shop()
    bought(b, 1)
    await b.clock.advance(10_000)
    await create(b, 1, { tags: ['ext'], sourceIdentifier: 'onhand:tts:2' })
    expect(await names(b, "updated_at:>='2026-06-15T18:00:10Z'")).toEqual(['#1002'])
    expect(await names(b, "updated_at:<'2026-06-15T18:00:10Z'")).toEqual(['#1001'])
    expect(await names(b, 'source_identifier:"onhand:tts:2"')).toEqual(['#1002'])
    expect(await names(b, 'source_identifier:"onhand:tts"')).toEqual([])
    expect(await names(b, 'name:#1001 OR tag:EXT')).toEqual(['#1001', '#1002'])
    expect(await names(b, 'name:#1001 tag:ext')).toEqual([])
    expect(await names(b, 'NOT name:1001 AND (tag:ext OR tag:other)')).toEqual(['#1002'])
    expect(await names(b, '-tag:ext')).toEqual(['#1001'])
  })

  it('refuses a field it would otherwise have to ignore', async () => {
    const { body } = await shop().post(query, { q: 'colour:red', first: 1 })
    expect(body.errors[0].message).toContain('colour')
  })

  it('page by page, each order once, though one changes meanwhile', async () => {
    const b = shop()
    for (let i = 0; i < 5; i++) {
      bought(b, 1)
      await b.clock.advance(1000)
    }
    const seen: string[] = []
    let after: string | null = null
    do {
      const { orders }: Json = await b.data(query, { q: '', first: 2, after })
      seen.push(...orders.nodes.map((node: Json) => node.name))
      after = orders.pageInfo.hasNextPage ? orders.pageInfo.endCursor : null
      if (seen.length === 2) b.shop.cancel(orderGid(b.shop.orders()[0]?.id ?? ''))
    } while (after)
    expect(seen).toEqual(['#1001', '#1002', '#1003', '#1004', '#1005', '#1001'])
  })

  it('needs first or last, and takes 250 at most', async () => {
    const b = shop()
    expect((await b.post('{ orders { nodes { id } } }')).body.errors[0].message).toContain('first or last')
    expect((await b.post('{ orders(first: 251) { nodes { id } } }')).body.errors).toHaveLength(1)
  })

  it('only after the index has caught up, when told to lag', async () => {
    const b = shop({ searchLagMs: 3000 })
    bought(b, 1)
    expect(await names(b, 'name:1001')).toEqual([])
    await b.clock.advance(3000)
    expect(await names(b, 'name:1001')).toEqual(['#1001'])
  })

  it('finds variants by words, so a client must compare the sku itself', async () => {
    const b = shop()
    b.shop.addProduct({ ...mug, sku: 'mug-1-xl' })
    const { productVariants } = await b.data(
      '{ productVariants(first: 9, query: "sku:\\"MUG-1\\"") { nodes { sku } } }',
    )
    expect(productVariants.nodes.map((node: Json) => node.sku)).toEqual(['MUG-1', 'mug-1-xl'])
  })
})
