/** A strict register's next write: what may be raised, and how something is lowered. Pure. */

import type { ChangeReason } from './facts.ts'
import type { Seat } from './policy-board.ts'
import { charge, freeSalesOf } from './strict-charges.ts'
import { rateOf } from './strict-targets.ts'

/** Nothing of it is in flight, unsettled or decided already, and it may be written. */
export const isIdle = ({ facts, isStrict, isOpen, change }: Seat) =>
  isStrict && isOpen && facts.isDecidable && !facts.rights.op && !facts.rights.pend && !change

/**
 * Lowers a register towards a number. An absolute write would give back what was sold before it lands, so it says the least it
 * can, and the register is raised again once it is settled. A least above 0 is charged like any other absolute write: where it
 * does not fit, only an overcommitted register is lowered, and only when it gives up for good what it may add for seconds.
 */
export function lower(seat: Seat, wantedUnits: number, why: ChangeReason): boolean {
  const { facts, shownUnits, lockUnits } = seat
  const least = Math.max(facts.leastUnits, facts.floorUnits, lockUnits)
  const toUnits = facts.kind === 'delta' ? Math.max(wantedUnits, least) : least
  if (shownUnits <= Math.max(wantedUnits, toUnits)) return false
  if (facts.kind === 'set' && toUnits > 0) {
    const isWorthIt = why === 'overcommitted' && toUnits <= shownUnits - toUnits
    if (toUnits > freeSalesOf(seat) && !isWorthIt) return false
    charge(seat, { register: facts.register, kind: 'set', to: toUnits })
  }
  seat.change = { change: 'lower', toUnits, why }
  return true
}

/** Shows so little that the last of it may be sold before a top-up arrives, or less than a rule says. */
export const isThin = (seat: Seat, shownUnits: number) =>
  shownUnits < seat.targetUnits && (shownUnits <= seat.lowUnits || shownUnits < ruledUnits(seat))

function ruledUnits({ facts: { rules }, lockUnits, targetUnits }: Seat): number {
  return Math.min(targetUnits, Math.max(rules.minUnits, lockUnits, rules.fixedUnits ?? 0))
}

/** A register that shows more than half of its share is left alone: fewer writes, and nothing is lost by it. */
export const isWorthRaising = (seat: Seat) =>
  isIdle(seat) &&
  seat.shownUnits < seat.targetUnits &&
  (seat.shownUnits <= seat.targetUnits / 2 || isThin(seat, seat.shownUnits))

export function raise(seat: Seat): void {
  const { facts, shownUnits, targetUnits } = seat
  const { register, kind, rights } = facts
  const free = freeSalesOf(seat)
  if (free < 0) return
  // Units held for old checkouts fit under a raise; an absolute write is charged whole, on top of all that may be sold already.
  const toUnits = Math.min(targetUnits, kind === 'delta' ? shownUnits + free + rights.hold : free)
  if (toUnits <= shownUnits) return
  charge(
    seat,
    kind === 'delta' ? { register, kind: 'adjust', by: toUnits - shownUnits } : { register, kind: 'set', to: toUnits },
  )
  seat.change = { change: 'raise', toUnits, why: 'refill' }
}

/** The register that sells out first by its rate comes first; of equal ones, the faster. */
export function thinnestFirst(seats: readonly Seat[]): readonly Seat[] {
  if (seats.length < 2) return seats
  return seats
    .map((seat) => ({ seat, rate: rateOf(seat) }))
    .sort((one, other) => coverOf(one) - coverOf(other) || other.rate - one.rate)
    .map(({ seat }) => seat)
}

/** Seconds until it is sold out; a finite number also for what never sells, so that differences can be taken. */
const coverOf = ({ seat, rate }: { readonly seat: Seat; readonly rate: number }) =>
  Math.max(0, seat.shownUnits) / Math.max(rate, 1e-9)
