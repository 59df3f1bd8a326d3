/** Signed-in browsers: the cookie holds a secret, the database its hash and until when it is good. */

import type { Clock } from '../clock.ts'
import type { Store } from '../store/index.ts'
import type { Db } from '../store/tables.ts'
import { hashOf, newSecret } from './secrets.ts'

/** A browser that is not used for this long has to sign in again. */
export const idleMs = 12 * 3_600_000
/** And after this long in any case, so that a screen on the wall lasts, but not for ever. */
export const sessionMsMax = 30 * 86_400_000
/** Use is written down this often, not at every request. */
const noteEveryMs = 60_000

export interface Sessions {
  /** The secret for the cookie. */
  begin(tx: Db, user: string): Promise<string>
  /** The user whose session it is; using it keeps it alive. */
  userOf(secret: string): Promise<string | undefined>
  /** The user whose session ended, if it was one. */
  end(secret: string): Promise<string | undefined>
  endAll(tx: Db, user: string): Promise<void>
}

export function createSessions({ store: { db }, clock }: { store: Store; clock: Clock }): Sessions {
  return {
    async begin(tx, user) {
      const now = clock.now()
      await tx.deleteFrom('session').where('expires_at', '<=', now).execute()
      const secret = newSecret()
      await tx
        .insertInto('session')
        .values({ hash: hashOf(secret), user_id: user, created_at: now, seen_at: now, expires_at: now + idleMs })
        .execute()
      return secret
    },
    async userOf(secret) {
      const hash = hashOf(secret)
      const now = clock.now()
      const found = await db
        .selectFrom('session')
        .selectAll()
        .where('hash', '=', hash)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      if (!found) return undefined
      if (now - found.seen_at >= noteEveryMs)
        await db
          .updateTable('session')
          .set({ seen_at: now, expires_at: Math.min(now + idleMs, found.created_at + sessionMsMax) })
          .where('hash', '=', hash)
          .execute()
      return found.user_id
    },
    async end(secret) {
      const ended = await db
        .deleteFrom('session')
        .where('hash', '=', hashOf(secret))
        .returning('user_id')
        .executeTakeFirst()
      return ended?.user_id
    },
    async endAll(tx, user) {
      await tx.deleteFrom('session').where('user_id', '=', user).execute()
    },
  }
}
