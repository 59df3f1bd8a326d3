import { afterEach, describe, expect, it } from 'vitest'
import { onEveryDatabase } from '../support/databases.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(() => world?.close())

const shelves = (sku: string) =>
  Object.fromEntries(Object.entries(world.shops).map(([name, shop]) => [name, shop.shelf().get(sku)]))

onEveryDatabase((fresh) => {
  describe('one sale', () => {
    it('is known to the other shops within seconds', async () => {
      world = await createWorld({
        policy: 'mirror',
        databaseUrl: await fresh(),
        products: [{ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 0 }],
      })
      await world.linkAll()
      await world.receive('MUG', 10)
      await world.engine.start()
      await world.pass(15_000)
      expect(shelves('MUG')).toEqual({ shopify: 10, woocommerce: 10, 'tiktok-shop': 10 })

      for (const platform of ['tiktok-shop', 'woocommerce', 'shopify'] as const) {
        expect(world.shops[platform].buy([{ sku: 'MUG', quantity: 1 }])).toMatchObject({ ok: true })
        await world.pass(15_000)
      }
      expect(shelves('MUG')).toEqual({ shopify: 7, woocommerce: 7, 'tiktok-shop': 7 })
      const balance = await world.store.db.selectFrom('balance').selectAll().executeTakeFirstOrThrow()
      expect(balance).toMatchObject({ on_hand: 10, reserved: 3 })
    })
  })
})
