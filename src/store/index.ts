/** Opens the database that `DATABASE_URL` names and brings it to this program's schema. */

import { Kysely } from 'kysely'
import { monotonicFactory } from 'ulid'
import type { Clock, Random } from '../clock.ts'
import type { Backend } from './backend.ts'
import { migrate } from './migrations.ts'
import { postgresBackend } from './postgres.ts'
import { sqliteBackend } from './sqlite.ts'
import type { Db, Tables } from './tables.ts'
import { createTransactions, type RunTransaction } from './transaction.ts'

export interface Store {
  /** For reading, and for single statements that are true on their own. */
  readonly db: Db
  /**
   * Runs `work` as one transaction, all or nothing; it sees everything that was committed before it began.
   * Transactions of one process never overlap. Other processes are kept out by `for update` on the rows that `work` decides by.
   * `work` may run again after a conflict with another process, so it changes nothing but the database,
   * and it must use `tx` only: `db` would wait for the transaction's own end.
   */
  readonly transaction: RunTransaction
  /** A new id; later ids sort after earlier ones of the same process. */
  newId(): string
  /** Resolves when no statement and no transaction is under way; undefined when none is. */
  idle(): Promise<void> | undefined
  /**
   * Another text as soon as anything was written by anybody: while it stays the same, who found nothing need not look again.
   * Undefined where the database cannot say (PostgreSQL): then everybody looks.
   */
  changes(): string | undefined
  close(): Promise<void>
}

/** `url`: `sqlite:FILE`, `sqlite::memory:` or `postgres://USER:PASSWORD@HOST:PORT/NAME`. Throws a sentence when it cannot be opened. */
export async function openStore(url: string, deps: { clock: Clock; random: Random }): Promise<Store> {
  const backend = await backendOf(url)
  const kysely = new Kysely<Tables>({ dialect: backend.dialect })
  const transaction = createTransactions(kysely, backend.isConflict)
  try {
    await migrate(transaction, backend.lockSchema)
  } catch (error) {
    await kysely.destroy()
    throw error
  }
  const next = monotonicFactory(() => deps.random.next())
  return {
    db: kysely,
    transaction,
    newId: () => next(deps.clock.now()),
    idle: backend.idle,
    changes: backend.changes,
    close: () => kysely.destroy(),
  }
}

async function backendOf(url: string): Promise<Backend> {
  if (url.startsWith('sqlite:')) return sqliteBackend(url.slice('sqlite:'.length))
  if (/^postgres(ql)?:\/\//.test(url)) return await postgresBackend(url)
  throw new Error(`DATABASE_URL must start with sqlite: or postgres:// (found ${url.split(':')[0]}:).`)
}

/**
 * How far back a sweep looks. Ids sort by the time they were made, but another process may commit one later than we read
 * beyond it: a near sweep reaches over any ordinary transaction, a far one over every delay that is not a fault.
 */
export type Reach = 'near' | 'far'

const lookBackMs: Readonly<Record<Reach, number>> = { near: 10_000, far: 10 * 60_000 }

/** The smallest id that a sweep of this reach looks at. */
export const lookBackTo = (reach: Reach, now: number): string => idFloor(now - lookBackMs[reach])

/** The smallest id that could have been made at this moment: where a sweep starts to look. */
export function idFloor(at: number): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  let time = Math.max(0, Math.floor(at))
  let text = ''
  for (let i = 0; i < 10; i++) {
    text = (alphabet[time % 32] ?? '0') + text
    time = Math.floor(time / 32)
  }
  return text + '0'.repeat(16)
}
