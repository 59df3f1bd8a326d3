/** One seeded evening through the whole program in virtual time: what is done, what goes wrong, and what holds at its end. */

import { createHash } from 'node:crypto'
import { type Random, seededRandom } from '../../src/clock.ts'
import { calmRhythm, type Rhythm } from '../../src/loops.ts'
import type { HookChaos } from '../../src/sandbox/shop.ts'
import { createWorld, type World } from '../support/world.ts'
import { acts } from './acts.ts'
import { faultsOf } from './checks.ts'
import { disturbances } from './disturbances.ts'
import { bundles, type Evening, restocked, sellable } from './scene.ts'
import { settle } from './settle.ts'

export interface Story {
  readonly seed: number
  /** How often each kind of thing happened. */
  readonly coverage: Readonly<Record<string, number>>
  /** What is wrong at the end; empty when all holds. */
  readonly faults: readonly string[]
  /** What was done, in order: the story of a failure. */
  readonly events: readonly string[]
  /** Of the world's log and every movement: the same seed gives the same one, or the world is not deterministic. */
  readonly fingerprint: string
}

const minute = 60_000
/** Webhooks come late, out of order, twice, or not at all. */
const chaos: HookChaos = { medianDelayMs: 900, spread: 1.2, lost: 0.05, doubled: 0.05 }
/** How long TikTok Shop keeps an order before it may be shipped: short, so that an evening sees many through. */
const holdMs = minute
/** Polls and looks at the shelves come round often enough that an evening need not last longer than its acts. */
const rhythm: Rhythm = {
  ...calmRhythm,
  pollOrdersEveryMs: 60_000,
  pollOrdersBusyEveryMs: 30_000,
  pollListingsEveryMs: 10 * minute,
  settleEveryMs: 15_000,
  observeEveryMs: 5 * minute,
}
const stockAtStart = 60

/** Acts come in bursts, as buyers do: so often the next one follows within this time, else after a pause. */
const burstChance = 0.75
const withinBurstMs = 150
const pauseMs = 6000

/** Plays `steps` acts, lets everything settle, and looks. */
export async function playEvening(seed: number, steps = 200, databaseUrl?: string): Promise<Story> {
  const world = await createWorld({
    products: sellable.map((sku) => ({ sku, title: sku, price: '9.95', quantity: 0 })),
    seed,
    chaos,
    shipper: 'shopify',
    holdMs,
    rhythm,
    databaseUrl,
  })
  const evening: Evening = { world, random: seededRandom(seed * 7919 + 1), events: [], coverage: {}, bought: [] }
  const happenings = [...acts, ...disturbances]
  try {
    await world.linkAll(bundles)
    for (const sku of restocked) await world.receive(sku, stockAtStart)
    await world.engine.start()
    await world.pass(10_000)
    for (let step = 0; step < steps; step++) {
      const { name, happen } = pick(evening.random, happenings)
      evening.coverage[name] = (evening.coverage[name] ?? 0) + 1
      await happen(evening)
      await world.pass(evening.random.next() * (evening.random.next() < burstChance ? withinBurstMs : pauseMs))
    }
    const unrest = await settle(world)
    return {
      seed,
      coverage: { ...evening.coverage, ...(await calls(world)) },
      faults: [...unrest, ...(await faultsOf(world))],
      events: evening.events,
      fingerprint: await fingerprintOf(world),
    }
  } finally {
    await world.close()
  }
}

function pick<T extends { readonly weight: number }>(random: Random, from: readonly T[]): T {
  const total = from.reduce((sum, { weight }) => sum + weight, 0)
  let at = random.next() * total
  for (const one of from) {
    at -= one.weight
    if (at < 0) return one
  }
  throw new Error('weights do not add up')
}

async function calls(world: World): Promise<Record<string, number>> {
  const rows = await world.store.db
    .selectFrom('call')
    .select(['kind', 'state'])
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .groupBy(['kind', 'state'])
    .execute()
  return Object.fromEntries(rows.map(({ kind, state, n }) => [`${kind} call ${state}`, Number(n)]))
}

async function fingerprintOf(world: World): Promise<string> {
  const movements = await world.store.db.selectFrom('movement').selectAll().orderBy('id').execute()
  const publications = await world.store.db.selectFrom('publication').selectAll().orderBy('id').execute()
  return createHash('sha256')
    .update(JSON.stringify([world.log, movements, publications]))
    .digest('hex')
}
