/** How the platform moves stock by itself: an order moves units from available to committed, a cancellation back, a parcel out. */

import type { Line, Shop, Sku, Stock, StockSource } from './model.ts'

export const totalAvailable = (sku: Sku): number =>
  [...sku.stock.values()].reduce((sum, { available }) => sum + available, 0)
export const totalCommitted = (sku: Sku): number =>
  [...sku.stock.values()].reduce((sum, { committed }) => sum + committed, 0)

function shelfOf(sku: Sku, warehouse: string): Stock {
  const stock = sku.stock.get(warehouse)
  if (!stock) throw new Error(`sku ${sku.id} is not stocked in warehouse ${warehouse}`)
  return stock
}

/** Moves one unit per line and tells of each sku once. */
function moveLines(
  shop: Shop,
  lines: readonly Line[],
  source: StockSource,
  available: number,
  committed: number,
): void {
  const units = new Map<Sku, number>()
  for (const { sku, warehouse } of lines) {
    const stock = shelfOf(sku, warehouse)
    stock.available += available
    stock.committed += committed
    if (stock.available < 0 || stock.committed < 0)
      throw new Error(`stock of sku ${sku.id} in ${warehouse} fell below zero: ${stock.available}, ${stock.committed}`)
    units.set(sku, (units.get(sku) ?? 0) + 1)
  }
  for (const [sku, count] of units)
    shop.emit({ kind: 'stock', sku, source, available: available * count, committed: committed * count })
}

export const takeStock = (shop: Shop, lines: readonly Line[]): void => moveLines(shop, lines, 'order_created', -1, 1)
export const giveBackStock = (shop: Shop, lines: readonly Line[]): void =>
  moveLines(shop, lines, 'order_canceled', 1, -1)
/** Shipped units leave committed, and so the total; available stays. */
export const shipStock = (shop: Shop, lines: readonly Line[]): void => moveLines(shop, lines, 'order_shipped', 0, -1)

/** Sets what is available by warehouse; committed units are not touched. */
export function setAvailable(
  shop: Shop,
  sku: Sku,
  quantities: ReadonlyMap<string, number>,
  source: 'api_sync' | 'manual_adjustment',
): void {
  const before = totalAvailable(sku)
  for (const [warehouse, quantity] of quantities) shelfOf(sku, warehouse).available = quantity
  shop.emit({ kind: 'stock', sku, source, available: totalAvailable(sku) - before, committed: 0 })
}
