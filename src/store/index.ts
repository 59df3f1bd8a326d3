/** Opens the database that `DATABASE_URL` names and brings it to this program's schema. */

import { Kysely } from 'kysely'
import { monotonicFactory } from 'ulid'
import type { Clock, Random } from '../clock.ts'
import { migrate } from './migrations.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Db, Tables } from './tables.ts'

export interface Store {
  readonly db: Db
  /** A new id; later ids sort after earlier ones of the same process. */
  newId(): string
  close(): Promise<void>
}

/** `url`: `sqlite:FILE` or `sqlite::memory:`. Throws a sentence for anything else. */
export async function openStore(url: string, deps: { clock: Clock; random: Random }): Promise<Store> {
  if (!url.startsWith('sqlite:'))
    throw new Error(
      `DATABASE_URL must start with sqlite: (found ${url.split(':')[0]}:). PostgreSQL is not supported yet.`,
    )
  const db: Db = new Kysely<Tables>({ dialect: sqliteDialect(url.slice('sqlite:'.length)) })
  await migrate(db)
  const next = monotonicFactory(() => deps.random.next())
  return {
    db,
    newId: () => next(deps.clock.now()),
    close: () => db.destroy(),
  }
}

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
