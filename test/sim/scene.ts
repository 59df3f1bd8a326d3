/** Who and what an evening is played with, and what every act is handed. */

import type { Random } from '../../src/clock.ts'
import type { PlatformName, World } from '../support/world.ts'

export const platforms: readonly PlatformName[] = ['shopify', 'woocommerce', 'tiktok-shop']
/** What is sold; SET is a bundle of others. */
export const sellable = ['MUG', 'SPOON', 'BOWL', 'SET']
export const bundles = { SET: { MUG: 1, SPOON: 2 } }
/** What is received: everything that is no bundle. */
export const restocked = ['MUG', 'SPOON', 'BOWL']

export interface Evening {
  readonly world: World
  readonly random: Random
  readonly events: string[]
  readonly coverage: Record<string, number>
  readonly bought: { readonly platform: PlatformName; readonly order: string }[]
}

/** Something that may happen in an evening, and how often against the others. */
export interface Happening {
  readonly name: string
  readonly weight: number
  readonly happen: (evening: Evening) => Promise<void> | void
}

export const oneOf = <T>(random: Random, items: readonly T[]): T | undefined =>
  items[Math.floor(random.next() * items.length)]
