/** Who and what a seed is played with: its weather, its acts as data, and what every act is handed. */

import type { Random } from '../../src/clock.ts'
import type { PlatformName, World } from '../support/world.ts'
import type { Weather } from './weather.ts'

export const platforms: readonly PlatformName[] = ['shopify', 'woocommerce', 'tiktok-shop']
/** What is sold; SET is a bundle of the others. */
export const sellable = ['MUG', 'SPOON', 'SET']
export const bundles = { SET: { MUG: 1, SPOON: 2 } }
/** What is received: everything that is no bundle. */
export const components = ['MUG', 'SPOON']

/** Component units that one sale of a sku takes. */
export const partsOf = (sku: string): Readonly<Record<string, number>> => (sku === 'SET' ? bundles.SET : { [sku]: 1 })

/** One thing that happens, decided before anything is played: three numbers in [0, 1) steer it, then so much time passes. */
export interface Act {
  readonly name: string
  readonly a: number
  readonly b: number
  readonly c: number
  readonly thenMs: number
}

export interface Stage {
  readonly world: World
  readonly weather: Weather
  /** The story, a line each. */
  readonly events: string[]
  tell(event: string): void
  /** Of acts, faults and what came of them: how often each was. */
  readonly coverage: Coverage
  readonly bought: { readonly platform: PlatformName; readonly order: string }[]
  /** Units that really came in, by component. */
  readonly received: Record<string, number>
  /** Units that people put on shelves by hand: the exposure that nobody can prevent. */
  readonly raised: Record<string, number>
  readonly dangers: Dangers
  /** Lets time pass, whatever happens in it, and looks at the laws. */
  pass(ms: number): Promise<void>
}

/** What an act sets up to go wrong. */
export interface Dangers {
  /** The process dies at its so-manieth point from now, and is away for so long. */
  crash(inPoints: number, downMs: number): void
  /** It stands still from its so-manieth point on; another one takes over meanwhile, or nobody does. */
  pause(inPoints: number, ms: number, takesOver: boolean): void
  /** A webhook of the past comes once more. */
  redeliver(which: number): Promise<void>
}

export interface Coverage {
  readonly counts: Record<string, number>
  count(name: string, by?: number): void
}

export function createCoverage(): Coverage {
  const counts: Record<string, number> = {}
  return {
    counts,
    count(name, by = 1) {
      counts[name] = (counts[name] ?? 0) + by
    },
  }
}

export const pick = <T>(items: readonly T[], at: number): T | undefined => items[Math.floor(at * items.length)]

export function weighted<T extends { readonly weight: number }>(random: Random, from: readonly T[]): T {
  const total = from.reduce((sum, { weight }) => sum + weight, 0)
  let at = random.next() * total
  for (const one of from) {
    at -= one.weight
    if (at < 0) return one
  }
  throw new Error('weights do not add up')
}
