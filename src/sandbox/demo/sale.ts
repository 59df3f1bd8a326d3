/** The evening itself: buyers buy and cancel by the script, one shop's API goes dark, the warehouse ships what arrives. */

import { seededRandom, systemClock } from '../../clock.ts'
import { dark, saleMs, shopNames, type Visit, visits } from './script.ts'
import type { Shops } from './setup.ts'
import { oracleUnits, wasThere } from './truth.ts'
import type { Watch } from './watch.ts'

export interface Sale {
  readonly visits: number
  readonly bought: number
  readonly refused: number
  /** Refused although the stock existed. */
  readonly denied: number
  readonly cancelled: number
  /** What one register without delay would have sold of the same visits. */
  readonly oracleUnits: number
}

/** Units of work that the warehouse does in a second. */
const parcelsPerSecond = 60

/** Runs the script, all of it or its first `forMs`; `onSecond` is told where it stands. */
export async function runSale(
  shops: Shops,
  seed: number,
  onSecond: (atMs: number, sale: Sale) => void,
  forMs = saleMs,
  watch?: Watch,
): Promise<Sale> {
  const script = visits(seededRandom(seed))
  const cancellations: { atMs: number; shop: Visit['shop']; order: string; sku: string }[] = []
  const sale = { visits: 0, bought: 0, refused: 0, denied: 0, cancelled: 0, oracleUnits: oracleUnits(script) }
  const startedAt = systemClock.monotonic()
  let next = 0
  let told = 0
  for (let atMs = 0; atMs < forMs; atMs = systemClock.monotonic() - startedAt) {
    for (let visit = script[next]; visit && visit.atMs <= atMs; visit = script[++next]) {
      sale.visits++
      const purchase = shops[visit.shop].shop.buy([{ sku: visit.sku, quantity: visit.quantity }])
      if (!purchase.ok) {
        sale.refused++
        if (wasThere(shops, visit.sku, visit.quantity)) sale.denied++
        continue
      }
      sale.bought++
      watch?.sold(visit.shop, purchase.order, visit.sku)
      const { shop, sku, cancelAfterMs } = visit
      if (cancelAfterMs !== undefined)
        cancellations.push({ atMs: visit.atMs + cancelAfterMs, shop, order: purchase.order, sku })
    }
    for (const due of cancellations.filter((cancellation) => cancellation.atMs <= atMs)) {
      cancellations.splice(cancellations.indexOf(due), 1)
      if (!shops[due.shop].shop.cancel(due.order)) continue
      sale.cancelled++
      watch?.takenBack(due.sku)
    }
    shops[dark.shop].shop.setDark(atMs >= dark.fromMs && atMs < dark.toMs)
    for (const name of shopNames) shops[name].shop.tick()
    if (atMs >= told * 1000) onSecond(told++ * 1000, sale)
    await systemClock.sleep(20)
  }
  shops[dark.shop].shop.setDark(false)
  for (const { shop, order } of cancellations) if (shops[shop].shop.cancel(order)) sale.cancelled++
  return sale
}

/** The warehouse works in Shopify: it ships every order it finds there, its own and the copies alike. */
export function openWarehouse(shops: Shops, seed: number): { stop(): void } {
  const random = seededRandom(seed + 99)
  const digits = (count: number) => Array.from({ length: count }, () => Math.floor(random.next() * 10)).join('')
  let working = true
  void (async () => {
    while (working) {
      for (const name of shopNames) shops[name].shop.tick()
      const open = shops.shopify.shop
        .orders()
        .filter(
          ({ cancelled, shipped, createdAt }) => !cancelled && !shipped && systemClock.now() - createdAt > packingMs,
        )
      for (const order of open.slice(0, parcelsPerSecond / 2)) {
        const parcel =
          random.next() < 0.8
            ? { carrier: 'PostNL', number: `3SDEMO${digits(9)}` }
            : { carrier: 'DHL eCommerce', number: `JVGL${digits(16)}` }
        shops.shopify.shop.ship(order.id, parcel)
      }
      await systemClock.sleep(500)
    }
  })()
  return {
    stop() {
      working = false
    },
  }
}

/** From the order's arrival to the parcel at the door; cancellations are for before that. */
const packingMs = 6_000
