/** Planted bugs: each is the real transitions, or the real habits of their callers, with one thing forgotten. */

import * as rights from '../../../src/planner/rights.ts'
import { goodHabits, type Habits, type Transitions } from './hub.ts'

export interface Mutant {
  readonly bug: string
  readonly transitions: Transitions
  readonly habits?: Habits
}

type Looked = Transitions['looked']
type Acknowledged = Transitions['acknowledged']

const where = (bug: string, change: Partial<Transitions>): Mutant => ({ bug, transitions: { ...rights, ...change } })
const unless = (bug: string, change: Partial<Habits>): Mutant => ({
  bug,
  transitions: rights,
  habits: { ...goodHabits, ...change },
})

/** A mutant whose writes count as less than they may come to while they are under way. */
const lessWith = (bug: string, ceilingWith: typeof rights.ceilingWith): Mutant =>
  where(bug, {
    chargeOf: (before, op) => Math.max(0, ceilingWith(before, op) - rights.ceilingOf(before)),
    booked: (before, op, call, sendBy) => ({
      ...before,
      op: { call, op, ceiling: Math.max(rights.ceilingOf(before), ceilingWith(before, op)), sendBy },
    }),
  })

const lookedWith = (change: (...args: Parameters<Looked>) => Parameters<Looked>): Partial<Transitions> => ({
  looked: (...args) => rights.looked(...change(...args)),
})

const lookedThen = (
  change: (found: rights.Rights, before: rights.Rights, look: rights.Look, shop: rights.Checkouts) => rights.Rights,
): Partial<Transitions> => ({
  looked: (before, look, checkouts) => {
    const found = rights.looked(before, look, checkouts)
    return found.verdict === 'open' ? found : { ...found, rights: change(found.rights, before, look, checkouts) }
  },
})

const acknowledgedThen = (
  change: (after: rights.Rights, before: rights.Rights) => rights.Rights,
): Partial<Transitions> => ({
  acknowledged: (...args: Parameters<Acknowledged>) => change(rights.acknowledged(...args), args[0]),
})

const isSet = ({ op }: rights.Rights): boolean => op?.op.kind === 'set'
const lowered = (after: rights.Rights, before: rights.Rights): boolean => after.entitlement < before.entitlement

export const mutants: readonly Mutant[] = [
  where(
    'a decrease frees its units when it is acknowledged',
    acknowledgedThen((after, before) => (lowered(after, before) ? { ...after, hold: before.hold } : after)),
  ),
  where('a decrease frees its units when it is sent', {
    booked: (before, op, call, sendBy) => {
      const next = rights.booked(before, op, call, sendBy)
      const by = op.kind === 'adjust' ? Math.min(0, op.by) : 0
      return { ...next, op: { call, op, ceiling: rights.ceilingOf(before) + by, sendBy, ...(by === 0 && next.op) } }
    },
  }),
  lessWith('a raise is not charged', (before, op) =>
    op.kind === 'set' ? rights.ceilingWith(before, op) : rights.ceilingOf(before),
  ),
  lessWith('an absolute write counts on the entitlement, not on T', (before, op) =>
    op.kind === 'set' ? before.entitlement + op.to : rights.ceilingWith(before, op),
  ),
  lessWith('an absolute write adds only what it shows beyond the entitlement', (before, op) =>
    op.kind === 'set' ? Math.max(rights.ceilingOf(before), op.to) : rights.ceilingWith(before, op),
  ),
  where(
    'an acknowledged absolute write is believed before the look',
    acknowledgedThen((after) => (after.pend ? { ...after, entitlement: after.pend.likely } : after)),
  ),
  where(
    'a decrease forgets what was held before it',
    acknowledgedThen((after, before) =>
      lowered(after, before) ? { ...after, hold: before.entitlement - after.entitlement } : after,
    ),
  ),
  where(
    'a raise gives every held unit its place',
    acknowledgedThen((after, before) =>
      after.entitlement > before.entitlement && !isSet(before) ? { ...after, hold: 0, holdUntil: null } : after,
    ),
  ),
  where(
    'a raise gives units that were held since it was sent their place',
    acknowledgedThen((after, before) => {
      const by = after.entitlement - before.entitlement
      return by > 0 && !isSet(before) ? { ...after, hold: Math.max(0, before.hold - by) } : after
    }),
  ),
  where(
    'a second decrease does not wait for the checkouts before it',
    acknowledgedThen((after, before) =>
      before.holdUntil !== null && lowered(after, before) ? { ...after, holdUntil: before.holdUntil } : after,
    ),
  ),
  where('an absolute write without an answer is taken as refused', {
    inDoubt: (before, now) => (isSet(before) ? rights.refused(before) : rights.inDoubt(before, now)),
  }),
  where('a relative write without an answer is taken as refused', {
    inDoubt: (before, now) => (isSet(before) ? rights.inDoubt(before, now) : rights.refused(before)),
  }),
  where('a write without an answer is taken as done', {
    inDoubt: (before, now) => rights.acknowledged(before, 0, now, { diesAfterMs: 0, areVisible: false }),
  }),
  where(
    'a look is believed while a write without an answer may still land',
    lookedWith((before, look, checkouts) => [
      before.op?.unknownSince === undefined
        ? before
        : { ...before, op: { ...before.op, unknownSince: 0, sendBy: -rights.landsWithinMs } },
      look,
      checkouts,
    ]),
  ),
  where(
    'a worker that was stopped is believed to send nothing more',
    lookedWith((before, look, checkouts) => [
      before.op ? { ...before, op: { ...before.op, sendBy: 0 } } : before,
      look,
      checkouts,
    ]),
  ),
  where(
    'a look takes the least that can have been sold',
    lookedWith((before, look, checkouts) => [before, { ...look, takenUnitsMax: look.takenUnitsMin }, checkouts]),
  ),
  where(
    'an incomplete list of orders is believed',
    lookedWith((before, look, checkouts) => [before, { ...look, isComplete: true }, checkouts]),
  ),
  where(
    'a shelf below zero counts as empty',
    lookedWith((before, look, checkouts) => [before, { ...look, shownUnits: Math.max(0, look.shownUnits) }, checkouts]),
  ),
  where(
    'checkouts that can be seen are not counted',
    lookedWith((before, look, checkouts) => [before, { ...look, heldUnits: 0 }, checkouts]),
  ),
  where(
    'a checkout that pays during a look is overlooked',
    lookedThen((found, _, look, { areVisible }) =>
      areVisible ? { ...found, hold: Math.min(found.hold, Math.max(0, look.heldUnits - look.shownUnits)) } : found,
    ),
  ),
  where(
    'checkouts that cannot be seen are forgotten',
    lookedWith((before, look, checkouts) => [before, look, { ...checkouts, areVisible: true }]),
  ),
  where(
    'a look that lowers the entitlement forgets what checkouts may claim',
    lookedThen((found, before) => (lowered(found, before) ? { ...found, hold: 0, holdUntil: null } : found)),
  ),
  where(
    'nothing that is held is ever free again',
    lookedThen((found, before) =>
      before.op || before.pend ? found : { ...found, hold: before.hold, holdUntil: before.holdUntil },
    ),
  ),
  where('what somebody else raised is not counted', {
    looked: (before, look, checkouts) => {
      const found = rights.looked(before, look, checkouts)
      return found.verdict === 'drift' && found.byUnits > 0
        ? { verdict: 'explained', rights: { entitlement: rights.ceilingOf(before), hold: 0, holdUntil: null } }
        : found
    },
  }),
  where('a copy frees its units at once', {
    moved: (before, by) => ({ ...before, entitlement: before.entitlement + by }),
  }),
  where('a copy that an absolute write overwrote is counted', {
    moved: (before, by, now, checkouts) => {
      const { pend, ...rest } = before
      return { ...rights.moved(rest, by, now, checkouts), ...(pend && { pend }) }
    },
  }),
  unless('writes are booked beyond the free units', { paysFirst: false }),
  unless('a copy does not move the rights of the shop that ships', { movesForCopies: false }),
  unless('a copy counts as a sale of the shop that ships', { countsCopiesOnce: false }),
  unless('a copy that is taken back puts its units on the shelf without a charge', { booksRestocks: false }),
  unless('a look across the end of a write is believed', { comparesRevision: false }),
  unless('a look is believed while a copy may or may not have been made', { waitsForCopies: false }),
  unless('an order that came and went during a look is overlooked', { reckonsByOrder: false }),
]
