/** What really happened, counted on the buyers' side: Onhand's books are compared with this. */

import { bundle, products, type ShopName, shopNames, type Visit } from './script.ts'
import type { Shops } from './setup.ts'

/** A sku's units in one sale of a listing. */
const partsOf = (sku: string): Readonly<Record<string, number>> =>
  sku === bundle.sku ? bundle.components : { [sku]: 1 }

/** Units sold and not given back, per sku, over all shops. Copies that Onhand made are no sales. */
export function unitsSold(shops: Shops): Map<string, number> {
  const sold = new Map(products.map(({ sku }) => [sku, 0]))
  for (const name of shopNames) {
    for (const order of ownOrders(shops, name)) {
      if (order.cancelled) continue
      for (const line of order.lines) {
        for (const [sku, units] of Object.entries(partsOf(line.sku)))
          sold.set(sku, (sold.get(sku) ?? 0) + units * line.quantity)
      }
    }
  }
  return sold
}

export const ownOrders = (shops: Shops, name: ShopName) =>
  shops[name].shop.orders().filter(({ reference }) => reference === undefined)

/** Units promised beyond what was there. */
export function oversoldUnits(shops: Shops): number {
  const sold = unitsSold(shops)
  return products.reduce((total, { sku, quantity }) => total + Math.max(0, (sold.get(sku) ?? 0) - quantity), 0)
}

/** Units that were there and were sold. */
export function fulfilledUnits(shops: Shops): number {
  const sold = unitsSold(shops)
  return products.reduce((total, { sku, quantity }) => total + Math.min(sold.get(sku) ?? 0, quantity), 0)
}

/** Units that the same visits would have got from one register that all shops share without any delay: nobody sells more. */
export function oracleUnits(visits: readonly Visit[]): number {
  const left = new Map(products.map(({ sku, quantity }) => [sku, quantity]))
  const move = (sku: string, quantity: number) => {
    for (const [part, units] of Object.entries(partsOf(sku))) left.set(part, (left.get(part) ?? 0) - units * quantity)
  }
  const has = (sku: string, quantity: number) =>
    Object.entries(partsOf(sku)).every(([part, units]) => (left.get(part) ?? 0) >= units * quantity)
  let backs: { readonly atMs: number; readonly sku: string; readonly quantity: number }[] = []
  for (const { atMs, sku, quantity, cancelAfterMs } of visits) {
    for (const back of backs) if (back.atMs <= atMs) move(back.sku, -back.quantity)
    backs = backs.filter((back) => back.atMs > atMs)
    if (!has(sku, quantity)) continue
    move(sku, quantity)
    if (cancelAfterMs !== undefined) backs.push({ atMs: atMs + cancelAfterMs, sku, quantity })
  }
  for (const back of backs) move(back.sku, -back.quantity)
  return products.reduce((total, { sku, quantity }) => total + quantity - (left.get(sku) ?? 0), 0)
}

/** Whether what a buyer was refused was there, somewhere. */
export function wasThere(shops: Shops, sku: string, quantity: number): boolean {
  const sold = unitsSold(shops)
  return Object.entries(partsOf(sku)).every(([part, units]) => {
    const stock = products.find((product) => product.sku === part)?.quantity ?? 0
    return stock - (sold.get(part) ?? 0) >= units * quantity
  })
}
