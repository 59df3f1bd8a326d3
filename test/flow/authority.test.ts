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
  await world.pass(60_000)
  await world.engine.observe(world.ids.shopify).catch(() => undefined)
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
})
