/** A shop's rate limit as a bucket of points. Pure: state and time in, state and a waiting time out. */

import type { Limits, Urgency } from '../channel.ts'

export interface Bucket {
  readonly capacity: number
  readonly restorePerSecond: number
  readonly available: number
  /** Monotonic milliseconds of the last change. */
  readonly at: number
  /** Nothing but a decrease is admitted before this moment: the shop refused. */
  readonly pausedUntil: number
  /** Nothing at all is admitted before this moment: the shop asked to wait, or has hardly refused yet. */
  readonly closedUntil: number
  /** Until when somebody had to wait for points: only then says an accepted call something of the limit. */
  readonly shortUntil: number
  /** The limit is not published: grow while accepted, shrink when throttled. */
  readonly discovered: boolean
  /** The rate at which a shop that publishes none throttled us last; undefined while it never did. */
  readonly ceilingPerSecond: number | undefined
  /** When the rate last shrank. */
  readonly shrunkAt: number
}

// Rates change by calls, as time passes for a rate only while it is used: so much per call is that share of the rate a second.

/** Until a shop throttles for the first time its rate grows by this share a second: it has doubled after five seconds of use. */
const searchPerSecond = 0.15
/** Throttled, a rate shrinks to this share, and comes back to just below the ceiling within a few of these seconds. */
const shrinkTo = 0.7
const recoverSeconds = 2
const belowCeiling = 0.94
/** There it grows by this share a second: a shop that allows more is found again, one that does not throttles twice a minute at most. */
const probePerSecond = 0.002
/** Accepted this far above it, a ceiling was of another day: the search begins again. */
const beyondCeiling = 1.1
/** Calls that were under way together are refused together: within this time only the first refusal says something new. */
const episodeMs = 1000
/** What is waited where the shop does not say for how long; a decrease tries sooner, and alone. */
const pauseMs = 1000
const decreasePauseMs = 250
/** An answer takes this long at most to count as one to a call that had to wait, or that went when others had to. */
const shortWithinMs = 1000
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
    closedUntil: now,
    shortUntil: -Infinity,
    discovered: limits.discovered,
    ceilingPerSecond: undefined,
    shrunkAt: -Infinity,
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
  const opensAt = urgency === 'decrease' ? full.closedUntil : full.pausedUntil
  if (now < opensAt) return { bucket: full, waitMs: Math.ceil(opensAt - now) }
  // A cost above the capacity could never be admitted: it goes when the bucket is full.
  const needed = Math.min(full.capacity, cost + leftOver[urgency] * full.capacity)
  if (full.available < needed) {
    const waitMs = Math.ceil(((needed - full.available) / full.restorePerSecond) * 1000)
    return { bucket: { ...full, shortUntil: now + waitMs }, waitMs }
  }
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

/** Stops for a while, and makes a discovered rate smaller: once for all calls that were under way together. */
export function throttled(bucket: Bucket, retryAfterMs: number | undefined, now: number): Bucket {
  // One that asked for longer before is not overruled by one that did not say.
  const pausedUntil = Math.max(bucket.pausedUntil, now + (retryAfterMs ?? pauseMs))
  const closedUntil = Math.max(bucket.closedUntil, now + (retryAfterMs ?? decreasePauseMs))
  const paused = { ...refilled(bucket, now), available: 0, pausedUntil, closedUntil }
  const isSameEpisode = now < Math.max(bucket.pausedUntil, bucket.shrunkAt + episodeMs)
  if (!bucket.discovered || isSameEpisode) return paused
  const rate = bucket.restorePerSecond
  return {
    ...paused,
    restorePerSecond: Math.max(discoveredPerSecondMin, rate * shrinkTo),
    ceilingPerSecond: rate,
    capacity: Math.min(bucket.capacity, throttledCapacity),
    shrunkAt: now,
  }
}

/** A discovered rate grows with what is accepted while the rate is what holds calls back. */
export function accepted(bucket: Bucket, now: number): Bucket {
  if (!bucket.discovered || now - bucket.shortUntil > shortWithinMs) return bucket
  const { restorePerSecond: rate, ceilingPerSecond } = bucket
  const next = Math.min(discoveredPerSecondMax, rate + growthPerCall(rate, ceilingPerSecond))
  const isBeyond = ceilingPerSecond !== undefined && next > ceilingPerSecond * beyondCeiling
  return { ...bucket, restorePerSecond: next, ceilingPerSecond: isBeyond ? undefined : ceilingPerSecond }
}

function growthPerCall(rate: number, ceiling: number | undefined): number {
  if (ceiling === undefined) return searchPerSecond
  const missing = Math.max(0, ceiling * belowCeiling - rate)
  return probePerSecond + Math.min(missing, missing / rate / recoverSeconds)
}
