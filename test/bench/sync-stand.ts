/** One sandbox shop with thousands of changed registers and the dispatcher before it, in time that the bench owns. */

import { sql } from 'kysely'
import { connectors } from '../../connectors/index.ts'
import { markets } from '../../mappings/markets.ts'
import { orderStateTable } from '../../mappings/order-states.ts'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { createVault } from '../../src/accounts/vault.ts'
import { setRule } from '../../src/catalog/rules.ts'
import { type Fetch, seededRandom } from '../../src/clock.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { asId } from '../../src/domain.ts'
import { silentLog } from '../../src/log.ts'
import { calmRhythm, createEngine } from '../../src/loops.ts'
import { calmHooks, type SandboxDeps, type SandboxShop } from '../../src/sandbox/shop.ts'
import { shopifySandbox } from '../../src/sandbox/shopify/index.ts'
import { tiktokSandbox } from '../../src/sandbox/tiktok-shop/index.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { wooSandbox } from '../../src/sandbox/woocommerce/index.ts'
import { openStore } from '../../src/store/index.ts'
import type { Db } from '../../src/store/tables.ts'
import { watchCryptoWork } from '../support/crypto-work.ts'

export type PlatformName = 'shopify' | 'woocommerce' | 'tiktok-shop'

/** What the shop allows: points or requests a second, and how many may go at once. */
export interface Budget {
  readonly perSecond: number
  readonly capacity: number
}

export interface Synced {
  /** Points or requests that the shop accepted from the first write to the last. */
  readonly spent: number
  /** What its budget would have allowed in that time. */
  readonly allowed: number
  readonly refills: number
  readonly throttled: number
  /** Registers whose shelf shows the right number in the end. */
  readonly right: number
  readonly virtualMs: number
}

const origins: Readonly<Record<PlatformName, string>> = {
  shopify: 'https://onhand-demo.myshopify.com',
  woocommerce: 'https://woo.example',
  'tiktok-shop': 'https://tiktok.example',
}
/** A shop's answer takes this long. */
const latencyMs = 100
interface Plan {
  capacity: number
  restorePerSecond: number
}

const before = 20
const after = 50
const withinMs = 2 * 3_600_000

/** `plan` may be changed while the shop is open. */
function openShop(platform: PlatformName, deps: SandboxDeps, { perSecond }: Budget, plan: Plan): SandboxShop {
  if (platform === 'shopify') return shopifySandbox(deps, { plan })
  if (platform === 'woocommerce') return wooSandbox(deps, { home: origins.woocommerce, requestsPerSecond: perSecond })
  return tiktokSandbox(deps, { requestsPerSecond: perSecond })
}

/** What one accepted request cost; nothing for a refused one. */
async function costOf(platform: PlatformName, answer: Response): Promise<number> {
  if (answer.status === 429) return 0
  if (platform !== 'shopify') return 1
  // Safe: the sandbox states the cost of every answer in this place.
  const { extensions } = (await answer.clone().json()) as { extensions?: { cost?: { actualQueryCost: number | null } } }
  return extensions?.cost?.actualQueryCost ?? 0
}

/**
 * Changes every register of the shop, `waves` times, and lets the dispatcher write them.
 * `isKnown`: the pacer is told the budget; otherwise it starts from what the connector assumes.
 */
export async function syncShop(options: {
  platform: PlatformName
  registers: number
  waves: number
  budget: Budget
  isKnown: boolean
}): Promise<Synced> {
  const { platform, registers, budget, isKnown } = options
  const clock = virtualClock(undefined, undefined, watchCryptoWork())
  const random = seededRandom(1)
  const store = await openStore('sqlite::memory:', { clock, random })
  const watch = { isOn: false, spent: 0, firstAt: 0, lastAt: 0 }
  const route: Fetch = async (request) => {
    if (new URL(request.url).origin !== origins[platform]) return new Response(null, { status: 200 })
    if (!watch.isOn) return await shop.app.fetch(request)
    if (watch.spent === 0) watch.firstAt = clock.monotonic()
    await clock.sleep(latencyMs / 2)
    const answer = await shop.app.fetch(request)
    watch.spent += await costOf(platform, answer)
    watch.lastAt = clock.monotonic()
    await clock.sleep(latencyMs / 2)
    return answer
  }
  // A first import has pages that cost more than a small bucket holds.
  const plan: Plan = { capacity: 1000, restorePerSecond: 1000 }
  const shop = openShop(platform, { clock, random, fetch: route, chaos: calmHooks }, budget, plan)
  // Ten skus to a product, as far as a shop has products of several.
  for (let n = 0; n < registers; n++)
    shop.addProduct({ sku: `sku-${n}`, title: `Thing ${Math.floor(n / 10)}`, price: '10.00', quantity: before })

  const pacer = createPacer(clock)
  const accounts = createAccounts({
    store,
    vault: await createVault(new Uint8Array(32).fill(7)),
    connectors,
    clock,
    random,
    fetch: route,
    publicUrl: () => 'https://onhand.example',
    newPacer: () => pacer,
  })
  const engine = createEngine({
    store,
    accounts,
    clock,
    random,
    log: silentLog,
    carriers: { carriers: [], refusals: [] },
    life: { states: orderStateTable, markets },
    rhythm: calmRhythm,
  })
  const { shop: identity, credentials, settings } = shop.connection()
  const created = await accounts.create({
    platform,
    title: platform,
    shop: identity,
    origin: origins[platform],
    credentials,
    settings: platform === 'tiktok-shop' ? { ...settings, authOrigin: origins[platform] } : settings,
  })
  if (!created.ok) throw new Error(`${platform}: ${created.field} ${created.reason}`)
  const id = asId<'account'>(created.account.id)

  /** Lets time pass until the work is done. */
  async function during<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const watched = work.finally(() => {
      isDone = true
    })
    watched.catch(() => undefined)
    for (let i = 0; i < 100_000 && !isDone; i++) if (!(await clock.step())) await clock.advance(1)
    return await watched
  }

  const opened = await accounts.open(id)
  if (!opened) throw new Error('The account did not open.')
  const { limits } = opened.channel
  if (platform !== 'shopify')
    pacer.configure({
      ...limits,
      bucket: { capacity: 1, restorePerSecond: budget.perSecond / 2 },
      discovered: false,
    })
  await during(engine.importAccount(id))
  await sql`insert into sku (merchant, sku, title, safety_units, rev, created_at)
    select 'main', sku_text, title, 0, 1, 0 from listing where register is not null`.execute(store.db)
  await sql`insert into link (account, listing, merchant, sku, units, rev, updated_at)
    select account, listing, 'main', sku_text, 1, 1, 0 from listing where register is not null`.execute(store.db)
  await sql`insert into balance (merchant, pool, sku, on_hand, reserved, shipped, moved_at, counted_at, rev)
    select 'main', 'main', sku_text, ${sql.lit(before)}, 0, 0, 0, 0, 1 from listing where register is not null`.execute(
    store.db,
  )
  // The mirror writes every change; rights are refilled only where it is worth a write, and what is measured here is the writing.
  const mirror = { name: 'policy', value: 'mirror' } as const
  await store.transaction((tx) => setRule(tx, mirror, { now: clock.now(), newId: store.newId }))
  // The bucket is full again, and the connector begins with what it assumes or was told.
  const told = { capacity: budget.capacity, restorePerSecond: budget.perSecond }
  Object.assign(plan, told)
  await clock.advance(3_600_000)
  pacer.configure(isKnown ? { ...limits, bucket: told, discovered: false } : limits)
  const throttledBefore = pacer.throttledCalls
  watch.isOn = true

  const skus = (await store.db.selectFrom('sku').select('sku').execute()).map(({ sku }) => asId<'sku'>(sku))
  for (let wave = 1; wave <= options.waves; wave++) {
    const units = after + wave
    await store.db
      .updateTable('balance')
      .set((eb) => ({ on_hand: units, rev: eb('rev', '+', 1) }))
      .execute()
    engine.planner.wake(skus)
    await engine.planner.drain()
    engine.wake()
    // What was intended is noticed a turn later.
    await clock.advance(0)
    const startedAt = clock.monotonic()
    while ((await waiting(store.db)) > 0 && clock.monotonic() - startedAt < withinMs) {
      engine.wake()
      await clock.advance(1000)
    }
  }
  watch.isOn = false
  const shelf = shop.shelf()
  const right = [...shelf.values()].filter((units) => units === after + options.waves).length
  const elapsedMs = watch.lastAt - watch.firstAt
  const allowed = budget.capacity + (elapsedMs / 1000) * budget.perSecond
  await during(engine.stop())
  await store.close()
  return {
    spent: watch.spent,
    allowed,
    refills: (elapsedMs / 1000) * (budget.perSecond / budget.capacity),
    throttled: pacer.throttledCalls - throttledBefore,
    right,
    virtualMs: elapsedMs,
  }
}

async function waiting(db: Db): Promise<number> {
  const { n } = await db
    .selectFrom('receipt')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('state', 'in', ['due', 'flying'])
    .executeTakeFirstOrThrow()
  return Number(n)
}
