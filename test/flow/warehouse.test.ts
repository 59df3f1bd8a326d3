/** TikTok Shop takes the stock of all of a sku's warehouses or of none: one that nobody has linked yet is written along. */

import { afterEach, describe, expect, it } from 'vitest'
import { readProblems } from '../../src/api/read/problems.ts'
import { linkListing } from '../../src/catalog/listings.ts'
import { asId } from '../../src/domain.ts'
import { type FreshDatabase, onPostgresOnly } from '../support/databases.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(() => world?.close())

/** Longer than the catalogue polls are apart. */
const soonMs = 330_000

const tiktok = () => world.shops['tiktok-shop']
const problems = async () => (await readProblems(world.store.db, world.clock.now(), { limit: 100 })).items
const parked = () => world.store.db.selectFrom('receipt').selectAll().where('state', '=', 'parked').execute()
const mugsAt = (warehouse: string) =>
  world.store.db
    .selectFrom('listing')
    .select('listing')
    .where('account', '=', world.ids['tiktok-shop'])
    .where('sku_text', '=', 'MUG')
    .where('listing', 'like', `%@${warehouse}`)
    .executeTakeFirstOrThrow()

async function selling(fresh?: FreshDatabase): Promise<void> {
  world = await createWorld({
    policy: 'mirror',
    databaseUrl: await fresh?.(),
    products: [{ sku: 'MUG', title: 'Blue mug', price: '12.50', quantity: 0 }],
  })
  await world.linkAll()
  await world.receive('MUG', 10)
  await world.engine.start()
  await world.pass(20_000)
  expect(tiktok().shelf().get('MUG')).toBe(10)
}

/** Somebody buys elsewhere, which TikTok Shop has to learn of. */
async function sellElsewhere(quantity: number): Promise<void> {
  expect(world.shops.shopify.buy([{ sku: 'MUG', quantity }])).toMatchObject({ ok: true })
  await world.pass(60_000)
}

async function linkedAndUnlinked(fresh?: FreshDatabase): Promise<void> {
  await selling(fresh)
  const opened = tiktok().openWarehouse('Second')
  await world.pass(soonMs)
  const { listing } = await mugsAt(opened)
  const link = (units: number) =>
    world.store.transaction((tx) =>
      linkListing(
        tx,
        world.ids['tiktok-shop'],
        asId(listing),
        units > 0 ? [{ sku: asId('MUG'), units }] : [],
        world.clock.now(),
      ),
    )
  await link(1)
  await world.pass(60_000)
  // Both counters show the whole stock, as two listings of one thing do.
  expect(tiktok().shelf().get('MUG')).toBe(20)
  expect(await problems()).toEqual([])
  await link(0)
  await world.pass(5000)
  await sellElsewhere(4)
  expect(tiktok().shelf().get('MUG')).toBe(6 + 10)
  expect(await parked()).toEqual([])
}

describe('a warehouse is added', () => {
  it('shows nothing: it is kept at nothing, decreases go on, and a person is told', async () => {
    await selling()
    const opened = tiktok().openWarehouse('Second')
    await sellElsewhere(4)
    await world.pass(soonMs)
    expect(tiktok().shelf().get('MUG')).toBe(6)
    expect(await parked()).toEqual([])
    expect(await problems()).toMatchObject([
      { kind: 'listing', reason: expect.stringMatching(new RegExp(`^A warehouse was added.*@${opened}`)) },
    ])
  })

  it('shows units of its own: they are left as they are while the others follow', async () => {
    await selling()
    tiktok().openWarehouse('Second', { MUG: 3 })
    await world.pass(soonMs)
    await sellElsewhere(4)
    await sellElsewhere(1)
    expect(tiktok().shelf().get('MUG')).toBe(5 + 3)
    expect(await parked()).toEqual([])
  })

  it('shows units of its own before anybody has looked: the write waits for the look', async () => {
    await selling()
    tiktok().openWarehouse('Second', { MUG: 3 })
    await sellElsewhere(4)
    await world.pass(60_000)
    expect(tiktok().shelf().get('MUG')).toBe(6 + 3)
    expect(await parked()).toEqual([])
  })

  it('is linked, and unlinked again: then it keeps what it shows, and the other goes on', () => linkedAndUnlinked())
})

onPostgresOnly((fresh) => {
  it('a warehouse is linked, and unlinked again', () => linkedAndUnlinked(fresh))
})
