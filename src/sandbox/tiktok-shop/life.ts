/** An order's life: placed, paid, held for an hour, shippable, shipped, scanned, delivered; or cancelled on the way. */

import type { Purchase } from '../shop.ts'
import type { Cancellation, Line, Order, OrderStatus, Parcel, Provider, Shop, Sku } from './model.ts'
import { giveBackStock, shipStock, takeStock, totalAvailable } from './stock.ts'

/** Only a change of status moves `update_time`, as the platform documents it. */
function setStatus(shop: Shop, order: Order, status: OrderStatus, at: number): void {
  order.status = status
  order.updatedAt = at
  order.history.push({ at, status })
  shop.emit({ kind: 'order', order })
}

function unitsWanted(lines: readonly { sku: string; quantity: number }[]): Map<string, number> {
  const units = new Map<string, number>()
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity)
  return units
}

/** One line per unit, from the first warehouse that still has one. */
function linesFor(shop: Shop, sku: Sku, units: number): Line[] {
  const lines: Line[] = []
  for (const [warehouse, { available }] of sku.stock)
    for (let i = 0; i < available && lines.length < units; i++)
      lines.push({ id: shop.ids('line'), sku, warehouse, cancelled: false })
  return lines
}

/** A buyer places an order: all of it or nothing, never more than is available. */
export function placeOrder(shop: Shop, wanted: readonly { sku: string; quantity: number }[]): Purchase {
  const units = unitsWanted(wanted)
  const lines: Line[] = []
  for (const [code, count] of units) {
    const sku = shop.skusBySeller.get(code)
    if (!sku) return { ok: false, reason: 'unknown_sku' }
    if (sku.product.status !== 'ACTIVATE' || totalAvailable(sku) < count) return { ok: false, reason: 'out_of_stock' }
    lines.push(...linesFor(shop, sku, count))
  }
  const at = shop.now()
  const { buyerRegions, region, unpaidMs } = shop.options
  const ordinal = shop.orders.size
  const order: Order = {
    id: shop.ids('order'),
    user: shop.ids('user'),
    ordinal,
    buyerRegion: buyerRegions[ordinal % buyerRegions.length] ?? region,
    createdAt: at,
    lines,
    parcels: [],
    history: [],
    status: 'UNPAID',
    updatedAt: at,
  }
  shop.orders.set(order.id, order)
  takeStock(shop, lines)
  if (unpaidMs > 0) {
    setStatus(shop, order, 'UNPAID', at)
    const pays = shop.chance() >= shop.options.abandonedFraction
    shop.timeline.at(at + unpaidMs, (due) => (pays ? pay(shop, order, due) : abandon(shop, order, due)))
  } else pay(shop, order, at)
  return { ok: true, order: order.id }
}

function pay(shop: Shop, order: Order, at: number): void {
  if (order.status !== 'UNPAID') return
  order.paidAt = at
  const { holdMs } = shop.options
  if (holdMs > 0) {
    setStatus(shop, order, 'ON_HOLD', at)
    shop.timeline.at(at + holdMs, (due) => endHold(shop, order, due))
  } else endHold(shop, order, at)
}

function abandon(shop: Shop, order: Order, at: number): void {
  if (order.status === 'UNPAID') endOrder(shop, order, 'SYSTEM', 'ecom_order_unpaid_timeout', at)
}

function endHold(shop: Shop, order: Order, at: number): void {
  if (order.status !== 'ON_HOLD' && order.status !== 'UNPAID') return
  order.readyAt = at
  // Where packages are not marked but shipped, the platform makes the package up front.
  if (shop.options.market === 'ship') createParcel(shop, order, order.lines, at)
  setStatus(shop, order, 'AWAITING_SHIPMENT', at)
}

function createParcel(shop: Shop, order: Order, lines: readonly Line[], at: number): Parcel {
  const parcel: Parcel = {
    id: shop.ids('package'),
    order,
    lines: [...lines],
    createdAt: at,
    updatedAt: at,
    status: 'TO_FULFILL',
    updates: 0,
  }
  for (const line of lines) line.parcel = parcel
  order.parcels.push(parcel)
  shop.parcels.set(parcel.id, parcel)
  return parcel
}

export interface Tracking {
  readonly provider: Provider
  readonly number: string
}

export const openLines = (order: Order): Line[] =>
  order.lines.filter((line) => !line.cancelled && !line.parcel?.shippedAt)

export const isShippable = (order: Order): boolean =>
  order.status === 'AWAITING_SHIPMENT' || order.status === 'PARTIALLY_SHIPPING'

export function correctTracking(shop: Shop, parcel: Parcel, { provider, number }: Tracking): void {
  if (parcel.number !== undefined) shop.numbers.delete(parcel.number)
  parcel.provider = provider
  parcel.number = number
  parcel.updatedAt = shop.now()
  shop.numbers.set(number, parcel)
}

/** Puts open lines of a shippable order in a parcel with a number; the last of them moves the order on. */
export function shipLines(shop: Shop, order: Order, lines: readonly Line[], tracking: Tracking): Parcel {
  const at = shop.now()
  const parcel = lines[0]?.parcel ?? createParcel(shop, order, lines, at)
  parcel.status = 'PROCESSING'
  parcel.shippedAt = at
  correctTracking(shop, parcel, tracking)
  shipStock(shop, lines)
  if (openLines(order).length > 0) {
    setStatus(shop, order, 'PARTIALLY_SHIPPING', at)
    shop.emit({ kind: 'split', order, at })
    return parcel
  }
  order.shippedAt = at
  setStatus(shop, order, 'AWAITING_COLLECTION', at)
  shop.timeline.at(at + shop.options.collectMs, (due) => collect(shop, order, due))
  return parcel
}

function moveParcels(order: Order, status: Parcel['status'], at: number): void {
  for (const parcel of order.parcels)
    if (parcel.status !== 'CANCELLED') {
      parcel.status = status
      parcel.updatedAt = at
    }
}

function collect(shop: Shop, order: Order, at: number): void {
  order.collectedAt = at
  moveParcels(order, 'FULFILLING', at)
  setStatus(shop, order, 'IN_TRANSIT', at)
  shop.timeline.at(at + shop.options.transitMs, (due) => {
    order.deliveredAt = due
    moveParcels(order, 'COMPLETED', due)
    setStatus(shop, order, 'DELIVERED', due)
  })
}

/** The end of an order: what was not shipped goes back to the shelf. */
export function endOrder(shop: Shop, order: Order, by: Cancellation['role'], reason: string, at = shop.now()): void {
  const lines = order.lines.filter((line) => !line.cancelled)
  for (const line of lines) line.cancelled = true
  order.cancelledAt = at
  order.cancelledBy = by
  order.cancelReason = reason
  moveParcels(order, 'CANCELLED', at)
  giveBackStock(shop, lines)
  setStatus(shop, order, 'CANCELLED', at)
}
