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

/**
 * `turns`: after so many turns of the event loop in a row, with no work outside, the world is taken to be still.
 * `outside`: work beyond the event loop (a database behind a socket); resolves when it has ended, undefined while there is none.
 */
export function virtualClock(
  startAt = Date.UTC(2026, 5, 15, 18, 0, 0),
  turns = 20,
  outside: () => Promise<void> | undefined = () => undefined,
): VirtualClock {
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

  /** Lets every promise that can settle without time passing settle; time stands still while there is work outside. */
  async function drain(): Promise<void> {
    for (let calm = 0; calm < turns; ) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      const work = outside()
      if (work) await work
      calm = work ? 0 : calm + 1
    }
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
      const until = now + Math.ceil(ms)
      await drain()
      for (let next = earliest(); next && next.due <= until; next = earliest()) {
        wake(next)
        await drain()
      }
      now = until
    },
    async step() {
      await drain()
      const next = earliest()
      if (!next) return false
      wake(next)
      await drain()
      return true
    },
    get sleepers() {
      return sleepers.length
    },
  }
}
