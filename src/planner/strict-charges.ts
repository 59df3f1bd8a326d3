/** What is free of strict components, what a write takes of it, and what comes back by itself. Pure. */

import type { StockOp } from '../channel.ts'
import type { Component, Seat } from './policy-board.ts'
import { chargeOf } from './rights.ts'

/** What the shop will show when the write in flight, or the one that was just decided, has happened. */
export function shownAfterwards({ facts, shownUnits, change }: Seat): number {
  if (change) return change.toUnits
  const op = facts.rights.op?.op
  return op ? shownAfter(op, shownUnits) : shownUnits
}

function shownAfter(op: StockOp, shownUnits: number): number {
  switch (op.kind) {
    case 'adjust':
      return shownUnits + op.by
    case 'cas':
      return shownUnits + op.to - op.from
    case 'move':
      return shownUnits + (op.to === 'available' ? op.by : op.from === 'available' ? -op.by : 0)
    case 'set':
      return op.to
  }
}

/** Component units that come back by themselves: old checkouts that die, what an absolute write in flight gives up. */
export function returningOf({ uses }: Component): number {
  let units = 0
  for (const { seat, unitsPerSale } of uses) {
    if (!seat.facts.isOnline) continue
    const kept = Math.max(0, shownAfterwards(seat))
    units += unitsPerSale * Math.max(0, seat.rightsUnits + seat.chargedUnits - kept)
  }
  return units
}

/** Sales that can be charged now: whole ones, and of every strict component. */
export function freeSalesOf(seat: Seat): number {
  let sales = Number.POSITIVE_INFINITY
  for (const { component, unitsPerSale } of seat.uses)
    if (component.isStrict) sales = Math.min(sales, Math.floor(component.freeUnits / unitsPerSale))
  return sales
}

export function charge(seat: Seat, op: StockOp): void {
  seat.chargedUnits = chargeOf(seat.facts.rights, op)
  for (const { component, unitsPerSale } of seat.uses) component.freeUnits -= unitsPerSale * seat.chargedUnits
}
