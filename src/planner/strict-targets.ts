/** What every register of a strict component should show once all is in its place: its share by demand, the rest stays in the pool. Pure. */

import { apportion, type Claim } from './apportion.ts'
import { mirrorUnitsOf } from './mirror.ts'
import { poissonBound, tails } from './poisson.ts'
import type { Board, Component, Seat, Use } from './policy-board.ts'

/** Sales per second that all registers of a component are credited with before any demand is known, divided by their shares. */
const priorPerSecond = 0.02
/** A hot register is covered for so long, so that top-ups come in time. */
const hotCoverSeconds = 20
/** A bundle that gets less of one component leaves the others to their registers: so many rounds of giving back. */
const roundsMax = 3

export function setStrictTargets({ components, seats }: Board): void {
  let hasBundles = false
  for (const seat of seats) {
    if (!seat.isStrict) continue
    seat.targetUnits = Math.max(0, seat.shownUnits)
    if (seat.uses.length > 1) hasBundles = true
  }
  if (hasBundles) for (const seat of seats) seat.roomUnits = roomOf(seat)
  for (let round = 1; round <= roundsMax; round += 1) {
    const given = new Map<Seat, Range>()
    for (const component of components) if (component.isStrict) divideAmong(component, given)
    if (!narrow(given)) return
  }
}

/** The least and the most sales that a register got of its components. */
interface Range {
  least: number
  most: number
}

function divideAmong(component: Component, given: Map<Seat, Range>): void {
  const uses = component.uses.filter(({ seat }) => seat.isOpen)
  const units = divide(component, uses)
  for (let at = 0; at < uses.length; at += 1) {
    const use = uses[at]
    if (!use) continue
    const sales = Math.floor((units[at] ?? 0) / use.unitsPerSale)
    const range = given.get(use.seat)
    if (!range) given.set(use.seat, { least: sales, most: sales })
    else {
      range.least = Math.min(range.least, sales)
      range.most = Math.max(range.most, sales)
    }
  }
}

/** A register can use no more than the least it got; whether another round has something to give back. */
function narrow(given: ReadonlyMap<Seat, Range>): boolean {
  let isUneven = false
  for (const [seat, { least, most }] of given) {
    seat.targetUnits = least
    if (least === most) continue
    seat.roomUnits = least
    isUneven = true
  }
  return isUneven
}

/** At most so many sales fit into what is there of every component. */
function roomOf(seat: Seat): number {
  let room = Number.POSITIVE_INFINITY
  for (const { component, unitsPerSale } of seat.uses) {
    const units = component.isStrict ? liveUnitsOf(component) : mirrorUnitsOf(component)
    room = Math.min(room, Math.floor(units / unitsPerSale))
  }
  return room
}

/** What may be divided: a register that does not answer or is paused keeps all that it may sell. */
export function liveUnitsOf({ availableUnits, uses }: Component): number {
  let units = availableUnits
  for (const { seat, unitsPerSale } of uses)
    if (!seat.isOpen) units -= unitsPerSale * Math.max(0, seat.rightsUnits, seat.shownUnits)
  return Math.max(0, units)
}

interface OpenClaim extends Claim {
  /** Of `firstUnits`, what a merchant keeps for this register. */
  readonly keptUnits: number
  readonly isFixed: boolean
}

/** Component units for each use, given what every register can use at most. */
function divide(component: Component, uses: readonly Use[]): number[] {
  const liveUnits = liveUnitsOf(component)
  const claims = claimsOf(uses)
  let kept = 0
  let least = 0
  let places = 0
  let weights = 0
  for (const claim of claims) {
    kept += claim.keptUnits
    least += Math.min(claim.capUnits, Math.max(claim.firstUnits, claim.minUnits))
    if (claim.isFixed) continue
    places += claim.stepUnits
    weights += claim.weight
  }
  const restUnits = Math.max(0, liveUnits - kept)
  const shared = Math.ceil(showableShare(restUnits, places) * restUnits)
  const total = Math.min(liveUnits, Math.max(kept + shared, least))
  const given = apportion(total, claims)
  let sum = 0
  for (let at = 0; at < claims.length; at += 1) {
    const units = hotUnits(claims[at], uses[at], given[at] ?? 0, weights > 0 ? restUnits / weights : 0)
    given[at] = units
    sum += units
  }
  return sum > liveUnits ? apportion(liveUnits, claims) : given
}

/** What is shown of what is there; the rest stays in the pool, where a top-up is cheap and moving units from shop to shop is not. */
function showableShare(units: number, places: number): number {
  if (units <= places) return 1
  return units > 100 ? 0.3 : 0.5
}

/** A register that sells fast gets what it needs until the next top-up, within its share of all. */
function hotUnits(claim: OpenClaim | undefined, use: Use | undefined, given: number, perWeight: number): number {
  if (!claim || !use || claim.isFixed) return given
  const { meanPerSecond } = use.seat.facts.pace
  if (meanPerSecond <= 0) return given
  const cover = poissonBound(meanPerSecond * hotCoverSeconds, tails.fiftieth) * claim.stepUnits
  const share = Math.floor((claim.weight * perWeight) / claim.stepUnits) * claim.stepUnits
  return Math.max(given, Math.min(cover, share, claim.capUnits))
}

function claimsOf(uses: readonly Use[]): OpenClaim[] {
  const priorPerShare = priorPerShareOf(uses)
  return uses.map(({ seat, unitsPerSale }) => {
    const { rules, pace, floorUnits, leastUnits } = seat.facts
    const room = seat.roomUnits
    const capped = Math.min(room, rules.capUnits ?? room, rules.fixedUnits ?? room)
    // A lock was promised: it holds against a cap.
    const kept = Math.min(room, Math.max(seat.lockUnits, rules.fixedUnits === null ? 0 : capped))
    // What the platform keeps cannot be lowered, and where 0 cannot be written, what shows something goes on showing one.
    const stuck = Math.min(Math.max(floorUnits, leastUnits), Math.max(0, seat.shownUnits))
    const first = Math.min(room, Math.max(kept, stuck))
    return {
      weight: (pace.meanPerSecond + priorPerShare * rules.share) * unitsPerSale,
      keptUnits: kept * unitsPerSale,
      firstUnits: first * unitsPerSale,
      minUnits: Math.min(capped, rules.minUnits) * unitsPerSale,
      capUnits: Math.max(capped, first) * unitsPerSale,
      stepUnits: unitsPerSale,
      isFixed: rules.fixedUnits !== null,
    }
  })
}

function priorPerShareOf(uses: readonly Use[], perSecond = priorPerSecond): number {
  let shares = 0
  for (const { seat } of uses) shares += seat.facts.rules.share
  return shares > 0 ? perSecond / shares : 0
}

const openUsesOf = (seat: Seat) => seat.uses[0]?.component.uses.filter(({ seat: other }) => other.isOpen) ?? []

/** Units of a sale per second that a register is credited with: what it sells, and its share of the prior. */
export const rateOf = (seat: Seat): number =>
  seat.facts.pace.meanPerSecond + priorPerShareOf(openUsesOf(seat)) * seat.facts.rules.share

/**
 * Units of a sale per second that a register may sell soon: its prior counts as far as the component sells at all. Otherwise
 * what nobody buys anywhere would stay on a register whose checkouts live long, and another one would stay empty.
 */
export function likelyRateOf(seat: Seat): number {
  const open = openUsesOf(seat)
  let sold = 0
  for (const { seat: other } of open) sold += other.facts.pace.meanPerSecond
  return seat.facts.pace.meanPerSecond + priorPerShareOf(open, Math.min(priorPerSecond, sold)) * seat.facts.rules.share
}
