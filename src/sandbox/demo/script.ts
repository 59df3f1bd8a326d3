/** The livestream sale: what is on sale, and who buys and cancels what, when. Pure: the same seed is the same evening. */

import type { Random } from '../../clock.ts'
import type { SandboxProduct } from '../shop.ts'

export const shopNames = ['shopify', 'woocommerce', 'tiktok-shop'] as const
export type ShopName = (typeof shopNames)[number]

const product = (sku: string, title: string, price: string, quantity: number): SandboxProduct => ({
  sku,
  title,
  price,
  quantity,
})

/** Eleven things that are counted. */
export const products: readonly SandboxProduct[] = [
  product('LIP-ROSE', 'Lip balm rose', '6.95', 420),
  product('LIP-MINT', 'Lip balm mint', '6.95', 160),
  product('SERUM-30', 'Face serum 30 ml', '24.95', 110),
  product('MASK-CLAY', 'Clay mask', '14.50', 90),
  product('BRUSH-1', 'Powder brush', '12.00', 150),
  product('CANDLE-FIG', 'Candle fig', '19.95', 130),
  product('TOTE-BLK', 'Tote bag black', '17.50', 100),
  product('MUG-BLUE', 'Mug blue', '11.95', 140),
  product('SOCK-42', 'Socks 42', '8.95', 120),
  product('POSTER-A3', 'Poster A3', '15.00', 80),
  product('KEYRING', 'Keyring', '4.95', 60),
]

/** The twelfth listing sells two of them together. */
export const bundle = {
  sku: 'GLOW-SET',
  title: 'Glow set: serum and clay mask',
  price: '34.95',
  components: { 'SERUM-30': 1, 'MASK-CLAY': 1 },
}

export const saleMs = 50_000
export const dark = { shop: 'woocommerce', fromMs: 18_000, toMs: 28_000 } as const

export interface Visit {
  readonly atMs: number
  readonly shop: ShopName
  readonly sku: string
  readonly quantity: number
  /** The buyer changes their mind this long after buying. */
  readonly cancelAfterMs?: number
}

/** Visits per second without a burst, and what a shout-out in the livestream adds on TikTok. */
const calm: Readonly<Record<ShopName, number>> = { shopify: 7, woocommerce: 6, 'tiktok-shop': 11 }
const bursts = [
  { fromMs: 8_000, toMs: 13_000, perSecond: 50, sku: 'LIP-ROSE' },
  { fromMs: 23_000, toMs: 28_000, perSecond: 40, sku: 'SERUM-30' },
  { fromMs: 38_000, toMs: 43_000, perSecond: 45, sku: 'LIP-ROSE' },
] as const

const cancelShare = 0.04
const stepMs = 100

export function visits(random: Random): Visit[] {
  const all: Visit[] = []
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random.next() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
  const skus = [...products.map(({ sku }) => sku), bundle.sku]
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
    for (const shop of shopNames) arrive(shop, calm[shop], fromMs, () => pick(skus))
    for (const burst of bursts) {
      if (fromMs >= burst.fromMs && fromMs < burst.toMs) arrive('tiktok-shop', burst.perSecond, fromMs, () => burst.sku)
    }
  }
  return all.sort((a, b) => a.atMs - b.atMs)
}
