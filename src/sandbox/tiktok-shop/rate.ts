/** The platform's patience: a bucket that refills every second, and an hour's allowance on a development shop. */

import type { Clock } from '../../clock.ts'
import type { RefusalName } from './refusal.ts'

const hourMs = 3_600_000

/** Takes one request, or names why not. A refused request takes nothing. */
export function createPatience(clock: Clock, perSecond: number, perHour?: number): () => RefusalName | undefined {
  let tokens = perSecond
  let filledAt = clock.monotonic()
  let hour = -1
  let used = 0

  return () => {
    const now = clock.monotonic()
    tokens = Math.min(perSecond, tokens + ((now - filledAt) * perSecond) / 1000)
    filledAt = now
    const thisHour = Math.floor(clock.now() / hourMs)
    if (thisHour !== hour) {
      hour = thisHour
      used = 0
    }
    if (perHour !== undefined && used >= perHour) return 'tooManyThisHour'
    if (tokens < 1) return 'tooMany'
    tokens--
    used++
    return undefined
  }
}
