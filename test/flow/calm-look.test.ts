/** A sale between two looks makes a register's rights too large by it: the next calm look gives the unit back to the others. */

import { afterEach, expect, it } from 'vitest'
import { rightsOf } from '../../src/planner/registers.ts'
import { believedUnits } from '../../src/planner/rights.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(() => world?.close())

async function tiktokBelieves(): Promise<number> {
  const row = await world.books
    .selectFrom('rights')
    .innerJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'rights.account')
        .onRef('register_count.register', '=', 'rights.register'),
    )
    .selectAll('rights')
    .select('taken_units')
    .where('rights.account', '=', world.ids['tiktok-shop'])
    .executeTakeFirstOrThrow()
  return believedUnits(rightsOf(row), row.taken_units)
}

/** An absolute write waits for the look that settles it. */
async function tiktokIsUnsettled(): Promise<boolean> {
  const rows = await world.books
    .selectFrom('rights')
    .select('register')
    .where('account', '=', world.ids['tiktok-shop'])
    .where('pend', 'is not', null)
    .execute()
  return rows.length > 0
}

it('is looked at again soon, not with the next round', async () => {
  let sells = false
  let sold = 0
  world = await createWorld({
    products: [{ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 0 }],
    network: async (platform, request, forward) => {
      const answer = await forward(request)
      const isShelf = platform === 'tiktok-shop' && request.url.includes('/inventory/search')
      if (
        sells &&
        isShelf &&
        (await tiktokIsUnsettled()) &&
        world.shops['tiktok-shop'].buy([{ sku: 'MUG', quantity: 1 }]).ok
      )
        sold++
      return answer
    },
  })
  await world.linkAll()
  await world.engine.start()
  await world.receive('MUG', 60)
  await world.pass(20_000)
  // A refill of a shelf that still shows something is an absolute write over it, and the look that settles it is disturbed.
  const tiktok = world.shops['tiktok-shop']
  while (tiktok.counter('MUG').units > 4) tiktok.buy([{ sku: 'MUG', quantity: 1 }])
  sells = true
  for (let n = 0; n < 200 && sold === 0; n++) await world.pass(100)
  sells = false
  expect(sold).toBeGreaterThan(0)
  await world.pass(25_000)
  const shelf = world.shops['tiktok-shop'].counter('MUG').units
  expect(await tiktokBelieves()).toBe(shelf)
  expect(world.log.filter((line) => line.includes('shelf differed'))).toEqual([])
})
