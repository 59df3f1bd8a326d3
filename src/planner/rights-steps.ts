/**
 * Every step that a register's rights can take, with all that decides what comes of it. A step is kept with its line of history,
 * so that the rights of any moment follow from the steps before it. Pure.
 */

import type { StockOp } from '../channel.ts'
import type { Instant } from '../domain.ts'
import {
  acknowledged,
  adopted,
  booked,
  type Checkouts,
  inDoubt,
  type Look,
  looked,
  moved,
  type OpInFlight,
  type Rights,
  refused,
} from './rights.ts'

/** What a look was made of: the reading of the shelf, and what was known before it. With the books of that moment it gives the look again. */
export interface LookedFrom {
  readonly delivery: string
  readonly at: Instant
  readonly takenUnits: number
  readonly openUnits: number
  /** Committed units of orders that were there before we were, as they were known then. */
  readonly unknownCommitted: number | null
}

export type RightsStep =
  | { readonly do: 'adopt'; readonly look: Look; readonly from: LookedFrom; readonly checkouts: Checkouts }
  | { readonly do: 'book'; readonly call: string; readonly op: StockOp; readonly sendBy: Instant }
  /** A call that is sent once more as it was. */
  | { readonly do: 'reopen'; readonly sendBy: Instant }
  | { readonly do: 'acknowledge'; readonly now: Instant; readonly checkouts: Checkouts }
  | { readonly do: 'refuse' }
  | { readonly do: 'doubt'; readonly now: Instant; readonly sendBy?: Instant }
  /** An order that we made took units from the shelf. */
  | { readonly do: 'move'; readonly by: number; readonly now: Instant; readonly checkouts: Checkouts }
  /** Somebody else may have put units back: kept like a write without an answer. */
  | { readonly do: 'suspect'; readonly units: number; readonly op: StockOp; readonly now: Instant }
  | { readonly do: 'look'; readonly look: Look; readonly from: LookedFrom; readonly checkouts: Checkouts }

/** What comes of a step; only a first look gives rights to a register that has none. */
export function stepped(rights: Rights | undefined, takenUnits: number, step: RightsStep): Rights {
  if (step.do === 'adopt') return adopted(step.look, takenUnits, step.checkouts)
  if (!rights) throw new Error('A register whose shelf was never seen has no rights to change.')
  switch (step.do) {
    case 'book':
      return booked(rights, step.op, step.call, step.sendBy)
    case 'reopen':
      return reopened(rights, step.sendBy)
    case 'acknowledge':
      return acknowledged(rights, takenUnits, step.now, step.checkouts)
    case 'refuse':
      return refused(rights)
    case 'doubt':
      return inDoubt(rights, step.now, step.sendBy)
    case 'move':
      return moved(rights, step.by, step.now, step.checkouts)
    case 'suspect':
      return { ...rights, op: suspicion(rights, step) }
    case 'look':
      return afterLook(rights, step.look, step.checkouts)
  }
}

function reopened(rights: Rights, sendBy: Instant): Rights {
  if (!rights.op) return rights
  const { unknownSince: _, ...op } = rights.op
  return { ...rights, op: { ...op, sendBy } }
}

const suspicion = (rights: Rights, { op, units, now }: Extract<RightsStep, { do: 'suspect' }>): OpInFlight => ({
  call: 'cancelled elsewhere',
  op,
  ceiling: rights.entitlement + Math.max(rights.hold, units),
  sendBy: now,
  unknownSince: now,
})

function afterLook(rights: Rights, look: Look, checkouts: Checkouts): Rights {
  const found = looked(rights, look, checkouts)
  return found.verdict === 'open' ? rights : found.rights
}
