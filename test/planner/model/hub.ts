/**
 * A hub that decides nothing cleverly: it books any write that the free units pay for, and takes every step by the transitions
 * that it is given. Each step is checked as it is taken, so that a wrong one is named where it happens.
 */

import type { StockOp } from '../../../src/channel.ts'
import { asId, type Instant } from '../../../src/domain.ts'
import type * as real from '../../../src/planner/rights.ts'
import { Broken } from './laws.ts'
import type { Order, Shop } from './shop.ts'

export type Transitions = Pick<
  typeof real,
  'ceilingOf' | 'chargeOf' | 'booked' | 'refused' | 'inDoubt' | 'acknowledged' | 'moved' | 'looked'
>

/** What the callers of the transitions must do themselves; a planted bug leaves one out. */
export interface Habits {
  /** Writes are paid from the free units. */
  readonly paysFirst: boolean
  /** A copy made in this shop moves the rights there. */
  readonly movesForCopies: boolean
  /** A copy is a sale of the selling shop alone. */
  readonly countsCopiesOnce: boolean
  /** Taking a copy back with its units is a write like any other. */
  readonly booksRestocks: boolean
  /** A look is thrown away when the rights changed since it began. */
  readonly comparesRevision: boolean
  /** A look is thrown away while a copy may or may not have been made. */
  readonly waitsForCopies: boolean
  /** What was sold during a look is reckoned by the orders one by one, not by their sum before and after. */
  readonly reckonsByOrder: boolean
}

export const goodHabits: Habits = {
  paysFirst: true,
  movesForCopies: true,
  countsCopiesOnce: true,
  booksRestocks: true,
  comparesRevision: true,
  waitsForCopies: true,
  reckonsByOrder: true,
}

export interface Entry {
  rights: real.Rights
  /** Changes with the rights: a write or a copy came to its end, or a look told more. */
  rev: number
  /** Units that copies took here. */
  copiedUnits: number
  /** How far the last complete look may have been off, because orders moved during it. */
  slack: number
}

export interface Hub {
  readonly entries: Entry[]
  readonly transitions: Transitions
  readonly habits: Habits
}

export const register = asId<'register'>('r')

/** A step of one register, with the law that T grows by what was booked and paid for, and by nothing else. */
export function step(hub: Hub, entry: Entry, law: string, next: real.Rights): void {
  const { ceilingOf } = hub.transitions
  const [before, after] = [ceilingOf(entry.rights), ceilingOf(next)]
  if (after > before) throw new Broken(`${law} raised T from ${before} to ${after}`)
  entry.rights = next
}

export function book(hub: Hub, entry: Entry, op: StockOp, call: string, sendBy: Instant): void {
  const { transitions } = hub
  if (op.kind === 'set' && op.to < 0) throw new Broken(`SET ${op.to} is below zero`)
  const before = entry.rights
  const charge = transitions.chargeOf(before, op)
  if (charge < 0) throw new Broken(`a charge of ${charge}`)
  const next = transitions.booked(before, op, call, sendBy)
  const grown = transitions.ceilingOf(next) - transitions.ceilingOf(before)
  if (grown !== charge) throw new Broken(`T grew by ${grown} where ${charge} was charged`)
  if (!isSame(transitions.refused(next), before)) throw new Broken('a refusal did not restore the rights')
  entry.rights = next
}

/** The orders as the hub knows them at one moment. */
export type Page = readonly (Order['seen'] | undefined)[]

export const page = (shop: Shop): Page => shop.orders.map(({ seen }) => seen)

/** The most and the least that can have been sold at a moment between two pages. */
export function bracket(hub: Hub, shop: Shop, before: Page, after: Page) {
  let most = 0
  let least = 0
  let [first, last] = [0, 0]
  for (const [index, { units }] of shop.orders.entries()) {
    const [from, to] = [before[index] ?? 'unseen', after[index] ?? 'unseen']
    if (from === 'placed') first += units
    if (to === 'placed') last += units
    if (from === 'placed' && to === 'placed') least += units
    if (from !== 'cancelled' && (to === 'placed' || to === 'cancelled')) most += units
  }
  return hub.habits.reckonsByOrder
    ? { takenUnitsMax: most, takenUnitsMin: least }
    : { takenUnitsMax: Math.max(first, last), takenUnitsMin: Math.min(first, last) }
}

export const takenBy = (shop: Shop, copiedUnits: number): number =>
  shop.orders.reduce((sum, { seen, units }) => (seen === 'placed' ? sum + units : sum), copiedUnits)

/** A look at the shelf, which must not raise T unless somebody else raised the shelf, and not do more when it is taken twice. */
export function look(hub: Hub, entry: Entry, shop: Shop, look: real.Look): real.Found {
  const { transitions } = hub
  const found = transitions.looked(entry.rights, look, shop.traits)
  if (found.verdict === 'open') return found
  const isForeign = found.verdict === 'drift' && found.byUnits > 0
  if (isForeign) entry.rights = found.rights
  else step(hub, entry, 'a look', found.rights)
  const again = transitions.looked(found.rights, look, shop.traits)
  if (again.verdict !== 'explained' || !isSame(again.rights, found.rights))
    throw new Broken('the same look, taken twice, did more')
  return found
}

export const isSame = (a: real.Rights, b: real.Rights): boolean =>
  a.entitlement === b.entitlement &&
  a.hold === b.hold &&
  a.holdUntil === b.holdUntil &&
  a.op === b.op &&
  a.pend?.acknowledgedAt === b.pend?.acknowledgedAt &&
  a.pend?.likely === b.pend?.likely
