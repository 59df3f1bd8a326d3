/** The importing process of the bench: connects a shop, or goes on with what a killed one left, and prints how it went. */

import { setTimeout as sleep } from 'node:timers/promises'
import { connectors } from '../../connectors/index.ts'
import { carrierBook } from '../../mappings/index.ts'
import { markets } from '../../mappings/markets.ts'
import { orderStateTable } from '../../mappings/order-states.ts'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { createVault } from '../../src/accounts/vault.ts'
import { importOf, isUnderWay, progressOf } from '../../src/catalog/import-jobs.ts'
import { matchBooks } from '../../src/catalog/matching-books.ts'
import { addSku } from '../../src/catalog/skus.ts'
import { seededRandom, systemClock } from '../../src/clock.ts'
import { createPacer } from '../../src/dispatcher/pacer.ts'
import { asId } from '../../src/domain.ts'
import { silentLog } from '../../src/log.ts'
import { calmRhythm, createEngine } from '../../src/loops.ts'
import { openStore } from '../../src/store/index.ts'

interface Asked {
  readonly databaseUrl: string
  readonly platform: string
  readonly origin: string
  readonly shop: string
  readonly credentials: Record<string, unknown>
  readonly settings: Record<string, unknown>
  /** Absent: imports. Present: makes as many skus and matches. */
  readonly skus?: number
}

// Safe: the bench has written it.
const asked = JSON.parse(process.argv[2] ?? '{}') as Asked
const clock = systemClock
// A second process must not repeat the nonces of the first.
const random = seededRandom(process.pid)
const store = await openStore(asked.databaseUrl, { clock, random })
const say = (fact: object) => process.stdout.write(`${JSON.stringify(fact)}\n`)
const peakMb = () => process.resourceUsage().maxRSS / 1024

async function matching(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1000)
    await store.transaction(async (tx) => {
      for (let n = at; n < Math.min(count, at + 1000); n++)
        await addSku(tx, { sku: asId(`S-${n}`), title: `Thing number ${n}` }, clock.now())
    })
  const startedAt = performance.now()
  const { matches } = await matchBooks(store.db)
  say({ matchMs: performance.now() - startedAt, matches: matches.length, peakMb: peakMb() })
}

async function listed(): Promise<number> {
  const row = await store.db
    .selectFrom('listing')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(row.n)
}

async function importing(): Promise<void> {
  const accounts = createAccounts({
    store,
    vault: await createVault(new Uint8Array(32).fill(7)),
    connectors,
    clock,
    random,
    fetch: globalThis.fetch,
    publicUrl: () => 'http://127.0.0.1:1',
    newPacer: () => createPacer(clock),
  })
  const engine = createEngine({
    store,
    accounts,
    clock,
    random,
    log: silentLog,
    carriers: carrierBook,
    life: { states: orderStateTable, markets },
    rhythm: calmRhythm,
  })
  const known = (await accounts.list())[0]
  if (!known) {
    const { platform, shop, origin, credentials, settings } = asked
    const made = await accounts.create({
      platform,
      title: platform,
      shop: platform === 'woocommerce' ? origin : shop,
      origin,
      credentials,
      settings: { ...settings, ...(platform === 'tiktok-shop' && { authOrigin: origin }) },
    })
    if (!made.ok) throw new Error(made.reason)
  }
  const id = (await accounts.list())[0]?.id ?? ''
  const startedAt = performance.now()
  await engine.start()
  if (!known) await engine.imports.begin(asId(id), 'bench')
  for (;;) {
    await sleep(500)
    const job = await importOf(store.db, id)
    if (!job) continue
    const progress = await progressOf(store.db, job)
    const seconds = (performance.now() - startedAt) / 1000
    const listings = isUnderWay(job) ? undefined : await listed()
    say({ listings, state: job.state, ...progress, walked: job.done, seconds, peakMb: peakMb(), reason: job.reason })
    if (!isUnderWay(job)) break
  }
  await engine.stop()
}

await (asked.skus === undefined ? importing() : matching(asked.skus))
await store.close()
process.exit(0)
