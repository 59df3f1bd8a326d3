/** What shops should never say and do say: each has an outcome that people can see, and everything else goes on. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { auditListings } from '../../src/api/read/audit.ts'
import { readListings } from '../../src/api/read/listings.ts'
import { readProblems } from '../../src/api/read/problems.ts'
import { matchListings } from '../../src/catalog/matching.ts'
import type { RawDelivery } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
import { type FreshDatabase, onEveryDatabase, onPostgresOnly } from '../support/databases.ts'
import { createWorld, type PlatformName, type World } from '../support/world.ts'

let world: World
let fresh: FreshDatabase | undefined
afterEach(async () => {
  fresh = undefined
  await world?.close()
})

async function selling(options: Partial<Parameters<typeof createWorld>[0]> = {}): Promise<void> {
  world = await createWorld({
    policy: 'mirror',
    databaseUrl: await fresh?.(),
    products: [
      { sku: 'MUG', title: 'Blue mug', price: '12.50', quantity: 0 },
      { sku: 'POT', title: 'Tea pot', price: '24.50', quantity: 0 },
    ],
    ...options,
  })
  await world.linkAll()
  await world.receive('MUG', 10)
  await world.receive('POT', 10)
  await world.engine.start()
  await world.pass(20_000)
}

let made = 0
/** Puts a raw body into the inbox, as if the shop had said it just now, and lets it be read. */
async function say(platform: PlatformName, topic: string, body: unknown, source: RawDelivery['source'] = 'fetch') {
  const key = `said-${++made}`
  const raw = { source, topic, key, body: JSON.stringify(body), fetchStartedAt: world.clock.now() }
  const [id] = await world.engine.inbox.append(world.ids[platform], [raw])
  await world.pass(3000)
  return await world.store.db
    .selectFrom('reading_receipt')
    .select(['outcome', 'reason'])
    .where('delivery', '=', id ?? '')
    .executeTakeFirstOrThrow()
}

/** As the API shows them. */
const problems = async () => (await readProblems(world.store.db, world.clock.now(), { limit: 100 })).items
const listings = async (platform: PlatformName, sku: string) =>
  (await readListings(world.store.db, { account: world.ids[platform], limit: 100 })).filter((one) => one.sku === sku)

async function listingOf(platform: PlatformName, sku: string) {
  const [found] = await listings(platform, sku)
  if (!found) throw new Error(`${platform} lists no ${sku}`)
  return found
}

const receipts = (kind: string) => world.store.db.selectFrom('receipt').selectAll().where('kind', '=', kind).execute()
const shelves = (sku: string) => Object.values(world.shops).map((shop) => shop.shelf().get(sku))

/** The rest of the shop still works: a sale of another thing is everywhere soon. */
async function othersGoOn(): Promise<void> {
  const [before = 0] = shelves('POT')
  expect(world.shops.woocommerce.buy([{ sku: 'POT', quantity: 1 }])).toMatchObject({ ok: true })
  await world.pass(30_000)
  expect(shelves('POT')).toEqual([before - 1, before - 1, before - 1])
}

onEveryDatabase((database) => {
  beforeEach(() => {
    fresh = database
  })

  describe('WooCommerce says', () => {
    beforeEach(() => selling())

    /** One product row, as the API lists it. */
    const row = (id: string, change: Record<string, unknown> = {}) => ({
      id: Number(id.slice(1)),
      parent_id: 0,
      type: 'simple',
      name: 'Blue mug',
      sku: 'MUG',
      status: 'publish',
      manage_stock: true,
      stock_quantity: 10,
      backorders: 'no',
      date_modified_gmt: new Date(world.clock.now() + 1000).toISOString().slice(0, 19),
      ...change,
    })
    const rows = (...list: unknown[]) => ({ parent: null, rows: list })

    it('a signed error instead of what changed: parked, with what to do', async () => {
      const error = { code: 'woocommerce_rest_cannot_view', message: 'Sorry', data: { status: 401 } }
      expect(await say('woocommerce', 'product.updated', error, 'webhook')).toMatchObject({
        outcome: 'parked',
        reason: expect.stringMatching(/may not read its own data .* shop manager/),
      })
      expect(await problems()).toMatchObject([
        { kind: 'delivery', account: world.ids.woocommerce, reason: expect.stringMatching(/shop manager/) },
      ])
      await othersGoOn()
    })

    it('a stock that is no number: parked, and nothing moves', async () => {
      const { listing } = await listingOf('woocommerce', 'MUG')
      const said = ['', 'abc', 1e300, [], true]
      for (const quantity of said) {
        const outcome = await say('woocommerce', 'stock', rows(row(listing, { stock_quantity: quantity })))
        expect([quantity, outcome.outcome]).toEqual([quantity, 'parked'])
      }
      const found = await problems()
      expect(found).toHaveLength(said.length)
      for (const problem of found)
        expect(problem).toMatchObject({ kind: 'delivery', reason: expect.stringContaining('stock_quantity') })
      expect(shelves('MUG')).toEqual([10, 10, 10])
    })

    it('a stock below zero or with a fraction: read as whole units, and put right', async () => {
      const { listing, register } = await listingOf('woocommerce', 'MUG')
      for (const [quantity, units] of [
        [-3, -3],
        [2.5, 2],
      ]) {
        expect(await say('woocommerce', 'stock', rows(row(listing, { stock_quantity: quantity })))).toMatchObject({
          outcome: 'posted',
        })
        const shelf = await world.store.db
          .selectFrom('shelf')
          .select('available_units')
          .where('register', '=', register ?? '')
          .executeTakeFirst()
        expect(shelf?.available_units).toBe(units)
      }
      // What the shop says to a question counts, not what somebody pushed: it shows ten, and so do the books.
      await world.engine.observe(world.ids.woocommerce)
      expect(shelves('MUG')).toEqual([10, 10, 10])
      await othersGoOn()
    })

    it.each([
      ['not counted any more', { manage_stock: false, stock_quantity: null }, 'untracked'],
      ['sold below zero without end', { backorders: 'yes' }, 'endless'],
    ] as const)('a product that is %s: listed as such, and not written', async (_what, change, counting) => {
      const { listing, register } = await listingOf('woocommerce', 'MUG')
      await say('woocommerce', 'listings', rows(row(listing, change)))
      expect(await listingOf('woocommerce', 'MUG')).toMatchObject({ counting })
      const audit = await auditListings(world.store.db, world.ids.woocommerce)
      expect(audit[counting].map((one) => one.listing)).toEqual([listing])
      const before = world.shops.woocommerce.stats().stockWrites
      world.shops.shopify.buy([{ sku: 'MUG', quantity: 4 }])
      await world.pass(20_000)
      expect(world.shops.woocommerce.stats().stockWrites).toBe(before)
      const [receipt] = (await receipts('stock')).filter(({ subject }) => subject === register)
      expect(receipt).toMatchObject({ state: 'done' })
    })

    it('a variation under another parent: another listing, to be linked; the old one is not written', async () => {
      const child = (parent: string) => ({
        parent,
        parentName: 'Shirt',
        rows: [row('p71', { parent_id: Number(parent), type: 'variation', name: 'M', sku: 'SHIRT-M' })],
      })
      await say('woocommerce', 'listings', child('69'))
      await say('woocommerce', 'listings', { parent: '69', rows: [], missing: ['v69/71'] })
      await say('woocommerce', 'listings', child('80'))
      const found = await world.store.db.selectFrom('listing').selectAll().where('sku_text', '=', 'SHIRT-M').execute()
      expect(Object.fromEntries(found.map(({ listing, state }) => [listing, state]))).toEqual({
        'v69/71': 'deleted',
        'v80/71': 'active',
      })
      const { unlinked } = await auditListings(world.store.db, world.ids.woocommerce)
      expect(unlinked.map(({ listing }) => listing)).toEqual(['v80/71'])
      await othersGoOn()
    })

    it('an order with a quantity that is none: parked whole, nothing reserved, the next one read', async () => {
      const order = (id: number, quantity: unknown) => ({
        id,
        status: 'processing',
        currency: 'EUR',
        date_created_gmt: '2026-06-15T18:00:00',
        date_modified_gmt: '2026-06-15T18:00:00',
        line_items: [{ id: 1, product_id: 11, quantity, meta_data: [{ key: '_reduced_stock', value: '1' }] }],
      })
      for (const quantity of ['', 'many', 1e300, null])
        expect(await say('woocommerce', 'orders', order(900, quantity))).toMatchObject({
          outcome: 'parked',
          reason: expect.stringContaining('quantity'),
        })
      expect((await problems()).map(({ kind, subject }) => `${kind}: ${subject}`)).toEqual(
        Array.from({ length: 4 }, () => 'delivery: fetch orders'),
      )
      expect(await say('woocommerce', 'orders', order(901, 1))).toMatchObject({ outcome: 'posted' })
      await othersGoOn()
    })
  })

  describe('TikTok Shop says', () => {
    it('a sku is made of others: listed as derived, and not written', async () => {
      await selling()
      const { listing, register } = await listingOf('tiktok-shop', 'MUG')
      const [product = '', rest = ''] = listing.split('/')
      const [sku = '', warehouse = ''] = rest.split('@')
      const combined = [{ product_id: '1', sku_id: '2', sku_count: 1 }]
      const inventory = [{ warehouse_id: warehouse, quantity: 10 }]
      await say('tiktok-shop', 'product', {
        id: product,
        title: 'Set',
        status: 'ACTIVATE',
        update_time: Math.floor(world.clock.now() / 1000) + 1,
        skus: [{ id: sku, seller_sku: 'MUG', inventory, combined_skus: combined }],
      })
      expect(await listingOf('tiktok-shop', 'MUG')).toMatchObject({ counting: 'derived' })
      const before = world.shops['tiktok-shop'].stats().stockWrites
      world.shops.shopify.buy([{ sku: 'MUG', quantity: 4 }])
      await world.pass(20_000)
      expect(world.shops['tiktok-shop'].stats().stockWrites).toBe(before)
      const [receipt] = (await receipts('stock')).filter(({ subject }) => subject === register)
      expect(receipt).toMatchObject({ state: 'done' })
    })

    it('a warehouse more: its counter is listed, and waits for a link', async () => {
      await selling()
      const { listing } = await listingOf('tiktok-shop', 'MUG')
      const [product = '', rest = ''] = listing.split('/')
      const [sku = '', warehouse = ''] = rest.split('@')
      await say('tiktok-shop', 'product', {
        id: product,
        title: 'Blue mug',
        status: 'ACTIVATE',
        update_time: Math.floor(world.clock.now() / 1000) + 1,
        skus: [
          {
            id: sku,
            seller_sku: 'MUG',
            inventory: [
              { warehouse_id: warehouse, quantity: 10 },
              { warehouse_id: '7399000000000000001', quantity: 0 },
            ],
          },
        ],
      })
      const found = await listings('tiktok-shop', 'MUG')
      expect(found.map(({ links }) => links.length)).toEqual([1, 0])
      expect(await problems()).toMatchObject([
        { kind: 'listing', reason: expect.stringMatching(/^A warehouse was added.*7399000000000000001/) },
      ])
      await othersGoOn()
    })

    it('an order in a currency that the shop that ships does not keep: parked, with both', async () => {
      await selling({ shipper: 'shopify', holdMs: 60_000, tiktokCurrency: 'PLN' })
      expect(world.shops['tiktok-shop'].buy([{ sku: 'MUG', quantity: 1 }])).toMatchObject({ ok: true })
      await world.pass(5 * 60_000)
      const [order] = await receipts('order')
      expect(order).toMatchObject({ state: 'parked' })
      expect(await problems()).toContainEqual(
        expect.objectContaining({
          kind: 'receipt',
          account: world.ids.shopify,
          meaning: 'copy',
          reason: expect.stringMatching(/PLN.*EUR/),
        }),
      )
      expect(shelves('MUG')).toEqual([9, 9, 9])
      await othersGoOn()
    })
  })
})

function deletion(platform: PlatformName): void {
  it('while we write to it: its listing ends, its write too, and the rest goes on', async () => {
    await selling()
    const shop = world.shops[platform]
    const { listing, register } = await listingOf(platform, 'MUG')
    const other = platform === 'shopify' ? 'woocommerce' : 'shopify'
    shop.setDark(true)
    expect(world.shops[other].buy([{ sku: 'MUG', quantity: 4 }])).toMatchObject({ ok: true })
    // On its way: sent, and not answered with anything that settles it.
    await world.pass(20_000)
    const [waiting] = (await receipts('stock')).filter(({ subject }) => subject === register)
    expect(waiting?.state).not.toBe('done')
    shop.erase('MUG')
    shop.setDark(false)
    await world.pass(120_000)
    const [ended] = (await receipts('stock')).filter(({ subject }) => subject === register)
    expect(ended).toMatchObject({ state: 'done', reason: null })
    const found = await readListings(world.store.db, { account: world.ids[platform], listing, limit: 1 })
    expect(found).toMatchObject([{ state: 'deleted' }])
    expect(await problems()).toEqual([])
    await othersGoOn()
  })
}

describe.each(['shopify', 'woocommerce', 'tiktok-shop'] as const)('%s deletes a product', deletion)

// How a shop refuses what is gone is the connector's; one says enough of SQL.
onPostgresOnly((database) => {
  beforeEach(() => {
    fresh = database
  })
  describe('woocommerce deletes a product', () => deletion('woocommerce'))
})

it('two listings with one sku text and GTINs that disagree are shown as doubts, never linked by guess', () => {
  const listing = (id: string, gtin: string) => ({
    account: asId<'account'>('woo'),
    id: asId<'listing'>(id),
    title: 'Mug',
    sku: 'MUG',
    gtin,
    register: id,
    group: null,
  })
  const skus = [
    { sku: asId<'sku'>('MUG'), gtin: '8712345678906' },
    { sku: asId<'sku'>('POT'), gtin: '8712345678913' },
  ]
  const { matches, doubts } = matchListings([listing('p1', '8712345678906'), listing('p2', '8712345678913')], skus)
  expect(matches.map(({ listing: { id } }) => id)).toEqual(['p1'])
  expect(doubts).toMatchObject([{ listing: { id: 'p2' }, reason: expect.stringMatching(/\w+ \w+/) }])
})
