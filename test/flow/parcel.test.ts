import { afterEach, describe, expect, it } from 'vitest'
import { type FreshDatabase, onEveryDatabase } from '../support/databases.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(() => world?.close())

const minutes = 60_000

async function started(fresh: FreshDatabase): Promise<void> {
  world = await createWorld({
    policy: 'mirror',
    databaseUrl: await fresh(),
    products: [
      { sku: 'MUG', title: 'Mug', price: '12.50', quantity: 0 },
      { sku: 'SPOON', title: 'Spoon', price: '2.95', quantity: 0 },
      { sku: 'SET', title: 'Mug with two spoons', price: '17.00', quantity: 0 },
    ],
    shipper: 'shopify',
    holdMs: 10 * minutes,
  })
  await world.linkAll({ SET: { MUG: 1, SPOON: 2 } })
  await world.receive('MUG', 10)
  await world.receive('SPOON', 12)
  await world.engine.start()
  await world.pass(15_000)
}

const copies = () => world.shops.shopify.orders().filter(({ reference }) => reference !== undefined)
const shelf = (platform: keyof World['shops']) => Object.fromEntries(world.shops[platform].shelf())

onEveryDatabase((fresh) => {
  describe('one parcel', () => {
    it('goes from an order on hold to a tracking number in the shop that sold it', async () => {
      await started(fresh)
      expect(shelf('tiktok-shop')).toEqual({ MUG: 10, SPOON: 12, SET: 6 })
      const bought = world.shops['tiktok-shop'].buy([{ sku: 'SET', quantity: 1 }])
      if (!bought.ok) throw new Error(bought.reason)
      await world.pass(1 * minutes)

      // On hold: reserved and told to the others, but not to be shipped yet.
      expect(copies()).toEqual([])
      for (const platform of ['shopify', 'woocommerce', 'tiktok-shop'] as const)
        expect(shelf(platform)).toEqual({ MUG: 9, SPOON: 10, SET: 5 })

      await world.pass(12 * minutes)
      expect(copies()).toMatchObject([
        { reference: `onhand:tiktok-shop-1:${bought.order}`, lines: [{ sku: 'SET', quantity: 1 }] },
      ])
      for (const platform of ['shopify', 'woocommerce', 'tiktok-shop'] as const)
        expect(shelf(platform)).toEqual({ MUG: 9, SPOON: 10, SET: 5 })

      const copy = copies()[0]?.id ?? ''
      expect(world.shops.shopify.ship(copy, { carrier: 'PostNL', number: '3SABCD1234567' })).toBe(true)
      await world.pass(2 * minutes)
      const sold = world.shops['tiktok-shop'].orders().find(({ id }) => id === bought.order)
      expect(sold?.tracking).toMatchObject([{ carrier: 'PostNL', number: '3SABCD1234567' }])
      const balances = await world.store.db
        .selectFrom('balance')
        .select(['sku', 'on_hand', 'reserved', 'shipped'])
        .orderBy('sku')
        .execute()
      expect(balances.map((row) => ({ ...row }))).toEqual([
        { sku: 'MUG', on_hand: 9, reserved: 0, shipped: 1 },
        { sku: 'SPOON', on_hand: 10, reserved: 0, shipped: 2 },
      ])
    })

    it('goes from WooCommerce too', async () => {
      await started(fresh)
      const bought = world.shops.woocommerce.buy([{ sku: 'MUG', quantity: 2 }])
      if (!bought.ok) throw new Error(bought.reason)
      await world.pass(1 * minutes)
      expect(copies()).toMatchObject([
        { reference: `onhand:woocommerce-1:${bought.order}`, lines: [{ sku: 'MUG', quantity: 2 }] },
      ])
      world.shops.shopify.ship(copies()[0]?.id ?? '', { carrier: 'DHL Express', number: 'JVGL0123456789012345' })
      await world.pass(2 * minutes)
      expect(world.shops.woocommerce.orders().find(({ id }) => id === bought.order)).toMatchObject({
        shipped: true,
        tracking: [{ number: 'JVGL0123456789012345' }],
      })
      expect(shelf('shopify')).toEqual({ MUG: 8, SPOON: 12, SET: 6 })
    })

    it('is cancelled on both sides when the buyer changes their mind', async () => {
      await started(fresh)
      const bought = world.shops['tiktok-shop'].buy([{ sku: 'MUG', quantity: 1 }])
      if (!bought.ok) throw new Error(bought.reason)
      await world.pass(1 * minutes)
      expect(world.shops['tiktok-shop'].cancel(bought.order)).toBe(true)
      await world.pass(2 * minutes)
      const later = world.shops.woocommerce.buy([{ sku: 'MUG', quantity: 1 }])
      if (!later.ok) throw new Error(later.reason)
      await world.pass(1 * minutes)
      expect(copies()).toHaveLength(1)
      expect(world.shops.woocommerce.cancel(later.order)).toBe(true)
      await world.pass(2 * minutes)
      expect(copies()).toMatchObject([{ cancelled: true }])
      for (const platform of ['shopify', 'woocommerce', 'tiktok-shop'] as const)
        expect(shelf(platform)).toEqual({ MUG: 10, SPOON: 12, SET: 6 })
    })
  })
})
