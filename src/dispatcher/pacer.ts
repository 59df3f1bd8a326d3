/** One account's place at its shop's rate limit: whoever wants to call waits here. */

import type { Limits, Pacer } from '../channel.ts'
import type { Clock } from '../clock.ts'
import { accepted, admit, type Bucket, fullBucket, learn, throttled } from './limits.ts'

export interface AccountPacer extends Pacer {
  /** Tells the limits; before that everything waits. */
  configure(limits: Limits): void
  readonly throttledCalls: number
  readonly admittedCalls: number
}

const unconfiguredWaitMs = 10

export function createPacer(clock: Clock): AccountPacer {
  let bucket: Bucket | undefined
  let underwayCost = 0
  let throttledCalls = 0
  let admittedCalls = 0
  const change = (next: (bucket: Bucket) => Bucket) => {
    if (bucket) bucket = next(bucket)
  }
  return {
    configure(limits) {
      bucket = fullBucket(limits, clock.monotonic())
      underwayCost = limits.callsInFlight * limits.typicalCallCost
    },
    async admit(cost, urgency) {
      for (;;) {
        if (!bucket) {
          await clock.sleep(unconfiguredWaitMs)
          continue
        }
        const outcome = admit(bucket, cost, urgency, clock.monotonic())
        bucket = outcome.bucket
        if (outcome.waitMs === 0) break
        await clock.sleep(outcome.waitMs)
      }
      admittedCalls++
    },
    learn: (report) => change((before) => learn(before, report, underwayCost, clock.monotonic())),
    throttled(retryAfterMs) {
      throttledCalls++
      change((before) => throttled(before, retryAfterMs, clock.monotonic()))
    },
    accepted: () => change((before) => accepted(before, clock.monotonic())),
    get throttledCalls() {
      return throttledCalls
    },
    get admittedCalls() {
      return admittedCalls
    },
  }
}
