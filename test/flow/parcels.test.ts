import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { onEveryDatabase } from '../support/databases.ts'
import { createWorld, origins, type World } from '../support/world.ts'

let world: World
afterEach(() => world?.close())

const minutes = 60_000

const answer = z.looseObject({ data: z.record(z.string(), z.unknown()), errors: z.unknown().optional() })
const toShip = z.looseObject({
  fulfillmentOrders: z.object({
    nodes: z.array(
      z.looseObject({
        id: z.string(),
        supportedActions: z.array(z.object({ action: z.string() })),
        lineItems: z.object({ nodes: z.array(z.object({ id: z.string(), sku: z.string() })) }),
      }),
    ),
  }),
})
const done = z.looseObject({ fulfillment: z.object({ id: z.string() }), userErrors: z.array(z.unknown()).length(0) })

/** What a warehouse's own software does in the store's admin. */
async function inStore(document: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { accessToken } = z.object({ accessToken: z.string() }).parse(world.shops.shopify.connection().credentials)
  const response = await world.during(
    Promise.resolve(
      world.shops.shopify.app.fetch(
        new Request(`${origins.shopify}/admin/api/2026-10/graphql.json`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-shopify-access-token': accessToken },
          body: JSON.stringify({ query: document, variables }),
        }),
      ),
    ),
  )
  const { data, errors } = answer.parse(await response.json())
  expect(errors).toBeUndefined()
  return data
}

const lookDocument = `query Look($id: ID!) { order(id: $id) { fulfillmentOrders(first: 3) { nodes { id supportedActions { action } lineItems(first: 9) { nodes { id sku } } } } } }`
const packDocument = `mutation Pack($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }`
const renumberDocument = `mutation Renumber($id: ID!, $t: FulfillmentTrackingInput!) { fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t) { fulfillment { id } userErrors { message } } }`
const takeBackDocument = `mutation TakeBack($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { id } userErrors { message } } }`

async function pack(copy: string, number: string, contents: Readonly<Record<string, number>>): Promise<string> {
  const { fulfillmentOrders } = toShip.parse((await inStore(lookDocument, { id: copy })).order)
  const open = fulfillmentOrders.nodes.filter(({ supportedActions }) =>
    supportedActions.some(({ action }) => action === 'CREATE_FULFILLMENT'),
  )
  const lineItemsByFulfillmentOrder = open.flatMap(({ id, lineItems }) => {
    const lines = lineItems.nodes.flatMap((line) => {
      const quantity = contents[line.sku]
      return quantity === undefined ? [] : [{ id: line.id, quantity }]
    })
    return lines.length > 0 ? [{ fulfillmentOrderId: id, fulfillmentOrderLineItems: lines }] : []
  })
  const f = { lineItemsByFulfillmentOrder, trackingInfo: { company: 'PostNL', number } }
  return done.parse((await inStore(packDocument, { f })).fulfillmentCreate).fulfillment.id
}
const renumber = async (id: string, number: string) =>
  done.parse((await inStore(renumberDocument, { id, t: { company: 'PostNL', number } })).fulfillmentTrackingInfoUpdate)
const takeBack = async (id: string) => done.parse((await inStore(takeBackDocument, { id })).fulfillmentCancel)

async function ordered(fresh: string, platform: 'tiktok-shop' | 'woocommerce') {
  world = await createWorld({
    policy: 'mirror',
    databaseUrl: fresh,
    products: [
      { sku: 'MUG', title: 'Mug', price: '12.50', quantity: 0 },
      { sku: 'SPOON', title: 'Spoon', price: '2.95', quantity: 0 },
    ],
    shipper: 'shopify',
    holdMs: 1 * minutes,
  })
  await world.linkAll()
  await world.receive('MUG', 10)
  await world.receive('SPOON', 12)
  await world.engine.start()
  await world.pass(15_000)
  const bought = world.shops[platform].buy([
    { sku: 'MUG', quantity: 2 },
    { sku: 'SPOON', quantity: 1 },
  ])
  if (!bought.ok) throw new Error(bought.reason)
  await world.pass(5 * minutes)
  const copy = world.shops.shopify.orders().find(({ reference }) => reference !== undefined)?.id ?? ''
  const sold = () => world.shops[platform].orders().find(({ id }) => id === bought.order)
  return { copy: copy.startsWith('gid') ? copy : `gid://shopify/Order/${copy}`, sold }
}
/** Without a plugin WooCommerce keeps them in one text. */
const numbersOf = (order: { tracking: readonly { number: string }[] } | undefined) =>
  order?.tracking.flatMap(({ number }) => number.split(', ')).sort()
const parked = async () =>
  await world.store.db
    .selectFrom('receipt')
    .select(['kind', 'reason'])
    .where('state', '=', 'parked')
    .execute()
    .then((rows) => rows.map((row) => ({ ...row })))

onEveryDatabase((fresh) => {
  describe.each(['tiktok-shop', 'woocommerce'] as const)('an order of %s in two parcels', (platform) => {
    it('shows both numbers, is shipped when both have left, and follows a correction', async () => {
      const { copy, sold } = await ordered(await fresh(), platform)
      await pack(copy, '3SABCD0000001', { MUG: 1 })
      await world.pass(2 * minutes)
      expect(numbersOf(sold())).toEqual(['3SABCD0000001'])
      expect(sold()).toMatchObject({ shipped: false })

      const second = await pack(copy, '3sabcd 0000002', { MUG: 1, SPOON: 1 })
      await world.pass(2 * minutes)
      expect(numbersOf(sold())).toEqual(['3SABCD0000001', '3SABCD0000002'])
      expect(sold()).toMatchObject({ shipped: true })

      await renumber(second, '3SABCD0000003')
      await world.pass(2 * minutes)
      expect(numbersOf(sold())).toEqual(['3SABCD0000001', '3SABCD0000003'])
      expect(await parked()).toEqual([])
    })
  })

  it('a parcel that is called back after it was told is a problem, and its successor corrects the number', async () => {
    const { copy, sold } = await ordered(await fresh(), 'tiktok-shop')
    const first = await pack(copy, '3SABCD0000001', { MUG: 2, SPOON: 1 })
    await world.pass(2 * minutes)
    expect(numbersOf(sold())).toEqual(['3SABCD0000001'])
    await takeBack(first)
    await world.pass(2 * minutes)
    expect(await parked()).toMatchObject([{ kind: 'tracking', reason: expect.stringContaining('was called back') }])

    await pack(copy, '3SABCD0000002', { MUG: 2, SPOON: 1 })
    await world.pass(3 * minutes)
    expect(numbersOf(sold())).toEqual(['3SABCD0000002'])
    expect(await parked()).toEqual([])
  })

  it('a mistyped number stays here until it is corrected', async () => {
    const { copy, sold } = await ordered(await fresh(), 'tiktok-shop')
    const first = await pack(copy, '3SABCD', { MUG: 2, SPOON: 1 })
    await world.pass(2 * minutes)
    expect(numbersOf(sold())).toEqual([])
    expect(await parked()).toMatchObject([
      { kind: 'tracking', reason: expect.stringContaining('3SABCD is not written') },
    ])
    await renumber(first, '3SABCD0000001')
    await world.pass(2 * minutes)
    expect(numbersOf(sold())).toEqual(['3SABCD0000001'])
    expect(await parked()).toEqual([])
  })
})
