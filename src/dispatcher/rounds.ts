/** Which shelves are worth a look now: those where something happened since the last one, and each at least once a day. */

import { type AccountId, asId, type Instant, type RegisterId } from '../domain.ts'
import type { Db } from '../store/tables.ts'

const dayMs = 24 * 3_600_000
/** A shop of this size is looked at whole every time: it costs a few requests. */
const smallUpTo = 500
/** Above this many, the shop's list of everything is cheaper than asking for each by name. */
const wholeFrom = 500

/** `all` is a walk through the whole shop. */
export type Round = { readonly kind: 'all' } | { readonly kind: 'some'; readonly registers: readonly RegisterId[] }

/** What this round should look at; `isBusy` rounds leave out what has been quiet. */
export async function nextRound(db: Db, account: AccountId, now: Instant, isBusy: boolean): Promise<Round> {
  const rows = await db
    .selectFrom('rights')
    .leftJoin('shelf', (join) =>
      join.onRef('shelf.account', '=', 'rights.account').onRef('shelf.register', '=', 'rights.register'),
    )
    .select(['rights.register', 'rights.updated_at', 'shelf.read_at'])
    .where('rights.account', '=', account)
    .execute()
  if (rows.length <= smallUpTo && !isBusy) return { kind: 'all' }
  const soldSince = await lastSales(db, account, now - dayMs)
  const worth = rows.filter(({ register, updated_at, read_at }) => {
    const seenAt = read_at ?? 0
    return updated_at > seenAt || (soldSince.get(register) ?? 0) > seenAt || seenAt < now - dayMs
  })
  return worth.length > wholeFrom
    ? { kind: 'all' }
    : { kind: 'some', registers: worth.map(({ register }) => asId<'register'>(register)) }
}

/** When each register last sold or took back something, as far back as this. */
async function lastSales(db: Db, account: AccountId, since: Instant): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('taking')
    .select('register')
    .select((eb) => eb.fn.max('at').as('at'))
    .where('account', '=', account)
    .where('at', '>', since)
    .groupBy('register')
    .execute()
  return new Map(rows.map(({ register, at }) => [register, Number(at)]))
}

/** Something was sold here within the last minutes. */
export async function isBusy(db: Db, account: AccountId, since: Instant): Promise<boolean> {
  const rows = await db
    .selectFrom('order_head')
    .select('order_id')
    .where('account', '=', account)
    .where('first_seen_at', '>', since)
    .limit(1)
    .execute()
  return rows.length > 0
}
