/** Whether a shop answers, and how long things take there: measured, never asked for. */

import type { Channel } from '../channel.ts'
import type { Clock } from '../clock.ts'
import type { AccountId } from '../domain.ts'
import { ChannelError } from '../errors.ts'
import type { ShopFacts } from '../planner/registers.ts'
import type { Db } from '../store/tables.ts'
import { type Learned, learnedOf } from './learned.ts'

export interface Reach {
  facts(): ShopFacts
  /** The shop answered, whatever it said. */
  answered(): void
  /** A request failed; only what says that nobody answers counts. */
  failed(cause: unknown): void
  /** A write took this long from its plan to its effect. */
  wrote(ms: number): void
  /** Measures anew how long sales take to become known, and reads what the shop has taught us. */
  measure(db: Db): Promise<void>
}

const samplesKept = 64
const seeMsAtFirst = 5000
const pushMsAtFirst = 3000
const measuredOverMs = 600_000

/** The value below which 97 of 100 lie. */
export function percentile97(samples: readonly number[], otherwise: number): number {
  if (samples.length === 0) return otherwise
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.97))] ?? otherwise
}

export function createReach(account: AccountId, { abilities }: Pick<Channel, 'abilities'>, clock: Clock): Reach {
  let isOnline = true
  let seeMs = seeMsAtFirst
  let writes: number[] = []
  let learned: Learned = {}
  return {
    facts: () => ({
      kind: abilities.relativeWrites ? 'delta' : 'set',
      leastUnits: (learned.zeroWritable ?? abilities.zeroWritable) === 'no' ? 1 : 0,
      checkouts: abilities.checkouts,
      isOnline,
      seeMs,
      pushMs: percentile97(writes, pushMsAtFirst),
    }),
    answered() {
      isOnline = true
    },
    failed(cause) {
      if (cause instanceof ChannelError && (cause.kind === 'transient' || cause.kind === 'unknownOutcome'))
        isOnline = false
      else isOnline = true
    },
    wrote(ms) {
      writes = [...writes.slice(1 - samplesKept), ms]
    },
    async measure(db) {
      learned = await learnedOf(db, account)
      const rows = await db
        .selectFrom('order_head')
        .select(['first_seen_at', 'placed_at'])
        .where('account', '=', account)
        .where('first_seen_at', '>', clock.now() - measuredOverMs)
        .orderBy('first_seen_at', 'desc')
        .limit(samplesKept)
        .execute()
      // One that we made up for (a poll after an outage, an old order) says nothing of how fast sales become known.
      const delays = rows.map(({ first_seen_at, placed_at }) => Math.max(0, first_seen_at - placed_at))
      seeMs = percentile97(
        delays.filter((ms) => ms < measuredOverMs),
        seeMsAtFirst,
      )
    },
  }
}
