/** How the platform moves stock by itself: an order moves units from available to committed, a cancellation back, a parcel out. */

import type { Line, Lock, Shop, Sku, Stock, StockSource } from './model.ts'

export const totalAvailable = (sku: Sku): number =>
  [...sku.stock.values()].reduce((sum, { available }) => sum + available, 0)
export const totalCommitted = (sku: Sku): number =>
  [...sku.stock.values()].reduce((sum, { committed }) => sum + committed, 0)

export const lockedUnits = (sku: Sku, kind?: Lock['kind']): number =>
  sku.locks.reduce((sum, lock) => sum + (kind === undefined || lock.kind === kind ? lock.quantity : 0), 0)

/** Sets units of what is available aside; false when the shop itself has not so many left. */
export function lockStock(shop: Shop, sku: Sku, lock: Lock): boolean {
  if (lock.quantity < 1 || totalAvailable(sku) - lockedUnits(sku) < lock.quantity) return false
  sku.locks.push({ ...lock })
  shop.emit({ kind: 'stock', sku, source: `${lock.kind}_lock`, available: 0, committed: 0, [lock.kind]: lock.quantity })
  return true
}

/** Ends a campaign's or a creator's lock; what it did not sell is the shop's again. False when there is none of that name. */
export function unlockStock(shop: Shop, sku: Sku, name: string): boolean {
  const [lock] = sku.locks.splice(
    sku.locks.findIndex((one) => one.name === name),
    sku.locks.some((one) => one.name === name) ? 1 : 0,
  )
  if (!lock) return false
  const { kind, quantity } = lock
  shop.emit({ kind: 'stock', sku, source: `${kind}_unlock`, available: 0, committed: 0, [kind]: -quantity })
  return true
}

/** Units beyond the shop's own were sold by a campaign or a creator: the first locks shrink. */
function sellLocked(sku: Sku): { campaign: number; creator: number } {
  const sold = { campaign: 0, creator: 0 }
  let over = lockedUnits(sku) - totalAvailable(sku)
  for (const lock of sku.locks) {
    const cut = Math.min(Math.max(0, over), lock.quantity)
    lock.quantity -= cut
    sold[lock.kind] -= cut
    over -= cut
  }
  return sold
}

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
    shop.emit({
      kind: 'stock',
      sku,
      source,
      available: available * count,
      committed: committed * count,
      ...sellLocked(sku),
    })
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
  const after = [...quantities.values()].reduce((sum, quantity) => sum + quantity, 0)
  if (after < lockedUnits(sku))
    throw new Error(`sku ${sku.id}: ${after} is less than campaigns and creators have locked`)
  for (const [warehouse, quantity] of quantities) shelfOf(sku, warehouse).available = quantity
  shop.emit({ kind: 'stock', sku, source, available: totalAvailable(sku) - before, committed: 0 })
}
