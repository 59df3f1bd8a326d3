/** Time that moves only when told, in whole milliseconds: the simulator, the benches and the tests own it. */

import type { Clock } from '../clock.ts'
import { createTimeline } from './timeline.ts'

export interface VirtualClock extends Clock {
  /** Moves time to `now + ms`, waking sleepers in the order they are due and letting what they started run before the next. */
  advance(ms: number): Promise<void>
  /** Moves time to the next sleeper and wakes it; false when nobody sleeps. */
  step(): Promise<boolean>
  /** When the next sleeper is due; undefined when nobody sleeps. */
  nextDue(): number | undefined
  readonly sleepers: number
}

/**
 * `turns`: after so many turns of the event loop in a row, with no work outside, the world is taken to be still.
 * `outside`: work beyond the event loop (a database behind a socket, a thread that hashes); resolves when it has ended,
 * undefined while there is none.
 */
export function virtualClock(
  startAt = Date.UTC(2026, 5, 15, 18, 0, 0),
  turns = 20,
  outside: () => Promise<void> | undefined = () => undefined,
): VirtualClock {
  let now = startAt
  let sleeping = 0
  const timeline = createTimeline()

  /** Lets every promise that can settle without time passing settle; time stands still while there is work outside. */
  async function drain(): Promise<void> {
    for (let calm = 0; calm < turns; ) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      const work = outside()
      if (work) await work
      calm = work ? 0 : calm + 1
    }
  }

  /** Wakes one: those after it at the same moment see what it started. */
  async function wakeNext(due: number): Promise<void> {
    now = Math.max(now, due)
    timeline.runNext()
    await drain()
  }

  return {
    now: () => now,
    monotonic: () => now - startAt,
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        sleeping++
        const end = () => {
          sleeping--
          signal?.removeEventListener('abort', stop)
        }
        const cancel = timeline.at(now + Math.ceil(Math.max(0, ms)), () => {
          end()
          resolve()
        })
        const stop = () => {
          cancel()
          end()
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', stop, { once: true })
      })
    },
    async advance(ms) {
      const until = now + Math.ceil(ms)
      await drain()
      for (let due = timeline.nextDue(); due !== undefined && due <= until; due = timeline.nextDue())
        await wakeNext(due)
      now = until
    },
    async step() {
      await drain()
      const due = timeline.nextDue()
      if (due === undefined) return false
      await wakeNext(due)
      return true
    },
    nextDue: timeline.nextDue,
    get sleepers() {
      return sleeping
    },
  }
}
