/** How much of the stock each register may show, and what is written now. Pure: facts in, decisions and their terms out. */

import type { Instant, SkuId } from '../domain.ts'
import type { ComponentTerms, Decision, Plan, PolicyFacts, StockTerms } from './facts.ts'
import { moveByMirror } from './mirror.ts'
import { type Board, boardOf, type Seat } from './policy-board.ts'
import { moveStrict } from './strict.ts'
import { thinnestFirst } from './strict-moves.ts'
import { setStrictTargets } from './strict-targets.ts'

/**
 * One decision for every decidable register: lowers first, then raises by thinnest cover, then those that stay. Strict registers
 * are charged before they are raised: all charges of a plan together fit into what is free of every strict component.
 */
export function plan(facts: PolicyFacts): Plan {
  const board = boardOf(facts)
  for (const seat of board.seats) if (!seat.isStrict) moveByMirror(seat)
  setStrictTargets(board)
  const wakeAt = moveStrict(board, facts.now)
  return { decisions: inOrder(board).map(decisionOf), wakeAt: earliest(board, facts.now, wakeAt) }
}

function inOrder({ seats }: Board): Seat[] {
  const decidable = seats.filter((seat) => seat.facts.isDecidable)
  return [
    ...decidable.filter((seat) => seat.change?.change === 'lower'),
    ...thinnestFirst(decidable.filter((seat) => seat.change?.change === 'raise')),
    ...decidable.filter((seat) => !seat.change),
  ]
}

function decisionOf(seat: Seat): Decision {
  const { facts, targetUnits, shownUnits, change } = seat
  const { account, register } = facts
  const terms = termsOf(seat)
  return change
    ? { account, register, targetUnits, shownUnits, terms, ...change }
    : { account, register, targetUnits, shownUnits, terms, change: 'none' }
}

const termsOf = (seat: Seat): StockTerms => ({
  policy: seat.isStrict ? 'strict' : 'mirror',
  targetUnits: seat.targetUnits,
  components: seat.uses.map(({ component, unitsPerSale }): ComponentTerms => {
    const { sku, onHand, reserved, safetyUnits, allowanceUnits } = component.facts
    return {
      sku,
      unitsPerSale,
      onHand,
      reserved,
      safetyUnits,
      allowanceUnits,
      heldForOthers: component.promisedUnits - unitsPerSale * seat.rightsUnits,
      doubtUnits: unitsPerSale * (seat.rightsUnits - seat.shownUnits),
      poolUnits: component.availableUnits - component.promisedUnits,
    }
  }),
})

/** Held units come back when the checkouts are dead, a lock ends, a cool-down ends. */
function earliest({ seats }: Board, now: Instant, cooledAt: Instant | null): Instant | null {
  let wakeAt = cooledAt ?? Infinity
  for (const { isStrict, facts } of seats) {
    if (!isStrict) continue
    const { hold, holdUntil } = facts.rights
    if (hold > 0 && holdUntil !== null && holdUntil > now) wakeAt = Math.min(wakeAt, holdUntil)
    const lock = facts.rules.lock
    if (lock && lock.until > now) wakeAt = Math.min(wakeAt, lock.until)
  }
  return wakeAt === Infinity ? null : wakeAt
}

/** One component of what a register sells, and how much of it there is. */
export interface ComponentStock {
  readonly sku: SkuId
  readonly onHand: number
  readonly reserved: number
  readonly safetyUnits: number
  /** Component units that one sale of the register takes. */
  readonly unitsPerSale: number
}

export interface PolicyTerms {
  readonly policy: 'mirror'
  readonly components: readonly (ComponentStock & { readonly sellable: number })[]
}

/**
 * The baseline that most tools use: every register shows all that is available less the safety stock,
 * the same number everywhere. It oversells when two shops sell the last units between two messages.
 */
export function mirror(components: readonly ComponentStock[]): { units: number; terms: PolicyTerms } {
  const explained = components.map((component) => ({
    ...component,
    sellable: Math.floor(
      Math.max(0, component.onHand - component.reserved - component.safetyUnits) / component.unitsPerSale,
    ),
  }))
  const units = explained.length === 0 ? 0 : Math.min(...explained.map(({ sellable }) => sellable))
  return { units, terms: { policy: 'mirror', components: explained } }
}
