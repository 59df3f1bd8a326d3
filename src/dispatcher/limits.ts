/** A shop's rate limit as a bucket of points. Pure: state and time in, state and a waiting time out. */

import type { Limits, Urgency } from '../channel.ts'

export interface Bucket {
  readonly capacity: number
  readonly restorePerSecond: number
  readonly available: number
  /** Monotonic milliseconds of the last change. */
  readonly at: number
  /** Nothing is admitted before this moment: the shop asked to wait. */
  readonly pausedUntil: number
  /** The limit is not published: grow while accepted, shrink when throttled. */
  readonly discovered: boolean
  /** The rate at which a shop that publishes none throttled us last; undefined while it never did. */
  readonly ceilingPerSecond: number | undefined
}

/** Until a shop throttles for the first time its rate grows by this share with every accepted call: fast, as nothing is known. */
const searchPerCall = 0.02
/** Throttled, a rate shrinks to this share; this share of the way back to just below the ceiling is made up with every call. */
const shrinkTo = 0.7
const recoverPerCall = 0.15
const belowCeiling = 0.94
/** There it grows by this share a second: a shop that allows more is found again, one that does not throttles once a minute at most. */
const probePerSecond = 0.002
/** Accepted this far above it, a ceiling was of another day: the search begins again. */
const beyondCeiling = 1.1
/** What a throttled shop gets at once at most: a pair, so that a decrease still passes a raise. */
const throttledCapacity = 2
const discoveredPerSecondMax = 200
const discoveredPerSecondMin = 0.2

/** What calls of each urgency leave for the more urgent ones, in shares of the capacity. */
const leftOver: Readonly<Record<Urgency, number>> = { decrease: 0, normal: 0.1, bulk: 0.3 }

export function fullBucket(limits: Pick<Limits, 'bucket' | 'discovered'>, now: number): Bucket {
  const { capacity, restorePerSecond } = limits.bucket
  return {
    capacity,
    restorePerSecond,
    available: capacity,
    at: now,
    pausedUntil: now,
    discovered: limits.discovered,
    ceilingPerSecond: undefined,
  }
}

const refilled = (bucket: Bucket, now: number): Bucket => ({
  ...bucket,
  available: Math.min(
    bucket.capacity,
    bucket.available + (Math.max(0, now - bucket.at) / 1000) * bucket.restorePerSecond,
  ),
  at: Math.max(now, bucket.at),
})

/** Takes the cost out of the bucket, or says how long to wait before asking again (`waitMs` > 0: nothing was taken). */
export function admit(bucket: Bucket, cost: number, urgency: Urgency, now: number): { bucket: Bucket; waitMs: number } {
  const full = refilled(bucket, now)
  if (now < full.pausedUntil) return { bucket: full, waitMs: Math.ceil(full.pausedUntil - now) }
  // A cost above the capacity could never be admitted: it goes when the bucket is full.
  const needed = Math.min(full.capacity, cost + leftOver[urgency] * full.capacity)
  if (full.available < needed)
    return { bucket: full, waitMs: Math.ceil(((needed - full.available) / full.restorePerSecond) * 1000) }
  return { bucket: { ...full, available: full.available - cost }, waitMs: 0 }
}

/** Believes the shop's own report where it is lower than ours; where it is higher, all but what may still be under way. */
export function learn(
  bucket: Bucket,
  report: { available: number; capacity: number; restorePerSecond: number },
  underwayCost: number,
  now: number,
): Bucket {
  const ours = refilled(bucket, now)
  const available = Math.max(Math.min(ours.available, report.available), report.available - underwayCost)
  return { ...ours, capacity: report.capacity, restorePerSecond: report.restorePerSecond, available }
}

/** Calls that were under way together are refused together: only the first of them says something new about the rate. */
export function throttled(bucket: Bucket, retryAfterMs: number | undefined, now: number): Bucket {
  // One that asked for longer before is not overruled by one that did not say.
  const pausedUntil = Math.max(bucket.pausedUntil, now + (retryAfterMs ?? 1000))
  const paused = { ...refilled(bucket, now), available: 0, pausedUntil }
  if (!bucket.discovered || now < bucket.pausedUntil) return paused
  const rate = bucket.restorePerSecond
  return {
    ...paused,
    restorePerSecond: Math.max(discoveredPerSecondMin, rate * shrinkTo),
    ceilingPerSecond: rate,
    capacity: Math.min(bucket.capacity, throttledCapacity),
  }
}

export function accepted(bucket: Bucket): Bucket {
  if (!bucket.discovered) return bucket
  const { restorePerSecond: rate, ceilingPerSecond } = bucket
  const next = Math.min(discoveredPerSecondMax, rate + growthPerCall(rate, ceilingPerSecond))
  const isBeyond = ceilingPerSecond !== undefined && next > ceilingPerSecond * beyondCeiling
  return { ...bucket, restorePerSecond: next, ceilingPerSecond: isBeyond ? undefined : ceilingPerSecond }
}

function growthPerCall(rate: number, ceiling: number | undefined): number {
  if (ceiling === undefined) return rate * searchPerCall
  const target = ceiling * belowCeiling
  return rate < target ? (target - rate) * recoverPerCall + probePerSecond : probePerSecond
}
