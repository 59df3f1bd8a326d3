/** Receipts: what each shop has been told, what is due, and what waits for a person. */

import { CompiledQuery, sql } from 'kysely'
import type { Random } from '../clock.ts'
import type { AccountId, Instant } from '../domain.ts'
import { urgencies } from '../planner/intents.ts'
import { lookBackTo, type Store } from '../store/index.ts'
import { prepared } from '../store/prepared.ts'
import type { Db, ReceiptTable, Tx } from '../store/tables.ts'

/** A shop that answers `again` this often has something wrong with it that waiting does not cure. */
export const attemptsMax = 8
const backoffMsMax = 30_000
const noticedPerPass = 1000

/** Doubles from a second to half a minute, spread so that a recovering shop is not hit by all at once. */
export function backoffMs(attempts: number, random: Random): number {
  return Math.round(Math.min(backoffMsMax, 1000 * 2 ** Math.min(attempts, 10)) * (0.5 + random.next() / 2))
}

/** Turns new intents and wanted fetches of an account into due receipts. Keeps where it has read up to. */
export function createNotice(store: Store, clock: { now(): number }) {
  const readUpTo = new Map<AccountId, { intent: string; fetch: string }>()

  async function intents(account: AccountId, after: string): Promise<void> {
    const rows = await store.db
      .selectFrom('intent')
      .leftJoin('receipt', (join) =>
        join
          .onRef('receipt.account', '=', 'intent.account')
          .onRef('receipt.kind', '=', 'intent.kind')
          .onRef('receipt.subject', '=', 'intent.subject'),
      )
      .select(['intent.kind', 'intent.subject', 'intent.rev', 'intent.urgency', 'intent.caused_at', 'intent.stamp'])
      .where('intent.account', '=', account)
      .where('intent.stamp', '>', after)
      // A look back finds hardly anything that is not noticed yet: the rest is not written again.
      .where((eb) => eb.or([eb('receipt.wanted', 'is', null), eb('receipt.wanted', '<', eb.ref('intent.rev'))]))
      .orderBy('intent.stamp')
      .limit(noticedPerPass)
      .execute()
    if (rows.length === 0) return
    await store.transaction(async (tx) => {
      for (const row of rows) await noticeOne(tx, { account, ...row, wanted: row.rev }, clock.now())
    })
    await intents(account, rows.at(-1)?.stamp ?? after)
  }

  async function fetches(account: AccountId, after: string): Promise<void> {
    const rows = await store.db
      .selectFrom('fetch_wanted')
      .leftJoin('receipt', (join) =>
        join
          .onRef('receipt.account', '=', 'fetch_wanted.account')
          .on('receipt.kind', '=', sql<string>`'fetch:' || fetch_wanted.kind`)
          .onRef('receipt.subject', '=', 'fetch_wanted.subject'),
      )
      .select(['fetch_wanted.kind', 'fetch_wanted.subject', 'fetch_wanted.rev', 'fetch_wanted.stamp'])
      .where('fetch_wanted.account', '=', account)
      .where('fetch_wanted.stamp', '>', after)
      .where((eb) => eb.or([eb('receipt.wanted', 'is', null), eb('receipt.wanted', '<', eb.ref('fetch_wanted.rev'))]))
      .orderBy('fetch_wanted.stamp')
      .limit(noticedPerPass)
      .execute()
    if (rows.length === 0) return
    await store.transaction(async (tx) => {
      for (const { kind, subject, rev } of rows) {
        const notice = {
          account,
          kind: `fetch:${kind}`,
          subject,
          wanted: rev,
          urgency: urgencies.fetch,
          caused_at: null,
        }
        await noticeOne(tx, notice, clock.now())
      }
    })
    await fetches(account, rows.at(-1)?.stamp ?? after)
  }

  /** Wake-ups come by the dozen, and most find nothing: one small question, built once, that the ends of three indexes answer. */
  const question = sql`select
    (select coalesce(max(stamp), '') from intent where account = ${''}) as intent,
    (select coalesce(max(stamp), '') from fetch_wanted where account = ${''}) as fetch,
    (select min(due_at) from receipt where account = ${''} and state = 'due') as due_at`.compile(store.db).sql

  async function ends(account: AccountId): Promise<{ intent: string; fetch: string; due_at: number | null }> {
    const { rows } = await store.db.executeQuery<{ intent: string; fetch: string; due_at: number | null }>(
      CompiledQuery.raw(question, [account, account, account]),
    )
    return rows[0] ?? { intent: '', fetch: '', due_at: null }
  }

  /** Resolves with whether any receipt of the account may be due now. `lookBack`: notices what no wake-up told, too. */
  return async function notice(account: AccountId, lookBack: boolean): Promise<boolean> {
    const reached = readUpTo.get(account) ?? { intent: '', fetch: '' }
    const now = await ends(account)
    const floor = lookBack ? lookBackTo('far', clock.now()) : '~'
    const from = (stamp: string) => (floor < stamp ? floor : stamp)
    const hasNews = lookBack || now.intent > reached.intent || now.fetch > reached.fetch
    if (lookBack || now.intent > reached.intent) await intents(account, from(reached.intent))
    if (lookBack || now.fetch > reached.fetch) await fetches(account, from(reached.fetch))
    readUpTo.set(account, { intent: later(reached.intent, now.intent), fetch: later(reached.fetch, now.fetch) })
    return hasNews || (now.due_at !== null && now.due_at <= clock.now())
  }
}

const later = (a: string, b: string) => (a > b ? a : b)

/**
 * Fetches that nobody's stock waits for are gathered this long: every write of ours comes back as a hint or two,
 * and one call reads fifty of them. Whichever is due first takes along all that are being gathered.
 */
const gatherMs: Readonly<Record<string, number>> = {
  'fetch:listings': 3000,
  'fetch:stock': 3000,
  'fetch:parcels': 500,
}

/** How much sooner than it is due a fetch of this kind may go along with another one. */
export const gatheredMs = (kind: string): number => gatherMs[kind] ?? 0

interface Noticed {
  readonly account: AccountId
  readonly kind: string
  readonly subject: string
  readonly wanted: number
  readonly urgency: number
  readonly caused_at: number | null
}

/** A newer revision makes a finished or parked receipt due again; one that is under way learns of it when it lands. */
const noticeOne = (tx: Tx, { account, kind, subject, wanted, urgency, caused_at }: Noticed, now: Instant) =>
  noticed(tx, { account, kind, subject, wanted, urgency, caused_at, due_at: now + gatheredMs(kind), now })

const noticed = prepared((db, { now, ...row }: Noticed & { due_at: Instant; now: Instant }) =>
  db
    .insertInto('receipt')
    .values({
      ...row,
      seen: 0,
      state: 'due',
      attempts: 0,
      reason: null,
      result: null,
      call_key: null,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'kind', 'subject'])
        .doUpdateSet((eb) => ({
          wanted: row.wanted,
          urgency: row.urgency,
          state: eb
            .case()
            .when('receipt.state', '=', 'flying')
            .then('flying' as const)
            .else('due' as const)
            .end(),
          // What already waits keeps its place in the queue and the age of its oldest cause.
          due_at: eb.case().when('receipt.state', '=', 'due').then(eb.ref('receipt.due_at')).else(row.due_at).end(),
          attempts: eb
            .case()
            .when('receipt.state', 'in', ['due', 'flying'])
            .then(eb.ref('receipt.attempts'))
            .else(0)
            .end(),
          caused_at: eb.fn.coalesce('receipt.caused_at', eb.val(row.caused_at)),
          updated_at: now,
        }))
        .where('receipt.wanted', '<', row.wanted),
    ),
)

type Key = Pick<ReceiptTable, 'account' | 'kind' | 'subject'>

/** Callers hand whole rows in; a prepared statement takes its values by name. */
const keyOf = ({ account, kind, subject }: Key): Key => ({ account, kind, subject })

const at = (tx: Tx | Db, key: Key) =>
  tx
    .updateTable('receipt')
    .where('account', '=', key.account)
    .where('kind', '=', key.kind)
    .where('subject', '=', key.subject)

/** The shop knows revision `seen`; a newer one that came meanwhile is due at once. */
export async function acknowledge(tx: Tx, key: Key, seen: number, result: string | null, now: Instant): Promise<void> {
  await acknowledged(tx, { ...keyOf(key), seen, result, now })
}

const acknowledged = prepared(
  (db, { seen, result, now, ...key }: Key & { seen: number; result: string | null; now: Instant }) =>
    at(db, key).set((eb) => ({
      seen,
      state: eb
        .case()
        .when('wanted', '>', seen)
        .then('due' as const)
        .else('done' as const)
        .end(),
      caused_at: eb.case().when('wanted', '>', seen).then(eb.ref('caused_at')).else(null).end(),
      attempts: 0,
      due_at: now,
      reason: null,
      result: eb.fn.coalesce(eb.val(result), 'result'),
      call_key: null,
      updated_at: now,
    })),
)

/**
 * Revision `rev` is not done yet; tried again at `dueAt`. `counts` is false when waiting is all that is wrong
 * (the shop is down or throttles).
 */
export async function postpone(
  tx: Tx,
  key: Key,
  rev: number,
  dueAt: Instant,
  reason: string,
  counts: boolean,
  now: Instant,
): Promise<void> {
  await at(tx, key)
    .set((eb) => ({
      state: eb
        .case()
        .when(eb.and([eb('attempts', '>=', counts ? attemptsMax : Number.MAX_SAFE_INTEGER), eb('wanted', '<=', rev)]))
        .then('parked' as const)
        .else('due' as const)
        .end(),
      // Waiting lengthens the waits; it does not use up the tries of what the shop itself puts off.
      attempts: counts
        ? eb('attempts', '+', 1)
        : eb
            .case()
            .when('attempts', '<', attemptsMax - 2)
            .then(eb('attempts', '+', 1))
            .else(eb.ref('attempts'))
            .end(),
      // Shops ask to wait for fractions of a millisecond; the books hold whole ones.
      due_at: Math.ceil(dueAt),
      reason,
      call_key: null,
      updated_at: now,
    }))
    .execute()
}

/** Revision `rev` is given up until a person looks at it; something newer that was intended meanwhile is due at once. */
export async function park(tx: Tx, key: Key, rev: number, reason: string, now: Instant): Promise<void> {
  await at(tx, key)
    .set((eb) => ({
      state: eb
        .case()
        .when('wanted', '>', rev)
        .then('due' as const)
        .else('parked' as const)
        .end(),
      attempts: 0,
      due_at: now,
      reason,
      call_key: null,
      updated_at: now,
    }))
    .execute()
}

/** Due again a little later, as if nothing had been tried. */
export async function putBack(tx: Tx, key: Key, dueAt: Instant, now: Instant): Promise<void> {
  await at(tx, key).set({ state: 'due', due_at: dueAt, call_key: null, updated_at: now }).execute()
}

/** Under way with this call. */
export async function fly(tx: Tx, key: Key, callKey: string | null, now: Instant): Promise<void> {
  await flown(tx, { ...keyOf(key), callKey, now })
}

const flown = prepared((db, { callKey, now, ...key }: Key & { callKey: string | null; now: Instant }) =>
  at(db, key).set({ state: 'flying', call_key: callKey, updated_at: now }),
)
