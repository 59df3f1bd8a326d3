import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(() => world.close())

async function open() {
  world = await createWorld({
    products: [{ sku: 'MUG', title: 'Mug', price: '9.95', quantity: 40 }],
    policy: 'strict',
    shipper: 'shopify',
    holdMs: 60_000,
  })
  await world.accounts.change(world.ids.shopify, { countsStock: true })
  await world.linkAll()
  await world.engine.start()
  // Every shop began with all of it: what Shopify's checkouts may still hold is free only when they are dead.
  await world.pass(11 * 60_000)
}

const balance = () =>
  world.store.db
    .selectFrom('balance')
    .select(['on_hand', 'reserved', 'shipped'])
    .where('sku', '=', 'MUG')
    .executeTakeFirst()

/** Every quantity of the one item, by name. */
const quantities = async () => {
  const row = await world.store.db
    .selectFrom('shelf')
    .select(['on_hand_units', 'available_units', 'committed_units'])
    .where('account', '=', world.ids.shopify)
    .executeTakeFirst()
  return row && { ...row }
}

describe('a shop that is the stock authority', () => {
  it('brings its count as the stock, and keeps it while what it sells is moved to and fro', async () => {
    await open()
    expect(await balance()).toEqual({ on_hand: 40, reserved: 0, shipped: 0 })
    expect((await quantities())?.on_hand_units).toBe(40)
    const shown = [...Object.values(world.shops)].map((shop) => shop.shelf().get('MUG') ?? 0)
    expect(shown.reduce((sum, units) => sum + units, 0)).toBeLessThanOrEqual(40)
    const calls = await world.store.db
      .selectFrom('call')
      .select('method')
      .distinct()
      .where('kind', '=', 'stock')
      .where('account', '=', world.ids.shopify)
      .execute()
    expect(calls.map(({ method }) => method)).toEqual(['inventoryMoveQuantities'])
  })

  it('counts goods once, whoever sold them: sold here, sold elsewhere and shipped from here', async () => {
    await open()
    world.shops.shopify.buy([{ sku: 'MUG', quantity: 2 }])
    world.shops.woocommerce.buy([{ sku: 'MUG', quantity: 1 }])
    world.shops['tiktok-shop'].buy([{ sku: 'MUG', quantity: 3 }])
    await world.pass(180_000)
    expect(await balance()).toEqual({ on_hand: 40, reserved: 6, shipped: 0 })
    for (const order of world.shops.shopify.orders())
      world.shops.shopify.ship(order.id, { carrier: 'PostNL', number: `3SABCD${order.id.slice(-7).padStart(7, '1')}` })
    await world.pass(900_000)
    expect(await balance()).toEqual({ on_hand: 34, reserved: 0, shipped: 6 })
    expect((await quantities())?.on_hand_units).toBe(34)
    expect(await counts()).toEqual([{ units: 40, sku: 'MUG' }])
  })

  it('takes over what somebody counts, and nothing while parcels are on their way into the books', async () => {
    await open()
    world.shops['tiktok-shop'].buy([{ sku: 'MUG', quantity: 3 }])
    await world.pass(180_000)
    const shown = world.shops.shopify.shelf().get('MUG') ?? 0
    // The admin's field for what is available: two more than it was, so two more are on hand.
    world.shops.shopify.setStockByHand('MUG', shown + 2)
    await world.pass(900_000)
    expect(await balance()).toEqual({ on_hand: 42, reserved: 3, shipped: 0 })
    expect(await counts()).toEqual([
      { units: 40, sku: 'MUG' },
      { units: 2, sku: 'MUG' },
    ])
  })

  it('has a cancelled copy put back once', async () => {
    await open()
    const bought = world.shops.woocommerce.buy([{ sku: 'MUG', quantity: 4 }])
    await world.pass(60_000)
    expect(world.shops.shopify.orders()).toHaveLength(1)
    if (bought.ok) world.shops.woocommerce.cancel(bought.order)
    await world.pass(900_000)
    expect(world.shops.shopify.orders()[0]?.cancelled).toBe(true)
    expect(await balance()).toEqual({ on_hand: 40, reserved: 0, shipped: 0 })
    expect((await quantities())?.on_hand_units).toBe(40)
    expect(await counts()).toHaveLength(1)
  })

  it('cannot be a shop with one number only', async () => {
    await open()
    expect((await world.accounts.open(world.ids.woocommerce))?.channel.abilities.countsOnHand).toBe(false)
  })
})

/** What was counted in the shop and taken over, in order. */
async function counts() {
  const rows = await world.store.db
    .selectFrom('inbox')
    .select('body')
    .where('key', 'like', 'count:%')
    .orderBy('id')
    .execute()
  return rows.map(({ body }) => {
    const { units, sku } = JSON.parse(body) as { units: number; sku: string }
    return { units, sku }
  })
}
