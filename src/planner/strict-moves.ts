/** Which strict registers are written now: nothing is raised but from what is free, nothing is free before it was taken back. Pure. */

import type { StockOp } from '../channel.ts'
import type { Instant } from '../domain.ts'
import type { ChangeReason } from './facts.ts'
import type { Board, Component, Seat } from './policy-board.ts'
import { chargeOf } from './rights.ts'
import { likelyRateOf, rateOf } from './strict-targets.ts'

/** A register is not asked again so soon: the sales that prove or refute the need are still on their way. */
export const cooldownMs = 5_000
/** Besides hearing of sales and pushing, a move waits for a read-back. */
const readBackMs = 3_000

/** Decides the changes of all strict registers; returns when the end of a cool-down may allow another one, or null. */
export function moveStrict({ components, seats }: Board, now: Instant): Instant | null {
  const strict = components.filter((component) => component.isStrict)
  const overcommitted = strict.filter((component) => component.freeUnits + returningOf(component) < 0)
  for (const seat of seats) if (isIdle(seat)) lowerWhatMust(seat, overcommitted)
  for (const seat of thinnestFirst(seats.filter(isWorthRaising))) raise(seat)
  let wakeAt: Instant | null = null
  for (const component of strict) {
    const at = component.freeUnits < 0 ? null : rebalance(component, now)
    if (at !== null && (wakeAt === null || at < wakeAt)) wakeAt = at
  }
  return wakeAt
}

/** Nothing of it is in flight, unsettled or decided already, and it may be written. */
const isIdle = ({ facts, isStrict, isOpen, change }: Seat) =>
  isStrict && isOpen && facts.isDecidable && !facts.rights.op && !facts.rights.pend && !change

/** What the shop will show when the write in flight, or the one that was just decided, has happened. */
function shownAfterwards({ facts, shownUnits, change }: Seat): number {
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
function returningOf({ uses }: Component): number {
  let units = 0
  for (const { seat, unitsPerSale } of uses) {
    if (!seat.facts.isOnline) continue
    const kept = Math.max(0, shownAfterwards(seat))
    units += unitsPerSale * Math.max(0, seat.rightsUnits + seat.chargedUnits - kept)
  }
  return units
}

/** Sales that can be charged now: whole ones, and of every strict component. */
function freeSalesOf(seat: Seat): number {
  let sales = Number.POSITIVE_INFINITY
  for (const { component, unitsPerSale } of seat.uses)
    if (component.isStrict) sales = Math.min(sales, Math.floor(component.freeUnits / unitsPerSale))
  return sales
}

function charge(seat: Seat, op: StockOp): void {
  seat.chargedUnits = chargeOf(seat.facts.rights, op)
  for (const { component, unitsPerSale } of seat.uses) component.freeUnits -= unitsPerSale * seat.chargedUnits
}

/** More is promised than there is, or a rule says so. */
function lowerWhatMust(seat: Seat, overcommitted: readonly Component[]): void {
  if (overcommitted.length > 0 && seat.uses.some(({ component }) => overcommitted.includes(component)))
    lower(seat, seat.targetUnits, 'overcommitted')
  const { capUnits, fixedUnits } = seat.facts.rules
  if (seat.change || (capUnits === null && fixedUnits === null)) return
  lower(seat, Math.max(seat.lockUnits, Math.min(capUnits ?? Infinity, fixedUnits ?? Infinity)), 'rule')
}

/**
 * Lowers a register towards a number. An absolute write would give back what was sold before it lands, so it says the least it
 * can, and the register is raised again once it is settled. A least above 0 is charged like any other absolute write: where it
 * does not fit, only an overcommitted register is lowered, and only when it gives up for good what it may add for seconds.
 */
function lower(seat: Seat, wantedUnits: number, why: ChangeReason): boolean {
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
const isThin = (seat: Seat, shownUnits: number) =>
  shownUnits < seat.targetUnits && (shownUnits <= seat.lowUnits || shownUnits < ruledUnits(seat))

function ruledUnits({ facts: { rules }, lockUnits, targetUnits }: Seat): number {
  return Math.min(targetUnits, Math.max(rules.minUnits, lockUnits, rules.fixedUnits ?? 0))
}

/** A register that shows more than half of its share is left alone: fewer writes, and nothing is lost by it. */
const isWorthRaising = (seat: Seat) =>
  isIdle(seat) &&
  seat.shownUnits < seat.targetUnits &&
  (seat.shownUnits <= seat.targetUnits / 2 || isThin(seat, seat.shownUnits))

function raise(seat: Seat): void {
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

/** Takes back what other registers need more, from those that show most beyond their share; returns when a cool-down in the way ends. */
function rebalance(component: Component, now: Instant): Instant | null {
  let shortUnits = missingOf(component)
  if (shortUnits > 0) shortUnits -= component.freeUnits + returningOf(component)
  if (shortUnits <= 0) return null
  let wakeAt: Instant | null = null
  const spare = component.uses
    .map((use) => ({ ...use, surplus: surplusOf(use.seat) }))
    .filter(({ surplus }) => surplus > 0)
  spare.sort((one, other) => other.surplus * other.unitsPerSale - one.surplus * one.unitsPerSale)
  for (const { seat, unitsPerSale, surplus } of spare) {
    if (shortUnits <= 0) break
    const restedAt = (seat.facts.reclaimedAt ?? -Infinity) + cooldownMs
    if (restedAt > now) {
      if (wakeAt === null || restedAt < wakeAt) wakeAt = restedAt
      continue
    }
    const sales = Math.min(surplus, Math.ceil(shortUnits / unitsPerSale))
    if (!lower(seat, seat.shownUnits - sales, 'rebalance')) continue
    const kept = seat.facts.kind === 'delta' ? shownAfterwards(seat) : Math.max(seat.targetUnits, shownAfterwards(seat))
    shortUnits -= unitsPerSale * (seat.shownUnits - kept)
  }
  return wakeAt
}

/** Component units that thin registers lack. An absolute one needs its whole number anew, whatever it shows. */
function missingOf({ uses }: Component): number {
  let units = 0
  for (const { seat, unitsPerSale } of uses) {
    if (!seat.isOpen || !seat.facts.isDecidable) continue
    const shown = shownAfterwards(seat)
    if (!isThin(seat, shown)) continue
    units += unitsPerSale * (seat.facts.kind === 'delta' ? seat.targetUnits - shown : seat.targetUnits)
  }
  return units
}

/** What it could give: nothing while checkouts of an earlier decrease live, and nothing that it sells sooner than a move takes. */
function surplusOf(seat: Seat): number {
  if (!isIdle(seat) || seat.facts.rights.hold > 0) return 0
  const { pace, areCheckoutsVisible, checkoutsDieAfterMs } = seat.facts
  const moveMs = pace.seeMs + pace.pushMs + readBackMs + (areCheckoutsVisible ? 0 : checkoutsDieAfterMs)
  const soonSold = Math.ceil((2 * moveMs * likelyRateOf(seat)) / 1000)
  return seat.shownUnits - Math.max(seat.targetUnits, soonSold)
}
