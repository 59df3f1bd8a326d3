/**
 * What we know of a register and how our own writes change it. Pure.
 * `entitlement` (G) = units its shop has sold + units it shows: sales and cancellations leave it as it is, only our writes move it.
 */

import type { Abilities, StockOp } from '../channel.ts'
import type { Instant, RegisterId } from '../domain.ts'

export interface Rights {
  readonly entitlement: number
  /** The one write in flight. */
  readonly op?: OpInFlight
}

export interface OpInFlight {
  readonly call: string
  readonly op: StockOp
  /** Set when the answer was lost: the write may or may not have happened. */
  readonly unknownSince?: Instant
}

/** An absolute write that the shop acknowledged and that no look at the shelf has settled yet. */
export interface Pending {
  readonly acknowledgedAt: Instant
}

/** What the shop should be showing: the entitlement less the sales we know of. */
export const believedUnits = (rights: Rights, takenUnits: number): number => rights.entitlement - takenUnits

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

/**
 * The entitlement after the shop acknowledged a write. A relative write moves it exactly.
 * An absolute one overwrites sales that we have not seen: what it then is, only a read beside the order list tells.
 */
export function entitlementAfter(
  rights: Rights,
  op: StockOp,
  takenUnits: number,
): { entitlement: number; isExact: boolean } {
  switch (op.kind) {
    case 'adjust':
      return { entitlement: rights.entitlement + op.by, isExact: true }
    case 'cas':
      return { entitlement: rights.entitlement + op.to - op.from, isExact: true }
    case 'set':
      return { entitlement: takenUnits + op.to, isExact: false }
    case 'move':
      return {
        entitlement: rights.entitlement + (op.to === 'available' ? op.by : op.from === 'available' ? -op.by : 0),
        isExact: true,
      }
  }
}
