/**
 * How many units a register may still sell, whatever we have not heard of yet. Pure.
 * `entitlement` (G) = units its shop has sold + units it shows: sales and cancellations leave it as it is, only our writes move it.
 * `ceilingOf` (T) bounds from above what the shop will ever have sold there without a further write of ours:
 * T ≥ N + max(q, r), where N is sold, q shown and r held by checkouts that are paying. Every refinement is the smaller of
 * two bounds, so that T grows only when a write is booked, or when somebody else raised the shelf.
 */

import type { Abilities, StockOp } from '../channel.ts'
import type { Instant, RegisterId } from '../domain.ts'

export interface Rights {
  readonly entitlement: number
  /** Units beyond the entitlement that checkouts opened before a decrease may still claim. */
  readonly hold: number
  /** When the youngest of those checkouts is dead; null when there are none. */
  readonly holdUntil: Instant | null
  /** The one write in flight. */
  readonly op?: OpInFlight
  readonly pend?: Pending
}

export interface OpInFlight {
  readonly call: string
  readonly op: StockOp
  /** T while nobody knows what becomes of it. */
  readonly ceiling: number
  /** It never starts after this. */
  readonly sendBy: Instant
  /** Set when the answer was lost: the write may or may not have happened. */
  readonly unknownSince?: Instant
}

/** An absolute write that the shop acknowledged and that no look at the shelf has settled yet. */
export interface Pending {
  readonly acknowledgedAt: Instant
  /** What the entitlement most likely is: units sold when it was acknowledged + units written. */
  readonly likely: number
}

/** How a shop's checkouts behave, as far as a decrease cares. */
export interface Checkouts {
  /** After this a checkout that has not been paid is dead. */
  readonly diesAfterMs: number
  /** Unpaid checkouts show up as orders, so that their units can be counted. */
  readonly areVisible: boolean
}

/** T: nothing that the shop does by itself brings the units sold there above this. */
export const ceilingOf = (rights: Rights): number => rights.op?.ceiling ?? rights.entitlement + rights.hold

/** What the shop most likely shows: the entitlement less the sales we know of. */
export const believedUnits = (rights: Pick<Rights, 'entitlement' | 'pend'>, takenUnits: number): number =>
  (rights.pend?.likely ?? rights.entitlement) - takenUnits

/** What the register may still sell, unseen sales included. */
export const rightsUnits = (rights: Rights, takenUnits: number): number => ceilingOf(rights) - takenUnits

/** The write that brings a register to its target, in the kind its shop can do; undefined when it already shows it. */
export function opToward(
  register: RegisterId,
  targetUnits: number,
  believed: number,
  abilities: Pick<Abilities, 'relativeWrites'>,
): StockOp | undefined {
  if (targetUnits === believed) return undefined
  return abilities.relativeWrites
    ? { register, kind: 'adjust', by: targetUnits - believed }
    : { register, kind: 'set', to: targetUnits }
}

/** By how much a write moves what a shop shows; undefined for an absolute one, which moves it by who knows how much. */
function changeBy(op: StockOp): number | undefined {
  switch (op.kind) {
    case 'adjust':
      return op.by
    case 'cas':
      return op.to - op.from
    case 'move':
      return op.to === 'available' ? op.by : op.from === 'available' ? -op.by : 0
    case 'set':
      return undefined
  }
}

/**
 * T once this write is under way. A raise may be in effect at once, a decrease may never be; units already held for old checkouts
 * fit under a raise. An absolute write resurrects whatever was sold before it lands, so all of T may be sold and `to` again:
 * writing 0 is the only one that adds nothing.
 */
export function ceilingWith(rights: Rights, op: StockOp): number {
  const by = changeBy(op)
  if (by === undefined) return ceilingOf(rights) + (op.kind === 'set' ? op.to : 0)
  return rights.entitlement + Math.max(rights.hold, by)
}

/** Units of T that booking this write takes from the free ones. */
export const chargeOf = (rights: Rights, op: StockOp): number => ceilingWith(rights, op) - ceilingOf(rights)

export const booked = (rights: Rights, op: StockOp, call: string, sendBy: Instant): Rights => ({
  ...rights,
  op: { call, op, ceiling: ceilingWith(rights, op), sendBy },
})

/** The shop said that it did not happen: everything is as it was. Not for a write that had a try without an answer: that one may land yet. */
export const refused = ({ op: _, ...rights }: Rights): Rights => rights

/**
 * No answer came. The write keeps every other one away until the shelf was read. `sendBy` is now when whoever sent it says so;
 * a sender that may only have been paused can still start until the time it was given.
 */
export const inDoubt = (rights: Rights, now: Instant, sendBy = rights.op?.sendBy ?? now): Rights =>
  rights.op ? { ...rights, op: { ...rights.op, sendBy, unknownSince: rights.op.unknownSince ?? now } } : rights

/**
 * The shop said that it happened. What a decrease takes away stays held: the register may have gone below zero, and checkouts
 * that were open may still pay. A raise gives units that were held before it their place; those held since stay held, because
 * new checkouts may be on what it added. Either way T is still its ceiling: nothing is free before a look, or before they are dead.
 */
export function acknowledged(rights: Rights, takenUnits: number, now: Instant, checkouts: Checkouts): Rights {
  const { op: inFlight, pend, ...rest } = rights
  if (!inFlight) return rights
  const by = changeBy(inFlight.op)
  if (by === undefined) {
    const likely = takenUnits + (inFlight.op.kind === 'set' ? inFlight.op.to : 0)
    // Checkouts that were open when it landed are within its ceiling.
    return { entitlement: inFlight.ceiling, hold: 0, holdUntil: null, pend: { acknowledgedAt: now, likely } }
  }
  const entitlement = rest.entitlement + by
  const hold = inFlight.ceiling - entitlement
  const holdUntil = by < 0 ? now + checkouts.diesAfterMs : rest.holdUntil
  return {
    entitlement,
    hold,
    holdUntil: hold === 0 ? null : holdUntil,
    ...(pend && { pend: { ...pend, likely: pend.likely + by } }),
  }
}

/**
 * A copy of an order was made in this shop and took units off its shelf: our own decrease (`by` below zero), which needs no charge
 * and may come at any moment. Had it come before an absolute write that is not settled yet, that one overwrote it: T stays until
 * the look. Units that came back with a copy which somebody else cancelled are on the shelf already, paid for or not: T grows.
 */
export function moved(rights: Rights, by: number, now: Instant, checkouts: Checkouts): Rights {
  const { op } = rights
  const pend = rights.pend && { ...rights.pend, likely: rights.pend.likely + by }
  if (pend && by < 0) return { ...rights, pend }
  const entitlement = rights.entitlement + by
  return by < 0
    ? { ...rights, entitlement, hold: rights.hold - by, holdUntil: now + checkouts.diesAfterMs }
    : { ...rights, entitlement, ...(op && { op: { ...op, ceiling: op.ceiling + by } }), ...(pend && { pend }) }
}

/** A clean look at a shelf: orders, stock, orders again. */
export interface Look {
  /** q: what the shop showed, units of paying checkouts included where the shop takes them out of what it shows. */
  readonly shownUnits: number
  /** When the request for it was sent. */
  readonly startedAt: Instant
  /** The most and the least that can have been sold there at the moment of the look, by the orders before and after. */
  readonly takenUnitsMax: number
  readonly takenUnitsMin: number
  /** Units that visible unpaid checkouts hold within what is shown; 0 where they cannot be seen. */
  readonly heldUnits: number
  /** It is certain that no order of this register is missing in our book. */
  readonly isComplete: boolean
}

/** A register seen for the first time: what it shows is what it may sell, and units of orders that we may not know stay held for a while. */
export function adopted(look: Look, takenUnits: number, checkouts: Checkouts): Rights {
  const entitlement = takenUnits + look.shownUnits
  const hold = Math.max(0, look.takenUnitsMax - takenUnits) + Math.max(0, look.heldUnits - look.shownUnits)
  return { entitlement, hold, holdUntil: hold === 0 ? null : look.startedAt + checkouts.diesAfterMs }
}

/** A write without an answer may still land this long after it may have been sent. */
export const landsWithinMs = 20_000

export type Found =
  /** Nothing can be said: a write is under way, may still land, or orders are missing. */
  | { readonly verdict: 'open' }
  /** As our writes and the shop's orders explain it. */
  | { readonly verdict: 'explained'; readonly rights: Rights }
  /** `byUnits` more (or less) on the shelf than our writes and the shop's orders explain: somebody else's doing. */
  | { readonly verdict: 'drift'; readonly rights: Rights; readonly byUnits: number }

/**
 * What a look at the shelf tells of the rights. They must be the same that stood when the look began: one that saw a write, or a
 * copy of an order, come and go is thrown away by the caller, because no moment in it is before or after them for certain.
 */
export function looked(rights: Rights, look: Look, checkouts: Checkouts): Found {
  if (!isOver(rights, look)) return { verdict: 'open' }
  // Without all orders, more on the shelf may be a cancellation that we have not heard of.
  const foreign = look.isComplete ? foreignUnits(rights, look) : 0
  if (foreign > 0) return raised(rights, look, checkouts, foreign)
  return rights.op || rights.pend ? settled(rights, look, checkouts) : audited(rights, look, checkouts)
}

/** Whether the look began after the last write can have had its effect. */
function isOver({ op, pend }: Rights, { startedAt }: Look): boolean {
  if (op && (op.unknownSince === undefined || startedAt < Math.max(op.unknownSince, op.sendBy) + landsWithinMs))
    return false
  return !pend || startedAt > pend.acknowledgedAt
}

/** Units that were sold or are shown beyond what our writes allow, whatever was sold during the look. */
const foreignUnits = (rights: Rights, { takenUnitsMin, shownUnits }: Look): number =>
  Math.max(takenUnitsMin + shownUnits - (rights.op?.ceiling ?? rights.entitlement), takenUnitsMin - ceilingOf(rights))

/** Somebody else raised it. Nothing of it is ours to refuse: all of it is counted, and what is then free may be less than nothing. */
function raised(rights: Rights, look: Look, checkouts: Checkouts, byUnits: number): Found {
  const entitlement = look.takenUnitsMax + look.shownUnits
  const ceiling = Math.max(ceilingOf(rights), look.takenUnitsMax)
  const bound = Math.max(0, ceiling - entitlement)
  return { verdict: 'drift', rights: held(entitlement, bound, rights.holdUntil, look, checkouts), byUnits }
}

/** An absolute write, or one without an answer: what it came to is what was sold and what is shown, seen at one moment. */
function settled(rights: Rights, look: Look, checkouts: Checkouts): Found {
  if (!look.isComplete) return { verdict: 'open' }
  const ceiling = ceilingOf(rights)
  const entitlement = Math.min(ceiling, look.takenUnitsMax + look.shownUnits)
  return {
    verdict: 'explained',
    rights: held(entitlement, ceiling - entitlement, deadAfter(look, checkouts), look, checkouts),
  }
}

/** No write of ours is in doubt: what is held for old checkouts shrinks, and less than believed is somebody else's doing. */
function audited(rights: Rights, look: Look, checkouts: Checkouts): Found {
  const entitlement = look.isComplete
    ? Math.min(rights.entitlement, look.takenUnitsMax + look.shownUnits)
    : rights.entitlement
  const byUnits = entitlement - rights.entitlement
  // Whoever lowered it did so under the checkouts that were open: T stays until they are dead.
  if (byUnits < 0) {
    const bound = ceilingOf(rights) - entitlement
    return { verdict: 'drift', rights: held(entitlement, bound, deadAfter(look, checkouts), look, checkouts), byUnits }
  }
  return { verdict: 'explained', rights: held(entitlement, rights.hold, rights.holdUntil, look, checkouts) }
}

/** Every checkout that was open before or during the look is dead by then; a look is answered as soon as a write at the latest. */
const deadAfter = ({ startedAt }: Look, { diesAfterMs }: Checkouts): Instant =>
  diesAfterMs === 0 ? startedAt : startedAt + landsWithinMs + diesAfterMs

/** Rights with no write in doubt: beyond the entitlement only what open checkouts may still claim is held, `bound` at most. */
function held(entitlement: number, bound: number, holdUntil: Instant | null, look: Look, checkouts: Checkouts): Rights {
  const hold = Math.min(bound, claimable(entitlement, holdUntil, look, checkouts))
  return { entitlement, hold, holdUntil: hold === 0 ? null : holdUntil }
}

/**
 * Units beyond the entitlement that were claimed during the look or may be yet: any number, while there are checkouts that
 * nobody can see. Units below zero on the shelf were claimed, known to us or not.
 */
function claimable(entitlement: number, holdUntil: Instant | null, look: Look, checkouts: Checkouts): number {
  const mayBeUnseen = checkouts.areVisible ? !look.isComplete : holdUntil !== null && look.startedAt < holdUntil
  if (mayBeUnseen) return Number.MAX_SAFE_INTEGER
  return Math.max(0, look.heldUnits + Math.max(look.takenUnitsMax - entitlement, -look.shownUnits))
}
