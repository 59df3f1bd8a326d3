/** Which strict registers are written now: nothing is raised but from what is free, nothing is free before it was taken back. Pure. */

import type { Instant } from '../domain.ts'
import type { Board, Component, Seat } from './policy-board.ts'
import { returningOf } from './strict-charges.ts'
import { isIdle, isWorthRaising, lower, raise, thinnestFirst } from './strict-moves.ts'
import { rebalance } from './strict-rebalance.ts'

/** Decides the changes of all strict registers; returns when the end of a cool-down may allow another one, or null. */
export function moveStrict({ components, seats }: Board, now: Instant): Instant | null {
  const strict = components.filter((component) => component.isStrict)
  const overcommitted = strict.filter((component) => component.freeUnits + returningOf(component) < 0)
  for (const seat of seats) if (isIdle(seat)) lowerWhatMust(seat, overcommitted)
  for (const seat of thinnestFirst(seats.filter(isWorthRaising))) raise(seat)
  let wakeAt: Instant | null = null
  for (const component of strict) {
    const at = rebalance(component, now)
    if (at !== null && (wakeAt === null || at < wakeAt)) wakeAt = at
  }
  return wakeAt
}

/** More is promised than there is, or a rule says so. */
function lowerWhatMust(seat: Seat, overcommitted: readonly Component[]): void {
  if (overcommitted.length > 0 && seat.uses.some(({ component }) => overcommitted.includes(component)))
    lower(seat, seat.targetUnits, 'overcommitted')
  const { capUnits, fixedUnits } = seat.facts.rules
  if (!seat.change) lower(seat, Math.min(capUnits ?? Infinity, fixedUnits ?? Infinity), 'rule')
}
