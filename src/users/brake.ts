/** Slows guessing down: tries are counted in the database, per user and per address, before a password is looked at. */

import { sql } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/tables.ts'

const windowMs = 15 * 60_000

export interface Tries {
  readonly key: string
  readonly max: number
}

export type Braked = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number }

export interface Brake {
  /** Counts one try under every key; refused when one of them had too many in fifteen minutes. */
  take(tries: readonly Tries[]): Promise<Braked>
  /** After a success: the key's tries are forgotten. */
  forgive(key: string): Promise<void>
}

export function createBrake(db: Db, clock: Clock): Brake {
  /** One statement, so that of many tries at once none goes uncounted. */
  async function count(key: string, now: number): Promise<{ count: number; until: number }> {
    const fresh = { count: 1, until: now + windowMs }
    return await db
      .insertInto('login_try')
      .values({ key, ...fresh })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet({
          count: sql<number>`case when login_try.until <= ${now} then 1 else login_try.count + 1 end`,
          until: sql<number>`case when login_try.until <= ${now} then ${fresh.until} else login_try.until end`,
        }),
      )
      .returning(['count', 'until'])
      .executeTakeFirstOrThrow()
  }

  return {
    async take(tries) {
      const now = clock.now()
      await db.deleteFrom('login_try').where('until', '<=', now).execute()
      let waitMs = 0
      for (const { key, max } of tries) {
        const counted = await count(key, now)
        if (counted.count > max) waitMs = Math.max(waitMs, counted.until - now)
      }
      return waitMs === 0 ? { ok: true } : { ok: false, retryAfterMs: waitMs }
    },
    async forgive(key) {
      await db.deleteFrom('login_try').where('key', '=', key).execute()
    },
  }
}
