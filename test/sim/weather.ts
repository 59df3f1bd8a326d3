/** What kind of evening a seed has: how the network and the shops behave, and how much there is to sell. */

import { seededRandom } from '../../src/clock.ts'
import type { HookChaos } from '../../src/sandbox/shop.ts'
import type { PlatformName, WorldOptions } from '../support/world.ts'

export interface Weather {
  readonly shipper: PlatformName
  readonly stockAtStart: number
  readonly hooks: HookChaos
  readonly network: NetworkWeather
  readonly skewMs: Readonly<Record<PlatformName, number>>
  readonly shopOptions: NonNullable<WorldOptions['shopOptions']>
  /** People raise shelves by hand: what they add can be sold twice, and only then. */
  readonly hasStrangers: boolean
  /** On the marketplace the first two are variants of one product, and written together. */
  readonly isGrouped: boolean
}

/** Fractions of all requests. */
export interface NetworkWeather {
  readonly latencyMs: number
  readonly slow: number
  readonly lostRequests: number
  readonly lostAnswers: number
  readonly throttled: number
  readonly serverErrors: number
  /** From this write on, the first one that would have got its answer gets none, so that every seed has such a write. */
  readonly unansweredWrite: number
}

const minute = 60_000

export function weatherOf(seed: number): Weather {
  const random = seededRandom(seed * 7919 + 1)
  const between = (from: number, to: number) => from + random.next() * (to - from)
  const whole = (from: number, to: number) => Math.floor(between(from, to + 1))
  const maybe = (chance: number) => random.next() < chance
  const some = <T>(chance: number, value: T, otherwise: T) => (maybe(chance) ? value : otherwise)
  const skew = () => some(0.5, whole(-8000, 8000), 0)
  const paying = maybe(0.7)
  return {
    shipper: some<PlatformName>(0.25, 'woocommerce', 'shopify'),
    stockAtStart: whole(3, 24),
    hooks: {
      medianDelayMs: between(200, 3000),
      spread: between(0.3, 1.5),
      lost: some(0.5, between(0, 0.4), 0.02),
      doubled: some(0.5, between(0, 0.3), 0.02),
    },
    network: {
      latencyMs: between(20, 400),
      slow: some(0.5, between(0, 0.08), 0),
      lostRequests: some(0.5, between(0, 0.05), 0),
      lostAnswers: some(0.6, between(0, 0.06), 0),
      throttled: some(0.5, between(0, 0.06), 0),
      serverErrors: some(0.5, between(0, 0.05), 0),
      unansweredWrite: whole(1, 8),
    },
    skewMs: { shopify: skew(), woocommerce: skew(), 'tiktok-shop': skew() },
    shopOptions: {
      shopify: {
        payingMs: paying ? whole(1000, 20_000) : 0,
        abandonedFraction: between(0, 0.4),
        reservationMs: minute,
        reservations: some<'hidden' | 'reserved'>(0.5, 'hidden', 'reserved'),
        searchLagMs: some(0.3, whole(0, 8000), 0),
      },
      woocommerce: {
        pendingFraction: paying ? between(0, 0.8) : 0,
        paysAfterMs: whole(1000, 30_000),
        abandonedFraction: between(0, 0.4),
        holdStockMinutes: 1,
        staleHooks: some(0.3, 0.5, 0),
      },
      'tiktok-shop': {
        unpaidMs: some(0.5, whole(1000, 20_000), 0),
        abandonedFraction: between(0, 0.3),
        listLagMs: some(0.4, whole(1, 4) * 5000, 0),
        accessTokenLifeMs: some(0.3, 90_000, 7 * 24 * 60 * minute),
        // A refresh whose answer is lost would end the account until the seller agrees again.
        refreshOnce: false,
      },
    },
    hasStrangers: maybe(0.1),
    isGrouped: maybe(0.3),
  }
}
