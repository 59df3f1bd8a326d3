import { afterEach, expect, it } from 'vitest'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(() => world.close())

const learned = async () => {
  const row = await world.store.db
    .selectFrom('account')
    .select('learned')
    .where('id', '=', world.ids['tiktok-shop'])
    .executeTakeFirstOrThrow()
  return JSON.parse(row.learned) as unknown
}

it.each([
  [true, 1, { zeroWritable: 'no' }],
  [false, 0, { zeroWritable: 'yes' }],
])('TikTok Shop teaches whether a counter may be 0 (refused: %s)', async (refuseZero, least, lesson) => {
  world = await createWorld({
    products: [{ sku: 'MUG', title: 'Mug', price: '9.95', quantity: 5 }],
    policy: 'strict',
    shopOptions: { 'tiktok-shop': { refuseZero } },
  })
  await world.linkAll()
  await world.engine.start()
  // Nothing is there, and the shops show five each.
  await world.receive('MUG', 0)
  await world.pass(60_000)
  expect(world.shops['tiktok-shop'].shelf().get('MUG')).toBe(least)
  expect(world.shops.woocommerce.shelf().get('MUG')).toBe(0)
  expect(await learned()).toEqual(lesson)
  const parked = await world.store.db.selectFrom('receipt').select('reason').where('state', '=', 'parked').execute()
  expect(parked).toEqual([])
})
