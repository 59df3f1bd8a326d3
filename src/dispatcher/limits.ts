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
}

/** A discovered rate grows by this much per second of accepted calls, and shrinks to this share when throttled. */
const growthPerSecond = 0.5
const shrinkTo = 0.7
const discoveredPerSecondMax = 200
const discoveredPerSecondMin = 0.2

/** What calls of each urgency leave for the more urgent ones, in shares of the capacity. */
const leftOver: Readonly<Record<Urgency, number>> = { decrease: 0, normal: 0.1, bulk: 0.3 }

export function fullBucket(limits: Pick<Limits, 'bucket' | 'discovered'>, now: number): Bucket {
  const { capacity, restorePerSecond } = limits.bucket
  return { capacity, restorePerSecond, available: capacity, at: now, pausedUntil: now, discovered: limits.discovered }
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

export function throttled(bucket: Bucket, retryAfterMs: number | undefined, now: number): Bucket {
  const rate = bucket.discovered
    ? Math.max(discoveredPerSecondMin, bucket.restorePerSecond * shrinkTo)
    : bucket.restorePerSecond
  // One that asked for longer before is not overruled by one that did not say.
  const pausedUntil = Math.max(bucket.pausedUntil, now + (retryAfterMs ?? 1000))
  return { ...refilled(bucket, now), restorePerSecond: rate, available: 0, pausedUntil }
}

export function accepted(bucket: Bucket): Bucket {
  if (!bucket.discovered) return bucket
  return {
    ...bucket,
    restorePerSecond: Math.min(
      discoveredPerSecondMax,
      bucket.restorePerSecond + growthPerSecond / bucket.restorePerSecond,
    ),
  }
}
