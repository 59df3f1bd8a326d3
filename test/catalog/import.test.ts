/** Imports: they go on where they were stopped, say how far they are, and never keep an order waiting. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { importOf, progressOf } from '../../src/catalog/import-jobs.ts'
import type { SandboxProduct } from '../../src/sandbox/shop.ts'
import { type FreshDatabase, onPostgresOnly } from '../support/databases.ts'
import { createWorld, type PlatformName, type World } from '../support/world.ts'

let world: World
let fresh: FreshDatabase | undefined
afterEach(() => world?.close())

const platforms = ['shopify', 'woocommerce', 'tiktok-shop'] as const

const productsOf = (count: number): SandboxProduct[] =>
  Array.from({ length: count }, (_, n) => ({ sku: `S${n}`, title: `Thing ${n}`, price: '9.50', quantity: 3 }))

/** Pages that are asked for after this many answers end as if the shop were away. */
function shopThatStops(path: RegExp, after: { answers: number }) {
  const asked: string[] = []
  return {
    asked,
    async network(_platform: PlatformName, request: Request, forward: (request: Request) => Promise<Response>) {
      const text = request.method === 'POST' ? await request.clone().text() : ''
      if (!path.test(request.url + text)) return await forward(request)
      asked.push(request.url + text)
      if (asked.length > after.answers) return new Response('{"code":"away","message":"away"}', { status: 503 })
      return await forward(request)
    },
  }
}

const listPage: Readonly<Record<PlatformName, RegExp>> = {
  shopify: /query ListingsSince/,
  woocommerce: /wc\/v3\/products\?.*orderby=modified/,
  'tiktok-shop': /products\/search.*page_token=/,
}

const listed = async (platform: PlatformName) => {
  const row = await world.store.db
    .selectFrom('listing')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account', '=', world.ids[platform])
    .executeTakeFirstOrThrow()
  return Number(row.n)
}

const jobOf = async (platform: PlatformName) => {
  const job = await importOf(world.store.db, world.ids[platform])
  if (!job) throw new Error(`${platform} has no import`)
  return job
}

/** How many things there are, after how many pages the shop is gone, and how many it takes at most to read the rest. */
const sizes = {
  shopify: { count: 260, answers: 2, pagesMax: 51 },
  woocommerce: { count: 260, answers: 2, pagesMax: 5 },
  // Reads by windows of a thousand at most, of which the pages behind the first are counted: the rest are 7, the shelves 12.
  'tiktok-shop': { count: 1300, answers: 8, pagesMax: 19 },
} as const

function imports(shops: readonly PlatformName[]): void {
  it.each(shops)('from %s goes on after a crash where it was, and ends with everything', async (platform) => {
    const { count, answers, pagesMax } = sizes[platform]
    const limit: { answers: number } = { answers }
    const away = shopThatStops(listPage[platform], limit)
    world = await createWorld({
      products: [],
      databaseUrl: await fresh?.(),
      network: away.network,
      at: () => undefined,
    })
    // A shop's things change at different times.
    for (const product of productsOf(count)) {
      world.shops[platform].addProduct(product)
      await world.clock.advance(1000)
    }
    await world.engine.start()
    await world.pass(2000)
    const { ended } = await world.during(world.engine.imports.begin(world.ids[platform], 'Ada'))
    ended.catch(() => undefined)
    await world.pass(4000)
    const before = await jobOf(platform)
    expect(before).toMatchObject({ state: 'listings', reason: null })
    expect(before.resume).not.toBe('')
    expect(before.done).toBeGreaterThan(0)
    expect(before.done).toBeLessThan(count)
    expect(before.total).toBe(count)
    const begun = away.asked.length

    await world.crash()
    limit.answers = Number.POSITIVE_INFINITY
    await world.engine.start()
    await world.pass(120_000)
    expect(await jobOf(platform)).toMatchObject({ state: 'done', owner: null })
    expect(await listed(platform)).toBe(count)
    const pages = away.asked.slice(begun)
    // It did not begin anew: what was behind it is not asked for again, but for one second's overlap.
    expect(pages.length).toBeLessThanOrEqual(pagesMax)
    const job = await jobOf(platform)
    expect(await progressOf(world.store.db, job)).toEqual({ phase: 'shelves', done: count, total: count })
  })

  it('that is asked for twice is one import', async () => {
    world = await createWorld({ products: productsOf(3), databaseUrl: await fresh?.() })
    const [one, two] = await Promise.all([
      world.during(world.engine.imports.begin(world.ids.shopify, 'Ada')),
      world.during(world.engine.imports.begin(world.ids.shopify, 'Bob')),
    ])
    expect(two.job.id).toBe(one.job.id)
    await world.during(Promise.all([one.ended, two.ended]))
    expect(await jobOf('shopify')).toMatchObject({ id: one.job.id, state: 'done' })
  })

  it('that fails at its first step says why, and can be asked for again', async () => {
    world = await createWorld({ products: productsOf(3), databaseUrl: await fresh?.() })
    world.refuse('woocommerce', true)
    await expect(world.during(world.engine.importAccount(world.ids.woocommerce))).rejects.toThrow()
    expect(await jobOf('woocommerce')).toMatchObject({ state: 'failed', owner: null, reason: expect.any(String) })
    world.refuse('woocommerce', false)
    await world.during(world.engine.importAccount(world.ids.woocommerce))
    expect(await jobOf('woocommerce')).toMatchObject({ state: 'done', reason: null })
  })
}

describe('on SQLite', () => imports(platforms))

// One shop says enough of SQL.
onPostgresOnly((database) => {
  beforeEach(() => {
    fresh = database
  })
  afterEach(() => {
    fresh = undefined
  })
  imports(['woocommerce'])
})
