/** The mirror: every register shows all that is available, less a fixed buffer or a percentage. It oversells; it is the baseline. Pure. */

import type { Component, Seat } from './policy-board.ts'

/** What the mirror shows of one component, in component units. */
export function mirrorUnitsOf({ facts }: Component): number {
  const available = facts.onHand - facts.reserved - facts.safetyUnits
  return Math.max(0, Math.floor((available * facts.percentage) / 100) - facts.bufferUnits)
}

/** Shows the number on this register, whenever it shows another one and no write is under way. */
export function moveByMirror(seat: Seat): void {
  const { facts, shownUnits } = seat
  if (!seat.isOpen) {
    seat.targetUnits = Math.max(0, shownUnits)
    return
  }
  seat.targetUnits = targetOf(seat)
  if (facts.rights.op) return
  if (shownUnits < seat.targetUnits) seat.change = { change: 'raise', toUnits: seat.targetUnits, why: 'rule' }
  const toUnits = Math.max(seat.targetUnits, facts.floorUnits, facts.leastUnits)
  if (shownUnits > toUnits) seat.change = { change: 'lower', toUnits, why: 'rule' }
}

function targetOf({ facts, uses }: Seat): number {
  let units = facts.rules.fixedUnits ?? Number.POSITIVE_INFINITY
  if (facts.rules.capUnits !== null) units = Math.min(units, facts.rules.capUnits)
  for (const { component, unitsPerSale } of uses)
    units = Math.min(units, Math.floor(mirrorUnitsOf(component) / unitsPerSale))
  return units
}
