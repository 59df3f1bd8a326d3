/** What a bench plays: what is for sale, who visits when, and how shops and network behave. Data only; a seed makes it. */

import type { HookChaos } from '../../../src/sandbox/shop.ts'
import type { PlatformName, WorldOptions } from '../../support/world.ts'

export const platforms: readonly PlatformName[] = ['shopify', 'woocommerce', 'tiktok-shop']

export interface Good {
  readonly sku: string
  readonly units: number
  /** Component units in one sale; left out, the thing itself, once. Such a good has no units of its own. */
  readonly parts?: Readonly<Record<string, number>>
  /** Shops that list it; all, when left out. */
  readonly only?: PlatformName
}

export interface Visit {
  readonly atMs: number
  readonly shop: PlatformName
  readonly sku: string
  readonly quantity: number
  /** The buyer changes their mind this long after buying. */
  readonly cancelAfterMs?: number
}

/** How requests to the shops travel. Times in milliseconds, shares of all requests. */
export interface Travel {
  readonly fromMs: number
  readonly toMs: number
  /** One in a hundred takes this long instead. */
  readonly slowFromMs: number
  readonly slowToMs: number
  readonly slow: number
  readonly lostAnswers: number
  /** Of the lost ones, those that never arrived. */
  readonly neverArrived: number
}

/** As oversell tools are compared: an answer in 100–800 ms, three in a thousand lost. */
export const ordinaryTravel: Travel = {
  fromMs: 100,
  toMs: 800,
  slowFromMs: 1000,
  slowToMs: 4000,
  slow: 0.01,
  lostAnswers: 0.003,
  neverArrived: 0.3,
}

export interface Plot {
  readonly goods: readonly Good[]
  readonly visits: readonly Visit[]
  readonly restocks: readonly { readonly atMs: number; readonly sku: string; readonly units: number }[]
  /** A shop's API that does not answer; its storefront sells on and its webhooks wait. */
  readonly dark?: { readonly shop: PlatformName; readonly fromMs: number; readonly toMs: number }
  readonly lastsMs: number
  readonly hooks: HookChaos
  readonly travel: Travel
  readonly shopOptions: NonNullable<WorldOptions['shopOptions']>
  readonly checkoutMinutes: number
  /** Weights of the shops before any demand is known, as a merchant would say them. */
  readonly shares: Readonly<Record<PlatformName, number>>
  /** Which shop ships the others' orders; none when left out. */
  readonly shipper?: PlatformName
}

export interface Policy {
  readonly name: string
  readonly rules: readonly { readonly name: string; readonly value: string }[]
}

export const policies: readonly Policy[] = [
  { name: 'mirror', rules: [{ name: 'policy', value: 'mirror' }] },
  {
    name: 'buffer5',
    rules: [
      { name: 'policy', value: 'mirror' },
      { name: 'buffer', value: '5' },
    ],
  },
  {
    name: 'pct60',
    rules: [
      { name: 'policy', value: 'mirror' },
      { name: 'percentage', value: '60' },
    ],
  },
  { name: 'strict', rules: [{ name: 'policy', value: 'strict' }] },
]

/** Component units that a sale of each good takes. */
export function partsOf(goods: readonly Good[]): (sku: string) => readonly (readonly [string, number])[] {
  const known = new Map(goods.map(({ sku, parts }) => [sku, Object.entries(parts ?? { [sku]: 1 })]))
  return (sku) => known.get(sku) ?? []
}
