/** One seed through the whole program in virtual time: what is done, what goes wrong, and what holds after every step and at its end. */

import { createHash } from 'node:crypto'
import { seededRandom } from '../../src/clock.ts'
import { calmRhythm, type Rhythm } from '../../src/loops.ts'
import { createWorld, type World } from '../support/world.ts'
import { actsOf, perform, receiveUnits } from './acts.ts'
import { createDangers } from './dangers.ts'
import { Broken, checkBooks, checkRights, checkSales, historyOf, registersOf } from './laws.ts'
import { createNetwork } from './network.ts'
import { type Act, bundles, components, createCoverage, type Stage, sellable } from './scene.ts'
import { comeToRest } from './settle.ts'
import { weatherOf } from './weather.ts'

export interface Story {
  readonly seed: number
  /** How often each kind of thing happened. */
  readonly coverage: Readonly<Record<string, number>>
  /** What is wrong; empty when all holds. */
  readonly faults: readonly string[]
  /** What was done, in order: the story of a failure. */
  readonly events: readonly string[]
  readonly acts: readonly Act[]
  /** Of the world's log and every movement: the same seed gives the same one, or the world is not deterministic. */
  readonly fingerprint: string
}

/** How long the marketplace keeps an order before it may be shipped: short, so that an evening sees many through. */
const holdMs = 25_000
/** Polls and looks at the shelves come round often enough that an evening need not last longer than its acts. */
const rhythm: Rhythm = {
  ...calmRhythm,
  pollOrdersEveryMs: 30_000,
  pollOrdersBusyEveryMs: 15_000,
  pollListingsEveryMs: 240_000,
  settleEveryMs: 5_000,
  observeEveryMs: 90_000,
  observeBusyEveryMs: 30_000,
}
/** A step is looked at after so much time at the latest. */
const lookEveryMs = 1000
/** So much happens in every seed that is played whole. */
export const eventsMin = 200

export interface PlayOptions {
  /** Other acts than the seed's own: a shortened story. */
  readonly acts?: readonly Act[] | undefined
  readonly databaseUrl?: string | undefined
}

/** Plays the acts of a seed, lets everything settle, and looks. */
export async function playEvening(seed: number, { acts: given, databaseUrl }: PlayOptions = {}): Promise<Story> {
  const weather = weatherOf(seed)
  const acts = given ?? actsOf(seed, weather)
  const coverage = createCoverage()
  const random = seededRandom(seed * 15_485_863 + 5)
  const network = createNetwork({ clock: () => world.clock, random, weather: weather.network, coverage })
  const dangers = createDangers(() => world, coverage)
  const world: World = await createWorld({
    products: sellable.map((sku) => ({
      sku,
      title: weather.isGrouped && sku !== 'SET' ? 'Pair' : sku,
      price: '9.95',
      quantity: 0,
    })),
    seed,
    chaos: weather.hooks,
    shipper: weather.shipper,
    holdMs,
    rhythm,
    databaseUrl,
    policy: 'strict',
    shopOptions: weather.shopOptions,
    skewMs: weather.skewMs,
    settings: { shopify: { checkoutMinutes: 1 } },
    network: network.travel,
    onHook: dangers.onHook,
    at: dangers.at,
  })
  const stage: Stage = {
    world,
    weather,
    events: [],
    coverage,
    bought: [],
    received: {},
    raised: {},
    dangers,
    tell: (event) => stage.events.push(`${new Date(world.clock.now()).toISOString().slice(11, 23)} ${event}`),
    async pass(ms) {
      const until = world.clock.now() + Math.ceil(ms)
      while (world.clock.now() < until) {
        await world.pass(Math.min(lookEveryMs, until - world.clock.now()))
        if (await dangers.goOn()) stage.tell('another process takes over')
        checkSales(stage)
        await checkRights(stage, registers)
      }
    },
  }
  let registers: Awaited<ReturnType<typeof registersOf>> = []
  const faults: string[] = []
  try {
    // A shop whose clock is ahead does not list what it has only just got.
    await world.pass(10_000)
    await world.linkAll(bundles)
    registers = await registersOf(stage)
    await world.engine.start()
    for (const sku of components) await receiveUnits(stage, sku, weather.stockAtStart)
    await stage.pass(8_000)
    network.setWeather(true)
    dangers.arm(true)
    for (const act of acts) {
      await perform(stage, act)
      await stage.pass(act.thenMs)
      await checkBooks(stage)
    }
    await dangers.end()
    network.setWeather(false)
    faults.push(...(await comeToRest(stage, registers)))
    await checkBooks(stage)
    if (!given && faults.length === 0) faults.push(...tooLittle(coverage.counts, network.unknownOutcomes()))
  } catch (error) {
    faults.push(
      error instanceof Broken ? error.message : `the play broke off: ${error instanceof Error ? error.stack : error}`,
    )
    if (error instanceof Broken && error.at) stage.events.push(...(await historyOf(stage, error.at)))
  } finally {
    await world.close()
  }
  return {
    seed,
    coverage: { ...coverage.counts },
    faults,
    events: stage.events,
    acts,
    fingerprint: createHash('sha256')
      .update(JSON.stringify([world.log, stage.events]))
      .digest('hex'),
  }
}

/** What happened at all: acts, purchases, requests, webhooks and faults. */
export const eventsOf = (counts: Readonly<Record<string, number>>): number =>
  Object.entries(counts).reduce(
    (sum, [name, count]) =>
      name.startsWith('act: ') || isEvent.has(name) || name.startsWith('network: ') ? sum + count : sum,
    0,
  )

const isEvent = new Set(['requests', 'webhooks', 'bought', 'refused at checkout', 'shipped', 'crashed', 'paused'])

function tooLittle(counts: Readonly<Record<string, number>>, unknown: number): string[] {
  const faults: string[] = []
  if (eventsOf(counts) < eventsMin) faults.push(`the play: only ${eventsOf(counts)} events, ${eventsMin} are promised`)
  if ((counts.crashed ?? 0) < 1) faults.push('the play: no crash')
  if (unknown < 1) faults.push('the play: no unknown outcome')
  return faults
}
