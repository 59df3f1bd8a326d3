/** How units come off an order: a refund or a cancellation takes them back into stock, or does not. */

import { isOpen, touch } from './fulfilment.ts'
import {
  addCommitted,
  type CancelReason,
  type Line,
  type Order,
  openUnits,
  type Place,
  type Refund,
  type RefundLine,
  type RestockType,
} from './model.ts'
import { orderPayload, refundPayload } from './payloads-order.ts'
import { commit, levelAt, move } from './stock.ts'
import { mainPlace, type World } from './world.ts'

export interface Removal {
  readonly line: Line
  readonly quantity: number
  readonly restockType: RestockType
  /** Where shipped units come back to. */
  readonly place?: Place
}

/** Open units leave committed: into available when restocked, out of the building's books otherwise. */
function takeOpen(world: World, line: Line, units: number, restock: boolean): void {
  line.removed += units
  let left = units
  for (const fulfilmentOrder of line.order.fulfilmentOrders.filter(isOpen))
    for (const row of fulfilmentOrder.lines.filter((one) => one.line === line)) {
      const cut = Math.min(left, row.remaining)
      row.remaining -= cut
      row.total -= cut
      left -= cut
      uncommit(world, line, fulfilmentOrder.place, cut, restock)
      fulfilmentOrder.updatedAt = world.now()
      if (fulfilmentOrder.lines.every((one) => one.remaining === 0)) fulfilmentOrder.status = 'CLOSED'
    }
  // Before routing no fulfilment order says where the units are, the claim does.
  for (const [place, committed] of line.order.routed ? [] : [...line.committed]) {
    const cut = Math.min(left, committed)
    left -= cut
    uncommit(world, line, place, cut, restock)
  }
}

function uncommit(world: World, line: Line, place: Place, units: number, restock: boolean): void {
  const committed = Math.min(units, line.committed.get(place) ?? 0)
  if (!line.variant || committed === 0) return
  addCommitted(line, place, -committed)
  const level = levelAt(world, line.variant.item, place)
  if (restock) commit(world, level, -committed)
  else move(world, level, 'committed', -committed)
}

function takeShipped(world: World, line: Line, units: number, backTo: Place | undefined): void {
  line.removed += units
  line.returned += units
  if (backTo && line.variant) move(world, levelAt(world, line.variant.item, backTo), 'available', units)
}

/** Books a refund. Without restock, open units go first, then shipped ones. */
export function refund(
  world: World,
  order: Order,
  removals: readonly Removal[],
  refundedCents: number,
  note?: string,
): Refund {
  const lines = removals.map(({ line, quantity, restockType, place = mainPlace(world) }): RefundLine => {
    const open = restockType === 'RETURN' ? 0 : Math.min(quantity, openUnits(line))
    if (open > 0) takeOpen(world, line, open, restockType === 'CANCEL')
    if (quantity > open) takeShipped(world, line, quantity - open, restockType === 'RETURN' ? place : undefined)
    return {
      id: world.newId('RefundLineItem'),
      line,
      quantity,
      restockType,
      ...(restockType === 'NO_RESTOCK' ? {} : { place }),
    }
  })
  const made: Refund = {
    __typename: 'Refund',
    id: world.newId('Refund'),
    order,
    ...(note === undefined ? {} : { note }),
    lines,
    refundedCents,
    createdAt: world.now(),
  }
  order.refunds.push(made)
  world.refunds.set(made.id, made)
  world.tell({ topic: 'refunds/create', about: made.id, payload: () => refundPayload(world, made) })
  touch(world, order)
  return made
}

export const hasLiveFulfilment = (order: Order): boolean =>
  order.fulfilments.some((fulfilment) => fulfilment.status === 'SUCCESS')

/** Cancels what has not shipped at all. The taken-off units are booked as a refund, restocked or not. */
export function cancelOrder(
  world: World,
  order: Order,
  reason: CancelReason,
  restock: boolean,
  refundedCents: number,
): void {
  const removals = order.lines
    .filter((line) => openUnits(line) > 0)
    .map((line): Removal => ({ line, quantity: openUnits(line), restockType: restock ? 'CANCEL' : 'NO_RESTOCK' }))
  order.cancelledAt = world.now()
  order.closedAt = world.now()
  order.cancelReason = reason
  if (removals.length) refund(world, order, removals, refundedCents)
  if (refundedCents > 0) order.financialStatus = 'REFUNDED'
  else if (order.financialStatus === 'PENDING' || order.financialStatus === 'AUTHORIZED')
    order.financialStatus = 'VOIDED'
  for (const one of order.fulfilmentOrders.filter(isOpen)) closeFor(world, one)
  for (const one of order.fulfilmentOrders)
    if (one.status === 'CLOSED' && !hasLiveFulfilment(order)) one.status = 'CANCELLED'
  world.tell({ topic: 'orders/cancelled', about: order.id, payload: () => orderPayload(world, order) })
  touch(world, order)
}

function closeFor(world: World, fulfilmentOrder: Order['fulfilmentOrders'][number]): void {
  fulfilmentOrder.status = 'CANCELLED'
  fulfilmentOrder.updatedAt = world.now()
}
