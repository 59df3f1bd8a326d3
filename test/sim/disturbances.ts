/** What goes wrong of an evening: each ends by itself, and must leave no trace. */

import type { Random } from '../../src/clock.ts'
import type { World } from '../support/world.ts'
import { type Evening, type Happening, oneOf, platforms } from './scene.ts'

const salesMeanwhile = 3
const betweenSalesMs = 20_000

export const disturbances: readonly Happening[] = [
  { name: 'network down', weight: 2, happen: networkDown },
  { name: 'shop dark', weight: 2, happen: shopDark },
]

async function networkDown({ world, random, events }: Evening): Promise<void> {
  events.push('network down')
  world.setNetwork(false)
  await buyWhile(world, random)
  world.setNetwork(true)
  events.push('network up')
}

async function shopDark({ world, random, events }: Evening): Promise<void> {
  const platform = oneOf(random, platforms) ?? 'woocommerce'
  events.push(`${platform} dark`)
  world.shops[platform].setDark(true)
  await buyWhile(world, random)
  world.shops[platform].setDark(false)
  events.push(`${platform} bright`)
}

/** Shops keep selling when nobody can reach them. */
async function buyWhile(world: World, random: Random): Promise<void> {
  for (let i = 0; i < salesMeanwhile; i++) {
    const platform = oneOf(random, platforms) ?? 'shopify'
    world.shops[platform].buy([{ sku: 'BOWL', quantity: 1 }])
    await world.pass(random.next() * betweenSalesMs)
  }
}
