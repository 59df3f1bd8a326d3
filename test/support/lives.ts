/** A process that can die or stand still at any of the points where it touches the world outside it. */

import type { KyselyPlugin } from 'kysely'
import type { Clock, Fetch } from '../../src/clock.ts'
import type { Log } from '../../src/log.ts'
import type { Store } from '../../src/store/index.ts'
import type { Tx } from '../../src/store/tables.ts'

/** `within` a transaction its work is done and not committed yet. */
export interface Point {
  readonly kind: 'transaction' | 'request' | 'sleep'
  readonly when: 'before' | 'within' | 'after'
}

/** Undefined lets it live on; a number stops it for so many milliseconds, as a machine that is paused. */
export type AtPoint = (point: Point) => 'die' | number | undefined

export interface Life {
  isAlive: boolean
  /** It stands still until then, by the world's clock. */
  pausedUntil: number
  /** Resolves while it is alive and running; never for the dead. */
  awake(): Promise<void>
}

const never = () => new Promise<never>(() => undefined)

class Died extends Error {}

export function createLife(clock: Clock): Life {
  return {
    isAlive: true,
    pausedUntil: -Infinity,
    async awake() {
      while (this.isAlive && clock.now() < this.pausedUntil) await clock.sleep(this.pausedUntil - clock.now())
      if (!this.isAlive) await never()
    },
  }
}

interface Ports {
  readonly store: Store
  readonly clock: Clock
  readonly fetch: Fetch
}

/** The ports as this life sees them: whoever is dead hears nothing more, and nothing it began is committed. */
export function portsOf(life: Life, { store, clock, fetch }: Ports, at: AtPoint): Ports {
  async function pass(kind: Point['kind'], when: Point['when']): Promise<void> {
    await life.awake()
    const fate = at({ kind, when })
    if (fate === 'die') life.isAlive = false
    else if (fate !== undefined) life.pausedUntil = clock.now() + fate
    await life.awake()
  }

  /** A transaction holds up every other one: nobody stands still within it, but it may die there. */
  const dies = () => !life.isAlive || at({ kind: 'transaction', when: 'within' }) === 'die'

  const outlived: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      await life.awake()
      return result
    },
  }

  return {
    store: {
      ...store,
      db: store.db.withPlugin(outlived),
      async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
        await pass('transaction', 'before')
        try {
          const result = await store.transaction(async (tx) => {
            const done = await work(tx)
            if (dies()) {
              life.isAlive = false
              throw new Died()
            }
            return done
          })
          await pass('transaction', 'after')
          return result
        } catch (error) {
          await life.awake()
          throw error
        }
      },
      close: async () => undefined,
    },
    clock: {
      ...clock,
      async sleep(ms, signal) {
        await pass('sleep', 'before')
        try {
          await clock.sleep(ms, signal)
        } finally {
          await life.awake()
        }
      },
    },
    async fetch(request) {
      await pass('request', 'before')
      try {
        return await fetch(request)
      } finally {
        await pass('request', 'after')
      }
    },
  }
}

/** The dead say nothing. */
export function mutedWith(life: Life, log: Log): Log {
  const while_ =
    <A extends unknown[]>(say: (...args: A) => void) =>
    (...args: A): void => {
      if (life.isAlive) say(...args)
    }
  return { ...log, info: while_(log.info), warn: while_(log.warn), error: while_(log.error) }
}

/** A clock that is ahead of another by so much; waiting takes as long as everywhere. */
export const skewed = (clock: Clock, byMs: number): Clock =>
  byMs === 0
    ? clock
    : {
        now: () => clock.now() + byMs,
        monotonic: () => clock.monotonic(),
        sleep: (ms, signal) => clock.sleep(ms, signal),
      }
