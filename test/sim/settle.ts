/** Lets an evening come to its end: everything ships, every poll and every look at the shelves comes round, until nothing moves. */

import type { SandboxShop } from '../../src/sandbox/shop.ts'
import type { World } from '../support/world.ts'

/** A lost webhook is made good by a poll: one round of them, with its jitter, and time to do what it found. */
const pollsRoundMs = 90_000
const lookEveryMs = 15_000
/** An evening that still moves after so much time never comes to rest. */
const restlessMsMax = 30 * 60_000

/** Resolves with what never came to rest, each as a sentence; empty when all did. */
export async function settle(world: World): Promise<string[]> {
  await world.pass(pollsRoundMs)
  await untilQuiet(world)
  for (const order of world.shops.shopify.orders()) {
    if (!order.shipped && !order.cancelled)
      world.shops.shopify.ship(order.id, { carrier: 'PostNL', number: `3S9${String(order.id).slice(-10)}` })
  }
  await world.pass(pollsRoundMs)
  // What somebody changed by hand is found by a look at every shelf.
  for (const id of Object.values(world.ids)) await world.during(world.engine.observe(id))
  return (await untilQuiet(world)) ? [] : ['It never came to rest.']
}

async function untilQuiet(world: World): Promise<boolean> {
  for (let passed = 0; passed < restlessMsMax; passed += lookEveryMs) {
    const before = await mark(world)
    await world.pass(lookEveryMs)
    if (before !== undefined && before === (await mark(world))) return true
  }
  return false
}

/** Another text when anything moved; undefined while something is under way. */
async function mark(world: World): Promise<string | undefined> {
  const { db } = world.store
  const soon = world.clock.now() + lookEveryMs
  const moves = (shop: SandboxShop) => shop.hooksUnderway() > 0 || (shop.nextTickAt() ?? Infinity) < soon
  if (Object.values(world.shops).some(moves)) return undefined
  const waiting = await db
    .selectFrom('receipt')
    .select('subject')
    .where('state', 'in', ['due', 'flying'])
    .limit(1)
    .execute()
  const unsettled = await db
    .selectFrom('rights')
    .select('register')
    .where((eb) => eb.or([eb('op', 'is not', null), eb('pend', 'is not', null)]))
    .limit(1)
    .execute()
  if (waiting.length > 0 || unsettled.length > 0) return undefined
  const { intents } = await db
    .selectFrom('intent')
    .select((eb) => eb.fn.max('stamp').as('intents'))
    .executeTakeFirstOrThrow()
  return intents ?? ''
}
