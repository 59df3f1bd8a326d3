/** The dispatcher: how much of a shop's rate limit it uses when ten thousand registers have changed. In virtual time. */

import type { Bench, Figure, Goal } from './report.ts'
import { type Budget, type PlatformName, type Synced, syncShop } from './sync-stand.ts'

interface Run {
  readonly name: string
  readonly platform: PlatformName
  readonly budget: Budget
  readonly isKnown: boolean
  readonly waves: number
  readonly note: string
}

/** A WooCommerce host counts whole seconds: who keeps within it never sends a burst. */
const runs: readonly Run[] = [
  {
    name: 'shopify',
    platform: 'shopify',
    budget: { capacity: 50, perSecond: 10 },
    isKnown: true,
    waves: 3,
    note: '10 points/s, bucket 50',
  },
  {
    name: 'woocommerce',
    platform: 'woocommerce',
    budget: { capacity: 1, perSecond: 5 },
    isKnown: true,
    waves: 1,
    note: '5 requests/s, told',
  },
  {
    name: 'tiktok',
    platform: 'tiktok-shop',
    budget: { capacity: 20, perSecond: 20 },
    isKnown: true,
    waves: 1,
    note: '20 requests/s, told',
  },
  {
    name: 'shopify_found',
    platform: 'shopify',
    budget: { capacity: 25, perSecond: 5 },
    isKnown: false,
    waves: 2,
    note: '5 points/s, bucket 25, believed 100 and 1,000',
  },
  {
    name: 'woocommerce_found_low',
    platform: 'woocommerce',
    budget: { capacity: 1, perSecond: 2 },
    isKnown: false,
    waves: 1,
    note: '2 requests/s, believed 5',
  },
  {
    name: 'woocommerce_found_high',
    platform: 'woocommerce',
    budget: { capacity: 1, perSecond: 12 },
    isKnown: false,
    waves: 4,
    note: '12 requests/s, believed 5',
  },
  {
    name: 'tiktok_found_low',
    platform: 'tiktok-shop',
    budget: { capacity: 5, perSecond: 5 },
    isKnown: false,
    waves: 1,
    note: '5 requests/s, believed 10',
  },
  {
    name: 'tiktok_found_high',
    platform: 'tiktok-shop',
    budget: { capacity: 30, perSecond: 30 },
    isKnown: false,
    waves: 2,
    note: '30 requests/s, believed 10',
  },
]

export const sync: Bench = {
  name: 'sync',
  title: 'Dispatcher: share of the allowed rate used while 10,000 registers change, virtual time, answers after 100 ms',
  async run({ quick }) {
    const registers = quick ? 60 : 10_000
    const figures: Figure[] = []
    const goals: Goal[] = []
    for (const run of runs) {
      const { name, isKnown, note } = run
      const synced = await syncShop({ ...run, registers, waves: quick ? 1 : run.waves })
      if (synced.right !== registers) throw new Error(`${name}: ${synced.right} of ${registers} shelves are right.`)
      figures.push(
        { name, value: synced.spent / synced.allowed, unit: '×', note: `${note}; ${counts(synced)}` },
        { name: `${name}_throttled`, value: synced.throttled, unit: '', note: 'refused for the rate limit' },
      )
      goals.push({ figure: name, atLeast: isKnown ? 0.95 : 0.85 })
      if (isKnown) goals.push({ figure: `${name}_throttled`, atMost: 0 })
    }
    return { figures, goals }
  },
}

const counts = ({ spent, refills, virtualMs }: Synced) =>
  `${spent} spent in ${Math.round(virtualMs / 1000)} s, ${refills.toFixed(0)} refills`
