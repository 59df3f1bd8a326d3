/** The livestream sale: what is on sale, and who buys and cancels what, when. Pure: the same seed is the same evening. */

import type { Random } from '../../clock.ts'
import type { SandboxProduct } from '../shop.ts'

export const shopNames = ['shopify', 'woocommerce', 'tiktok-shop'] as const
export type ShopName = (typeof shopNames)[number]

export interface DemoProduct extends SandboxProduct {
  /** How often it is asked for while nobody shouts: visits of every hundred. */
  readonly weight: number
}

const product = (sku: string, title: string, price: string, quantity: number, weight: number): DemoProduct => ({
  sku,
  title,
  price,
  quantity,
  weight,
})

/**
 * Eleven things that are counted. An evening asks for about half of most of them; the last three are sold out well before
 * the end, so that their last units are fought for in three shops at once.
 */
export const products: readonly DemoProduct[] = [
  product('LIP-ROSE', 'Lip balm rose', '6.95', 700, 12),
  product('LIP-MINT', 'Lip balm mint', '6.95', 150, 10),
  product('SERUM-30', 'Face serum 30 ml', '24.95', 160, 8),
  product('MASK-CLAY', 'Clay mask', '14.50', 160, 8),
  product('BRUSH-1', 'Powder brush', '12.00', 130, 8),
  product('CANDLE-FIG', 'Candle fig', '19.95', 130, 8),
  product('TOTE-BLK', 'Tote bag black', '17.50', 120, 8),
  product('MUG-BLUE', 'Mug blue', '11.95', 120, 8),
  product('SOCK-42', 'Socks 42', '8.95', 30, 8),
  product('POSTER-A3', 'Poster A3', '15.00', 25, 8),
  product('KEYRING', 'Keyring', '4.95', 45, 8),
]

/** The twelfth listing sells two of them together. */
export const bundle = {
  sku: 'GLOW-SET',
  title: 'Glow set: serum and clay mask',
  price: '34.95',
  components: { 'SERUM-30': 1, 'MASK-CLAY': 1 },
}

const bundleWeight = 6

export const saleMs = 80_000
export const dark = { shop: 'woocommerce', fromMs: 30_000, toMs: 40_000 } as const

export interface Visit {
  readonly atMs: number
  readonly shop: ShopName
  readonly sku: string
  readonly quantity: number
  /** The buyer changes their mind this long after buying. */
  readonly cancelAfterMs?: number
}

/** Visits per second without a burst, and what a shout-out in the livestream adds on TikTok. */
const calm: Readonly<Record<ShopName, number>> = { shopify: 2.5, woocommerce: 2.5, 'tiktok-shop': 4 }
const bursts = [
  { fromMs: 12_000, toMs: 17_000, perSecond: 15, sku: 'LIP-ROSE' },
  { fromMs: 24_000, toMs: 27_000, perSecond: 16, sku: 'KEYRING' },
  { fromMs: 36_000, toMs: 41_000, perSecond: 18, sku: 'LIP-ROSE' },
  { fromMs: 58_000, toMs: 63_000, perSecond: 15, sku: 'LIP-ROSE' },
] as const

/**
 * What a merchant decides before such a LIVE: so many stay locked for the shop that will shout, and the shop that ships, whose
 * shelf every copy passes, shows at least so many.
 */
export const prepared = [
  { shop: 'tiktok-shop', sku: 'LIP-ROSE', name: 'lock', value: 150 },
  { shop: 'shopify', sku: 'LIP-ROSE', name: 'min', value: 60 },
] as const

const cancelShare = 0.04
const stepMs = 100

export function visits(random: Random): Visit[] {
  const all: Visit[] = []
  const asked = [...products, { sku: bundle.sku, weight: bundleWeight }]
  const weights = asked.reduce((sum, { weight }) => sum + weight, 0)
  const pick = (): string => {
    let at = random.next() * weights
    for (const { sku, weight } of asked) {
      at -= weight
      if (at < 0) return sku
    }
    return bundle.sku
  }
  /** As many as the rate says on average, at random moments of the step. */
  const arrive = (shop: ShopName, perSecond: number, fromMs: number, choose: () => string) => {
    const expected = (perSecond * stepMs) / 1000
    const count = Math.floor(expected) + (random.next() < expected % 1 ? 1 : 0)
    for (let i = 0; i < count; i++) {
      const cancels = random.next() < cancelShare
      all.push({
        atMs: fromMs + random.next() * stepMs,
        shop,
        sku: choose(),
        quantity: random.next() < 0.92 ? 1 : 2,
        ...(cancels ? { cancelAfterMs: 1000 + random.next() * 5000 } : {}),
      })
    }
  }
  for (let fromMs = 0; fromMs < saleMs; fromMs += stepMs) {
    for (const shop of shopNames) arrive(shop, calm[shop], fromMs, pick)
    for (const burst of bursts) {
      if (fromMs >= burst.fromMs && fromMs < burst.toMs) arrive('tiktok-shop', burst.perSecond, fromMs, () => burst.sku)
    }
  }
  return all.sort((a, b) => a.atMs - b.atMs)
}
