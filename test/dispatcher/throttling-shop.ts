/** Shops that refuse what comes too fast, each in a way of its own, and a lane of calls before one of them: time in steps, nothing real. */

import { accepted, admit, type Bucket, fullBucket, throttled } from '../../src/dispatcher/limits.ts'

/** Takes a request that arrives now, or refuses it. */
type Shop = (now: number) => boolean

/** So many in each second of the clock; what is refused counts as well. */
export function bySecond(perSecond: number): Shop {
  let second = -1
  let used = 0
  return (now) => {
    used = Math.floor(now / 1000) === second ? used + 1 : 1
    second = Math.floor(now / 1000)
    return used <= perSecond
  }
}

/** A bucket that holds a second's worth. */
export function byBucket(perSecond: number): Shop {
  let points = perSecond
  let at = 0
  return (now) => {
    points = Math.min(perSecond, points + ((now - at) / 1000) * perSecond)
    at = now
    if (points < 1) return false
    points--
    return true
  }
}

/** So many in any second. */
export function byWindow(perSecond: number): Shop {
  let taken: number[] = []
  return (now) => {
    taken = taken.filter((at) => at > now - 1000)
    if (taken.length >= perSecond) return false
    taken.push(now)
    return true
  }
}

const stepMs = 5
const latencyMs = 100
const callsInFlight = 6

export interface Told {
  readonly perSecond: number
  readonly refused: number
  /** From the wish to its answer, by share. */
  readonly waitMs: (share: number) => number
  readonly bucket: Bucket
}

/** `wishes` says how many calls are wanted at this moment. What is refused goes to the front again. */
export function callShop(shop: Shop, wishes: (now: number) => number, seconds: { all: number; warm: number }): Told {
  let bucket = fullBucket({ bucket: { capacity: 10, restorePerSecond: 5 }, discovered: true }, 0)
  let underway: { readonly until: number; readonly isTaken: boolean; readonly wishedAt: number }[] = []
  const waiting: number[] = []
  const waits: number[] = []
  let refused = 0
  for (let now = 0; now < seconds.all * 1000; now += stepMs) {
    for (let wish = wishes(now); wish > 0; wish--) waiting.push(now)
    for (const { isTaken, wishedAt } of underway.filter(({ until }) => until <= now)) {
      bucket = isTaken ? accepted(bucket, now) : throttled(bucket, undefined, now)
      if (!isTaken) waiting.unshift(wishedAt)
      if (now < seconds.warm * 1000) continue
      if (isTaken) waits.push(now - wishedAt)
      else refused++
    }
    underway = underway.filter(({ until }) => until > now)
    while (waiting.length > 0 && underway.length < callsInFlight) {
      const outcome = admit(bucket, 1, 'normal', now)
      bucket = outcome.bucket
      if (outcome.waitMs > 0) break
      underway.push({ until: now + latencyMs, isTaken: shop(now), wishedAt: waiting.shift() ?? now })
    }
  }
  waits.sort((a, b) => a - b)
  return {
    perSecond: waits.length / (seconds.all - seconds.warm),
    refused,
    waitMs: (share) => waits[Math.floor(waits.length * share)] ?? 0,
    bucket,
  }
}
