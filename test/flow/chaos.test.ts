import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock.ts'
import { onPostgresOnly } from '../support/databases.ts'
import { createWorld, type PlatformName, type World } from '../support/world.ts'

let world: World
let folder: string | undefined
afterEach(async () => {
  await world?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
  folder = undefined
})

const platforms = ['shopify', 'woocommerce', 'tiktok-shop'] as const
const skus = ['MUG', 'CUP', 'BOWL', 'JUG']
const stock = 200

async function start(seed: number, databaseUrl?: string): Promise<void> {
  world = await createWorld({
    policy: 'mirror',
    products: skus.map((sku) => ({ sku, title: sku, price: '10.00', quantity: 0 })),
    seed,
    databaseUrl,
    shipper: 'shopify',
    holdMs: 60_000,
    chaos: { medianDelayMs: 1500, spread: 1, lost: 0.1, doubled: 0.1 },
  })
  await world.linkAll()
  for (const sku of skus) await world.receive(sku, stock)
  await world.engine.start()
  await world.pass(15_000)
}

/** What the buyers did, by shop and order: the truth that the books must come to. */
type Sold = Map<string, { platform: PlatformName; sku: string; units: number; isCancelled: boolean }>

async function buyers(random: () => number, sold: Sold, purchases: number): Promise<void> {
  const oneOf = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  for (let i = 0; i < purchases; i++) {
    await world.pass(250 + Math.floor(random() * 1500))
    const platform = oneOf(platforms) ?? 'shopify'
    const sku = oneOf(skus) ?? 'MUG'
    const units = 1 + Math.floor(random() * 2)
    const bought = world.shops[platform].buy([{ sku, quantity: units }])
    if (bought.ok) sold.set(`${platform} ${bought.order}`, { platform, sku, units, isCancelled: false })
    const regretted = random() < 0.15 ? oneOf([...sold].filter(([, sale]) => !sale.isCancelled)) : undefined
    if (!regretted) continue
    const [key, sale] = regretted
    if (world.shops[sale.platform].cancel(key.slice(sale.platform.length + 1)))
      sold.set(key, { ...sale, isCancelled: true })
  }
}

/** The books, the shelves and the copies say what the buyers did. */
async function expectTruth(sold: Sold): Promise<void> {
  const open = [...sold].filter(([, { isCancelled }]) => !isCancelled)
  const expected = Object.fromEntries(
    skus.map((sku) => [
      sku,
      stock - open.filter(([, sale]) => sale.sku === sku).reduce((sum, [, { units }]) => sum + units, 0),
    ]),
  )
  const { db } = world.store
  const balances = await db.selectFrom('balance').select(['sku', 'on_hand', 'reserved']).execute()
  expect(Object.fromEntries(balances.map(({ sku, on_hand, reserved }) => [sku, on_hand - reserved]))).toEqual(expected)
  for (const platform of platforms)
    expect([platform, Object.fromEntries(world.shops[platform].shelf())]).toEqual([platform, expected])

  const copies = world.shops.shopify.orders().filter(({ reference }) => reference !== undefined)
  const references = (all: typeof copies) => all.map(({ reference }) => reference).toSorted()
  expect(new Set(references(copies)).size).toBe(copies.length)
  const wanted = open
    .filter(([, { platform }]) => platform !== 'shopify')
    .map(([key, { platform }]) => `onhand:${platform}-1:${key.slice(platform.length + 1)}`)
  expect(wanted.length).toBeGreaterThan(0)
  expect(references(copies.filter(({ cancelled }) => !cancelled))).toEqual(wanted.toSorted())

  const parked = await db
    .selectFrom('receipt')
    .select(['kind', 'subject', 'reason'])
    .where('state', '=', 'parked')
    .execute()
  const unread = await db.selectFrom('reading_receipt').select('reason').where('outcome', '=', 'parked').execute()
  expect([...parked, ...unread]).toEqual([])
  const open_ = await db.selectFrom('call').select('key').where('state', 'in', ['open', 'unknown']).execute()
  expect(open_).toEqual([])
}

const minutes = 60_000

async function evening(seed: number, databaseUrl?: string): Promise<void> {
  await start(seed, databaseUrl)
  const random = seededRandom(seed * 1000)
  const sold: Sold = new Map()
  await buyers(random.next, sold, 10)
  world.setNetwork(false)
  await buyers(random.next, sold, 5)
  await world.pass(1 * minutes)
  world.setNetwork(true)
  await buyers(random.next, sold, 10)
  await world.pass(5 * minutes)
  await expectTruth(sold)
}

async function deaths(seed: number, databaseUrl: string): Promise<void> {
  await start(seed, databaseUrl)
  const random = seededRandom(seed)
  const sold: Sold = new Map()
  for (let i = 0; i < 3; i++) {
    await buyers(random.next, sold, 5)
    await world.crash()
    await world.engine.start()
  }
  await world.pass(5 * minutes)
  await expectTruth(sold)
}

describe('an evening on which webhooks get lost, doubled and late, and the network fails for a minute', () => {
  it.each([1, 2, 3, 4, 5])('ends with books, shelves and copies that say what the buyers did (seed %i)', (seed) =>
    evening(seed),
  )
})

describe('a process that dies', () => {
  it.each([11, 12])(
    'in the middle of it all leaves what the next one needs, and no secret on the disk (seed %i)',
    async (seed) => {
      folder = mkdtempSync(join(tmpdir(), 'onhand-'))
      await deaths(seed, `sqlite:${join(folder, 'onhand.db')}`)
      const files = readdirSync(folder).map((file) => readFileSync(join(folder ?? '', file), 'latin1'))
      for (const platform of platforms) {
        const { credentials } = world.shops[platform].connection()
        for (const [name, secret] of Object.entries(credentials)) {
          if (typeof secret !== 'string' || !/secret|token|key/i.test(name) || name === 'appKey') continue
          expect(files.some((text) => text.includes(secret))).toBe(false)
          expect(world.log.some((text) => text.includes(secret))).toBe(false)
        }
      }
    },
  )
})

// One life and one evening are enough: what differs between the databases is proved by their battery.
onPostgresOnly((fresh) => {
  it('an evening on which everything goes wrong ends with the truth', { timeout: 90_000 }, async () => {
    await evening(6, await fresh())
  })

  it('a process that dies leaves what the next one needs', { timeout: 90_000 }, async () => {
    await deaths(11, await fresh())
  })
})
