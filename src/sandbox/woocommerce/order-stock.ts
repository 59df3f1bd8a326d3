/** Which order statuses hold stock, and the two-level guard that keeps a line from taking or giving back twice. */

import { moveStock, stockOwner } from './products.ts'
import { type Line, metaOf, type Order, type Product, putMeta, type State } from './state.ts'
import { phpInt } from './values.ts'

/** Entering these takes stock; entering the other list gives it back; failed, refunded and trash do neither. */
const taking = ['processing', 'completed', 'on-hold']
const giving = ['pending', 'cancelled']

export const productOfLine = (state: State, line: Line): Product | undefined =>
  state.products.get(line.variationId || line.productId)

export const reducedUnits = (line: Line): number => phpInt(metaOf(line.meta, '_reduced_stock'))

/** Takes or gives units of one line; unmanaged products have nothing to move. */
export function moveLine(state: State, line: Line, units: number): void {
  const product = productOfLine(state, line)
  const owner = product && stockOwner(state, product)
  if (!owner || units === 0) return
  moveStock(state, owner, -units)
  const left = reducedUnits(line) + units
  putMeta(state, line.meta, '_reduced_stock', left > 0 ? String(left) : null)
}

function count(state: State, order: Order, sign: 1 | -1): void {
  for (const line of order.lines) {
    const product = productOfLine(state, line)
    if (product) product.totalSales += sign * line.quantity
  }
}

/** Follows the status an order has just entered. REST orders are never refused: stock may go below zero. */
export function followStatus(state: State, order: Order): void {
  if (taking.includes(order.status) && !order.stockReduced) {
    order.stockReduced = true
    count(state, order, 1)
    for (const line of order.lines) if (reducedUnits(line) === 0) moveLine(state, line, line.quantity)
  } else if (giving.includes(order.status) && order.stockReduced) {
    order.stockReduced = false
    count(state, order, -1)
    for (const line of order.lines) moveLine(state, line, -reducedUnits(line))
  }
}

/** An edited line of an order that has its stock moves the difference at once; refunded units stay out of it. */
export function followLine(state: State, order: Order, line: Line, before: number): void {
  if (order.stockReduced) moveLine(state, line, line.quantity - before)
}

/** Units of an owner that unpaid checkouts hold and no API shows. */
export function heldUnits(state: State, ownerId: number): number {
  const now = state.deps.clock.now()
  let units = 0
  for (const hold of state.holds.values()) if (hold.expiresAt > now) units += hold.units.get(ownerId) ?? 0
  return units
}
