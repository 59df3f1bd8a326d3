/** How punctual a shop is, and will be: late and on-time rates from our own events, open orders included. Pure. */

import type { Instant } from '../domain.ts'

export interface Dispatched {
  readonly placedAt: Instant
  readonly dueAt: Instant
  /** When it reached what it was due for; null while it has not. */
  readonly doneAt: Instant | null
}

export interface Punctuality {
  /** Orders whose fate is known: done, or due before now. */
  readonly decided: number
  readonly onTime: number
  readonly late: number
  /** Late of the decided ones; null while there are none. */
  readonly lateRate: number | null
  readonly onTimeRate: number | null
  /** Not done and not yet due. */
  readonly open: number
  /** Of the open ones, how many will be late if they go as those before them went; null while nothing is known of how long it takes. */
  readonly expectedLate: number | null
  /** The late rate once the open ones are decided. */
  readonly forecastLateRate: number | null
}

export function punctuality(orders: readonly Dispatched[], now: Instant): Punctuality {
  const isOpen = ({ doneAt, dueAt }: Dispatched) => doneAt === null && dueAt >= now
  const open = orders.filter(isOpen)
  const decided = orders.length - open.length
  const late = orders.filter((order) => !isOpen(order) && (order.doneAt ?? now) > order.dueAt).length
  const tookMs = orders.flatMap(({ placedAt, doneAt }) => (doneAt === null ? [] : [doneAt - placedAt]))
  const expectedLate =
    open.length === 0
      ? 0
      : tookMs.length === 0
        ? null
        : open.reduce((sum, order) => sum + lateChance(order, tookMs, now), 0)
  const rate = (count: number) => (decided === 0 ? null : count / decided)
  return {
    decided,
    onTime: decided - late,
    late,
    lateRate: rate(late),
    onTimeRate: rate(decided - late),
    open: open.length,
    expectedLate,
    forecastLateRate: expectedLate === null || orders.length === 0 ? null : (late + expectedLate) / orders.length,
  }
}

/**
 * Of the orders that also took longer than this one has taken so far, the share that took longer than it may.
 * One that is older than any order before it ever was is expected to be late.
 */
function lateChance({ placedAt, dueAt }: Dispatched, tookMs: readonly number[], now: Instant): number {
  const slower = tookMs.filter((ms) => ms > now - placedAt)
  return slower.length === 0 ? 1 : slower.filter((ms) => ms > dueAt - placedAt).length / slower.length
}
