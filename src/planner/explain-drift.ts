/** What a shelf that was not as believed most likely means, and when that may be said aloud. Pure. */

import type { Instant } from '../domain.ts'

/** One difference that a look at a shelf found, with what is known of its register around it. */
export interface DriftFacts {
  readonly at: Instant
  /** More (or less) on the shelf than our writes and the shop's orders explain. */
  readonly byUnits: number
  /** What we believed that it showed. */
  readonly believedUnits: number
  /** Units that orders took there within five minutes before. */
  readonly soldLatelyUnits: number
  /** When our last write there was acknowledged; null when there was none. */
  readonly wroteAt: Instant | null
  /** Units of orders that were placed before the look and became known after it. */
  readonly lateUnits: number
  /** Later differences of the same register add up to this. */
  readonly laterUnits: number
  /** When its shelf was read last. */
  readonly lookedAt: Instant | null
  /** How many differences the account had within an hour around this one, this one included. */
  readonly nearby: number
}

/** - `waiting`: too small and too early to blame anybody; the next look tells.
 *  - `order`: an order that the shop listed late explains it. Nobody touched the shelf.
 *  - `passed`: the next look found it undone.
 *  - `raised`, `lowered`: somebody else wrote this shelf.
 *  - `program`: so often that it is another program rather than a person. */
export type DriftVerdict = 'waiting' | 'order' | 'passed' | 'raised' | 'lowered' | 'program'

const soonMs = 120_000
/** As many within an hour are no person's hand. */
const programFrom = 4

export function judgeDrift(facts: DriftFacts): DriftVerdict {
  const { byUnits, lateUnits, laterUnits, nearby } = facts
  if (byUnits < 0 && lateUnits >= -byUnits) return 'order'
  if (laterUnits === -byUnits) return 'passed'
  if (byUnits < 0 && isEarly(facts)) return 'waiting'
  if (nearby >= programFrom) return 'program'
  return byUnits > 0 ? 'raised' : 'lowered'
}

/** A few units less on a register that sells, just after a write: an order that is not listed yet looks the same. */
function isEarly({ at, byUnits, believedUnits, soldLatelyUnits, wroteAt, lookedAt }: DriftFacts): boolean {
  const isConfirmed = lookedAt !== null && lookedAt > at
  const isSmall = -byUnits <= Math.max(3, Math.ceil(Math.abs(believedUnits) / 10))
  const isBusy = soldLatelyUnits > 0 || (wroteAt !== null && at - wroteAt < soonMs)
  return isSmall && isBusy && !isConfirmed
}
