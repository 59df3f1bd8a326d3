import { afterEach, describe, expect, it } from 'vitest'
import { onEveryDatabase } from '../support/databases.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(() => world?.close())

onEveryDatabase((fresh) => {
  describe('a shop that refuses our credentials', () => {
    it('is marked broken with its words, the others go on, and it catches up when a person has seen to it', async () => {
      world = await createWorld({
        policy: 'mirror',
        databaseUrl: await fresh(),
        products: [{ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 0 }],
      })
      await world.linkAll()
      await world.receive('MUG', 10)
      await world.engine.start()
      await world.pass(15_000)

      world.refuse('woocommerce', true)
      world.shops['tiktok-shop'].buy([{ sku: 'MUG', quantity: 1 }])
      await world.pass(120_000)
      expect(await world.accounts.get(world.ids.woocommerce)).toMatchObject({
        state: 'broken',
        reason: expect.stringContaining('refuses our credentials'),
      })
      expect(world.shops.shopify.shelf().get('MUG')).toBe(9)
      expect(world.shops.woocommerce.shelf().get('MUG')).toBe(10)
      const callsWhileBroken = world.requests('woocommerce')
      await world.pass(60_000)
      expect(world.requests('woocommerce')).toBe(callsWhileBroken)

      world.refuse('woocommerce', false)
      await world.accounts.change(world.ids.woocommerce, { state: 'active', reason: null })
      await world.pass(60_000)
      expect(world.shops.woocommerce.shelf().get('MUG')).toBe(9)
    })
  })
})
