/** Time that moves only when told, in whole milliseconds: the simulator, the benches and the tests own it. */

import type { Clock } from '../clock.ts'

interface Sleeper {
  readonly due: number
  readonly order: number
  readonly wake: () => void
}

export interface VirtualClock extends Clock {
  /** Moves time to `now + ms`, waking sleepers in the order they are due and letting what they started run before the next. */
  advance(ms: number): Promise<void>
  /** Moves time to the next sleeper and wakes it; false when nobody sleeps. */
  step(): Promise<boolean>
  readonly sleepers: number
}

/** Lets every promise that can settle without time passing settle: real I/O needs a few turns of the event loop. */
async function drainTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

export function virtualClock(startAt = Date.UTC(2026, 5, 15, 18, 0, 0), turns = 20): VirtualClock {
  let now = startAt
  let order = 0
  const sleepers: Sleeper[] = []

  const earliest = () =>
    sleepers.reduce<Sleeper | undefined>(
      (a, b) => (!a || b.due < a.due || (b.due === a.due && b.order < a.order) ? b : a),
      undefined,
    )
  const wake = (sleeper: Sleeper) => {
    sleepers.splice(sleepers.indexOf(sleeper), 1)
    now = Math.max(now, sleeper.due)
    sleeper.wake()
  }

  return {
    now: () => now,
    monotonic: () => now - startAt,
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const sleeper: Sleeper = { due: now + Math.ceil(Math.max(0, ms)), order: order++, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          const at = sleepers.indexOf(sleeper)
          if (at >= 0) sleepers.splice(at, 1)
          reject(signal.reason)
        })
      })
    },
    async advance(ms) {
      const until = now + ms
      await drainTurns(turns)
      for (let next = earliest(); next && next.due <= until; next = earliest()) {
        wake(next)
        await drainTurns(turns)
      }
      now = until
    },
    async step() {
      await drainTurns(turns)
      const next = earliest()
      if (!next) return false
      wake(next)
      await drainTurns(turns)
      return true
    },
    get sleepers() {
      return sleepers.length
    },
  }
}
