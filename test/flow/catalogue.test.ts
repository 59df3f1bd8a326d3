/** Catalogues change while Onhand keeps their stock: what is gone is not written any more, what came back is offered again. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { linkListing } from '../../src/catalog/listings.ts'
import { addSku } from '../../src/catalog/skus.ts'
import { asId } from '../../src/domain.ts'
import { type FreshDatabase, onPostgresOnly } from '../support/databases.ts'
import { createWorld, type PlatformName, type World } from '../support/world.ts'

let world: World
let fresh: FreshDatabase | undefined
afterEach(() => world?.close())

/** Longer than the catalogue polls are apart. */
const soonMs = 330_000

const platforms = ['shopify', 'woocommerce', 'tiktok-shop'] as const

async function selling(quantity = 10): Promise<void> {
  world = await createWorld({
    policy: 'mirror',
    databaseUrl: await fresh?.(),
    products: [
      { sku: 'MUG', title: 'Blue mug', price: '12.50', quantity: 0 },
      { sku: 'POT', title: 'Tea pot', price: '24.50', quantity: 0 },
    ],
  })
  await world.linkAll()
  await world.receive('MUG', quantity)
  await world.receive('POT', quantity)
  await world.engine.start()
  await world.pass(30_000)
}

const listings = (platform: PlatformName) =>
  world.store.db.selectFrom('listing').selectAll().where('account', '=', world.ids[platform]).execute()

async function listed(platform: PlatformName, listing: string) {
  const found = (await listings(platform)).find((row) => row.listing === listing)
  if (!found) throw new Error(`${platform} has no listing ${listing} in the books`)
  return found
}

async function listingOf(platform: PlatformName, sku: string) {
  const found = (await listings(platform)).find((row) => row.sku_text === sku)
  if (!found) throw new Error(`${platform} lists no ${sku}`)
  return found
}

const receiptOf = (platform: PlatformName, register: string | null) =>
  world.store.db
    .selectFrom('receipt')
    .select(['state', 'reason'])
    .where('account', '=', world.ids[platform])
    .where('kind', '=', 'stock')
    .where('subject', '=', register ?? '')
    .executeTakeFirst()

const parked = () => world.store.db.selectFrom('receipt').selectAll().where('state', '=', 'parked').execute()

const shelves = (sku: string) => platforms.map((platform) => world.shops[platform].shelf().get(sku))

/** Somebody buys on another shop, which this one has to learn of. */
async function sellElsewhere(platform: PlatformName, sku: string, quantity: number): Promise<void> {
  const other = platform === 'shopify' ? 'woocommerce' : 'shopify'
  expect(world.shops[other].buy([{ sku, quantity }])).toMatchObject({ ok: true })
  await world.pass(30_000)
}

function comingAndGoing(platform: PlatformName): void {
  const shop = () => world.shops[platform]
  const shelf = (sku: string) => shop().shelf().get(sku)

  it('a new product is listed, and written from when it is linked', async () => {
    await selling()
    shop().addProduct({ sku: 'NEW', title: 'New thing', price: '5.00', quantity: 3 })
    await world.pass(soonMs)
    const found = await listingOf(platform, 'NEW')
    expect(found).toMatchObject({ title: 'New thing', state: 'active', counting: 'counted' })
    expect(shelf('NEW')).toBe(3)
    await world.store.transaction(async (tx) => {
      await addSku(tx, { sku: asId('NEW'), title: 'New thing' }, world.clock.now())
      await linkListing(
        tx,
        world.ids[platform],
        asId(found.listing),
        [{ sku: asId('NEW'), units: 1 }],
        world.clock.now(),
      )
    })
    await world.receive('NEW', 8)
    await world.pass(60_000)
    expect(shelf('NEW')).toBe(8)
  })

  it('what is deleted is not written any more, while the rest is; what comes back is offered again', async () => {
    await selling()
    const { listing, register } = await listingOf(platform, 'MUG')
    shop().remove('MUG')
    // Long before a poll comes round.
    await world.pass(20_000)
    expect(await listed(platform, listing)).toMatchObject({ state: 'deleted' })
    const before = shop().stats().stockWrites
    await sellElsewhere(platform, 'MUG', 4)
    await world.pass(30_000)
    expect(shop().stats().stockWrites).toBe(before)
    expect(await listed(platform, listing)).toMatchObject({ state: 'deleted' })
    await sellElsewhere(platform, 'POT', 1)
    expect(shelves('POT')).toEqual([9, 9, 9])
    expect(await receiptOf(platform, register)).toMatchObject({ state: 'done', reason: null })
    expect(await parked()).toEqual([])
    // Shopify deletes for good.
    if (!shop().restore('MUG')) return
    await world.pass(soonMs)
    expect(await listed(platform, listing)).toMatchObject({ state: 'active' })
    expect(shelves('MUG')).toEqual([6, 6, 6])
  })
}

function smallChanges(platform: PlatformName): void {
  const shop = () => world.shops[platform]
  const shelf = (sku: string) => shop().shelf().get(sku)

  it('another name, and a sku text taken away, change nothing of what is counted', async () => {
    await selling()
    const { listing, register } = await listingOf(platform, 'MUG')
    shop().rename('MUG', 'Mug, blue')
    await world.pass(soonMs)
    expect(await listed(platform, listing)).toMatchObject({ title: expect.stringContaining('Mug, blue'), register })
    shop().recode('MUG', 'CUP')
    await world.pass(soonMs)
    expect(await listed(platform, listing)).toMatchObject({ sku_text: 'CUP', register })
    await sellElsewhere(platform, 'MUG', 4)
    expect(shelf('CUP')).toBe(6)
    expect(await parked()).toEqual([])
  })

  it('what is taken off sale keeps its number for the day it comes back', async () => {
    await selling()
    const { listing } = await listingOf(platform, 'MUG')
    shop().offer('MUG', 'inactive')
    await world.pass(soonMs)
    expect(await listed(platform, listing)).toMatchObject({ state: 'inactive' })
    await sellElsewhere(platform, 'MUG', 4)
    shop().offer('MUG', 'active')
    await world.pass(soonMs)
    expect(await listed(platform, listing)).toMatchObject({ state: 'active' })
    expect(shelves('MUG')).toEqual([6, 6, 6])
    expect(await parked()).toEqual([])
  })

  it('what is erased without a word is found out by the first write, which ends instead of staying parked', async () => {
    await selling()
    const { listing, register } = await listingOf(platform, 'MUG')
    shop().erase('MUG')
    await sellElsewhere(platform, 'MUG', 4)
    await sellElsewhere(platform, 'POT', 1)
    await world.pass(60_000)
    expect(await listed(platform, listing)).toMatchObject({ state: 'deleted' })
    expect(await receiptOf(platform, register)).toMatchObject({ state: 'done', reason: null })
    expect(await parked()).toEqual([])
    expect(shelves('POT')).toEqual([9, 9, 9])
    const before = shop().stats().stockWrites
    await sellElsewhere(platform, 'MUG', 1)
    expect(shop().stats().stockWrites).toBe(before)
  })
}

describe.each(platforms)('on %s', (platform) => {
  comingAndGoing(platform)
  smallChanges(platform)
})

describe('on tiktok-shop', () => {
  it('what TikTok has frozen is left alone until it is free again', async () => {
    await selling()
    const shop = world.shops['tiktok-shop']
    const { listing, register } = await listingOf('tiktok-shop', 'MUG')
    shop.offer('MUG', 'frozen')
    await sellElsewhere('tiktok-shop', 'MUG', 4)
    await world.pass(60_000)
    expect(await listed('tiktok-shop', listing)).toMatchObject({ state: 'frozen' })
    expect(await receiptOf('tiktok-shop', register)).toMatchObject({ state: 'done' })
    expect(await parked()).toEqual([])
    shop.offer('MUG', 'active')
    await world.pass(soonMs)
    expect(shelves('MUG')).toEqual([6, 6, 6])
  })
})

it('what is unlinked is not written any more', async () => {
  await selling()
  const { listing, register } = await listingOf('woocommerce', 'MUG')
  await world.store.transaction((tx) => linkListing(tx, world.ids.woocommerce, asId(listing), [], world.clock.now()))
  await world.pass(5000)
  await sellElsewhere('tiktok-shop', 'MUG', 4)
  expect(shelves('MUG')).toEqual([6, 10, 6])
  expect(await receiptOf('woocommerce', register)).toMatchObject({ state: 'done' })
})

// One shop says enough of SQL; it is the one with the most readings a product.
onPostgresOnly((database) => {
  beforeEach(() => {
    fresh = database
  })
  afterEach(() => {
    fresh = undefined
  })
  describe('on woocommerce', () => comingAndGoing('woocommerce'))
})
