/**
 * The evenings that policies are compared on, each with what the reference model found for it. Skus that do not touch each other stand
 * side by side in one world, so that polls are shared; rates are visits per minute and sku, as shopify, woocommerce, tiktok-shop.
 */

import { type Random, seededRandom } from '../../../src/clock.ts'
import type { HookChaos } from '../../../src/sandbox/shop.ts'
import { type Good, ordinaryTravel, type Plot, platforms, type Visit } from './plot.ts'

export interface Scenario {
  readonly name: string
  readonly what: string
  /** Oversold per 10,000 orders and lost sales in % of the reference model, by policy; absent where it has no figure. */
  readonly reference: Readonly<Record<string, readonly [number, number]>>
  readonly policies: readonly string[]
  /** Skus in one world at scale 1, and at the least. */
  readonly skus: number
  readonly skusMin: number
  make(skus: number, random: Random): Plot
}

type Rates = readonly [number, number, number]
interface Phase {
  readonly fromS: number
  readonly toS: number
  readonly perMinute: Rates
}

const all = ['mirror', 'buffer5', 'pct60', 'strict'] as const

/** 92 of 100 orders ask for one, six for two, two for three. */
const quantityOf = (at: number) => (at < 0.92 ? 1 : at < 0.98 ? 2 : 3)
/** Buyers who change their mind do so when they have paid. */
const cancelFromMs = 8000
const cancelToMs = 60_000

function visitsOf(sku: string, phases: readonly Phase[], cancels: number, random: Random): Visit[] {
  const visits: Visit[] = []
  for (const { fromS, toS, perMinute } of phases)
    for (const [index, shop] of platforms.entries()) {
      const perMs = (perMinute[index] ?? 0) / 60_000
      if (perMs === 0) continue
      const pause = () => -Math.log(1 - random.next()) / perMs
      for (let atMs = fromS * 1000 + pause(); atMs < toS * 1000; atMs += pause())
        visits.push({
          atMs,
          shop,
          sku,
          quantity: quantityOf(random.next()),
          ...(random.next() < cancels && {
            cancelAfterMs: cancelFromMs + random.next() * (cancelToMs - cancelFromMs),
          }),
        })
    }
  return visits
}

const ordinaryHooks: HookChaos = { medianDelayMs: 1200, spread: 0.8, lost: 0.003, doubled: 0.01 }

interface Sketch {
  readonly seconds: number
  readonly stock: (random: Random) => number
  readonly phases: (random: Random) => readonly Phase[]
  readonly shares: Rates
  readonly cancels?: number
  readonly hooks?: HookChaos
  readonly restock?: { readonly atMs: number; readonly units: number }
  /** What others leave of every shop's rate limit. */
  readonly limitShare?: number
  readonly more?: Partial<Plot>
  readonly listLagMs?: number
}

function plotOf(sketch: Sketch, skus: number, random: Random): Plot {
  const names = Array.from({ length: skus }, (_, index) => `SKU-${index + 1}`)
  const goods: Good[] = names.map((sku) => ({ sku, units: sketch.stock(random) }))
  const visits = names.flatMap((sku) => visitsOf(sku, sketch.phases(random), sketch.cancels ?? 0.04, random))
  const [shopify, woocommerce, tiktok] = sketch.shares
  return {
    goods,
    visits: visits.sort((one, other) => one.atMs - other.atMs),
    restocks: sketch.restock
      ? names.map((sku) => ({ sku, atMs: 0, ...sketch.restock, units: sketch.restock?.units ?? 0 }))
      : [],
    lastsMs: sketch.seconds * 1000,
    hooks: sketch.hooks ?? ordinaryHooks,
    travel: ordinaryTravel,
    shopOptions: optionsOf(sketch),
    checkoutMinutes: 5,
    shares: { shopify: shopify * 10, woocommerce: woocommerce * 10, 'tiktok-shop': tiktok * 10 },
    ...sketch.more,
  }
}

const payingMs = 5500

function optionsOf({ limitShare = 1, listLagMs = 0 }: Sketch): Plot['shopOptions'] {
  return {
    shopify: { plan: { capacity: 2000, restorePerSecond: 100 * limitShare }, payingMs },
    woocommerce: { requestsPerSecond: 5 * limitShare, pendingFraction: 1, paysAfterMs: payingMs },
    'tiktok-shop': { requestsPerSecond: 10 * limitShare, unpaidMs: 5000, listLagMs },
  }
}

/** A rate that one of three shops gets most of, by chance. */
function mixOf(perMinute: number, random: Random): Rates {
  const weights = platforms.map(() => random.next() + 0.05)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const [a = 0, b = 0, c = 0] = weights.map((weight) => (perMinute * weight) / sum)
  return [a, b, c]
}

const between = (random: Random, from: number, to: number) => from + random.next() * (to - from)
const equal: Rates = [0.4, 0.3, 0.3]

const flash: Sketch = {
  seconds: 900,
  stock: () => 500,
  phases: () => [
    { fromS: 0, toS: 200, perMinute: [5, 2, 5] },
    { fromS: 200, toS: 500, perMinute: [60, 30, 110] },
    { fromS: 500, toS: 900, perMinute: [10, 4, 10] },
  ],
  shares: [0.4, 0.2, 0.4],
}

const badWebhooks: Sketch = {
  seconds: 1200,
  stock: () => 250,
  phases: (random) => {
    const at = between(random, 200, 500)
    return [
      { fromS: 0, toS: 1200, perMinute: [8, 6, 6] },
      { fromS: at, toS: at + 60, perMinute: [40, 30, 50] },
    ]
  },
  shares: equal,
  cancels: 0.1,
  hooks: { medianDelayMs: 8000, spread: 1.3, lost: 0.01, doubled: 0.01 },
  restock: { atMs: 700_000, units: 60 },
}

const lastUnits: Sketch = {
  seconds: 300,
  stock: () => 6,
  phases: () => [{ fromS: 0, toS: 300, perMinute: [5, 3, 4] }],
  shares: equal,
}

/** Shopify sells some of it two by two as well. */
function withPacks(plot: Plot): Plot {
  const packs: Good[] = plot.goods.map(({ sku }) => ({
    sku: `${sku}-2`,
    units: 0,
    parts: { [sku]: 2 },
    only: 'shopify',
  }))
  let count = 0
  const visits = plot.visits.map((visit) =>
    visit.shop === 'shopify' && count++ % 3 === 0 ? { ...visit, sku: `${visit.sku}-2`, quantity: 1 } : visit,
  )
  return { ...plot, goods: [...plot.goods, ...packs], visits }
}

const from = (sketch: Sketch) => (skus: number, random: Random) => plotOf(sketch, skus, random)

const blind: HookChaos = { ...ordinaryHooks, lost: 1 }
const lagging = (seconds: number): Scenario => ({
  name: `lag${seconds}`,
  what: `S2 with TikTok Shop's order list ${seconds} s behind`,
  reference: {},
  policies: ['strict'],
  skus: 1,
  skusMin: 1,
  make: from({ ...flash, listLagMs: seconds * 1000 }),
})

export const scenarios: readonly Scenario[] = [
  {
    name: 'S1',
    what: 'long tail: 5–40 units, 0.3–1.5 visits a minute, 30 min',
    reference: { mirror: [55, 0.71], buffer5: [0, 18.8], pct60: [0.57, 3.87], strict: [0, 3.23] },
    policies: all,
    skus: 60,
    skusMin: 12,
    make: from({
      seconds: 1800,
      stock: (random) => Math.floor(between(random, 5, 41)),
      phases: (random) => [{ fromS: 0, toS: 1800, perMinute: mixOf(between(random, 0.3, 1.5), random) }],
      shares: equal,
    }),
  },
  {
    name: 'S2',
    what: 'flash sale: 500 units, 200 visits a minute for 5 min',
    reference: { mirror: [489, 0], buffer5: [382, 0], pct60: [405, 0], strict: [0, 0.03] },
    policies: all,
    skus: 2,
    skusMin: 1,
    make: from(flash),
  },
  {
    name: 'S3',
    what: 'livestream: 600 units, three bursts of 200 a minute in one shop',
    reference: { mirror: [96.2, 0], buffer5: [24.9, 0.55], pct60: [87.1, 0.02], strict: [0, 0.24] },
    policies: all,
    skus: 2,
    skusMin: 1,
    make: from({
      seconds: 1500,
      stock: () => 600,
      phases: (random) => [
        { fromS: 0, toS: 1500, perMinute: [5, 2, 0.5] },
        ...[
          [200, 400],
          [600, 800],
          [1050, 1250],
        ].map(([least = 0, most = 0]): Phase => {
          const at = between(random, least, most)
          return { fromS: at, toS: at + 60, perMinute: [0, 0, 200] }
        }),
      ],
      shares: [0.6, 0.2, 0.2],
    }),
  },
  {
    name: 'S4',
    what: 'last units: 6 units, 12 visits a minute',
    reference: { mirror: [1942, 0], buffer5: [0, 74.5], pct60: [448, 6.05], strict: [0, 0.03] },
    policies: all,
    skus: 60,
    skusMin: 6,
    make: from(lastUnits),
  },
  {
    name: 'S5',
    what: 'outage: 400 units, 40 visits a minute, one API dark for 10 min while its storefront sells',
    reference: { mirror: [2664, 0], buffer5: [2610, 0], pct60: [2610, 0], strict: [0, 0.03] },
    policies: all,
    skus: 2,
    skusMin: 1,
    make: from({
      seconds: 1300,
      stock: () => 400,
      phases: () => [{ fromS: 0, toS: 1300, perMinute: [14, 12, 14] }],
      shares: [0.35, 0.3, 0.35],
      more: { dark: { shop: 'woocommerce', fromMs: 150_000, toMs: 750_000 } },
    }),
  },
  {
    name: 'S6',
    what: 'bad webhooks (median 8 s, 1 % lost), 10 % cancelled, a delivery of goods, a burst',
    reference: { mirror: [1113, 0], buffer5: [734, 0.8], pct60: [913, 0], strict: [0, 0.03] },
    policies: all,
    skus: 2,
    skusMin: 1,
    make: from(badWebhooks),
  },
  {
    name: 'S7',
    what: 'whole catalogue: 100 skus of 18 units, 144 visits a minute, half of every rate limit used by others',
    reference: { mirror: [128, 0.06], buffer5: [0, 24.9], pct60: [4.24, 4.32], strict: [0, 4.68] },
    policies: all,
    skus: 100,
    skusMin: 25,
    make: from({
      seconds: 900,
      stock: () => 18,
      phases: (random) => [{ fromS: 0, toS: 900, perMinute: mixOf(1.44, random) }],
      shares: equal,
      limitShare: 0.5,
    }),
  },
  {
    name: 'blind',
    what: 'S2 without a single webhook',
    reference: { mirror: [2135, 0], strict: [0, 0.05] },
    policies: ['mirror', 'strict'],
    skus: 1,
    skusMin: 1,
    make: from({ ...flash, hooks: blind }),
  },
  ...[10, 40, 120, 600].map(lagging),
  {
    name: 'packs',
    what: 'S4 with 20 units, and a pack of two of each in Shopify',
    reference: {},
    policies: ['strict'],
    skus: 20,
    skusMin: 4,
    make: (skus, random) => withPacks(plotOf({ ...lastUnits, stock: () => 20 }, skus, random)),
  },
  {
    name: 'exports',
    what: 'S6 where Shopify ships what the others sell, cancellations included',
    reference: {},
    policies: ['strict'],
    skus: 1,
    skusMin: 1,
    make: from({ ...badWebhooks, more: { shipper: 'shopify' } }),
  },
]

export interface Task {
  readonly scenario: string
  readonly policy: string
  readonly skus: number
  readonly seed: number
}

/** The same seed is the same plot under every policy. */
export function plotOfTask({ scenario, skus, seed }: Task): Plot {
  const found = scenarios.find(({ name }) => name === scenario)
  if (!found) throw new Error(`There is no scenario ${scenario}.`)
  return found.make(skus, seededRandom(seed * 104_729 + 11))
}
