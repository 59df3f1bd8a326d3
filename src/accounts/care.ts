/** Care for connected shops: webhooks are what they should be, no source falls silent unnoticed, and after a gap everything is read anew. */

import type { Channel, SubscriptionAudit } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import { type AccountId, asId } from '../domain.ts'
import { type Log, reasonOf } from '../log.ts'
import type { Store } from '../store/index.ts'
import type { ConnectionTable } from '../store/tables.ts'
import type { Accounts } from './accounts.ts'
import { isSilent, listened, type Rhythm } from './silence.ts'

/** Why everything is read anew. `gap`: nothing could be read for a while, whoever was down. `asked`: a person wants it. */
export type ReconcileReason = 'connected' | 'webhooks' | 'silence' | 'gap' | 'asked'

export interface Care {
  /** Has an account read anew in full: soon, once, and again until it succeeds. `since` is when the doubt begins. */
  want(account: string, reason: ReconcileReason, since?: number): Promise<void>
  /** One look at every account: what is wanted is done, what is due is checked. */
  tick(): Promise<void>
  /** Audits an account's webhooks now, and repairs them. */
  audit(account: string): Promise<SubscriptionAudit>
  start(): void
  stop(): Promise<void>
}

export interface CareDeps {
  readonly store: Store
  readonly accounts: Accounts
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Reads orders since then, all listings and all shelves of an account into the books. */
  reconcile(account: AccountId, since: number): Promise<void>
}

const tickEveryMs = 10_000
const auditEveryMs = 3_600_000
/** Orders are asked for every minute; who could not for this long has missed something. */
const gapMs = 15 * 60_000
/** Shops' clocks and lists run behind. */
const marginMs = 10 * 60_000
/** What never was read is read from this far back. */
const firstLookMs = 24 * 3_600_000
const retryMs = 60_000

const nothingYet: Omit<ConnectionTable, 'account'> = {
  wanted_reason: null,
  wanted_since: null,
  wanted_at: null,
  retry_at: null,
  began_at: null,
  ended_at: null,
  ended_reason: null,
  trouble: null,
  audited_at: null,
  audit: null,
  audit_trouble: null,
  repaired_at: null,
  repaired: null,
  heard_upto: '',
  heard_at: null,
  heard_count: 0,
  usual_gap_ms: 0,
  silence_told_at: null,
  polled_at: null,
}

export function createCare(deps: CareDeps): Care {
  const { store, accounts, clock, log } = deps
  const { db } = store
  const stopping = new AbortController()
  const running = new Map<string, Promise<void>>()
  let loop: Promise<void> = Promise.resolve()

  const find = (account: string) =>
    db.selectFrom('connection').selectAll().where('account', '=', account).executeTakeFirst()

  /** Looked for first: an idle program writes nothing. */
  async function rowOf(account: string): Promise<ConnectionTable> {
    const known = await find(account)
    if (known) return known
    const row = { account, ...nothingYet }
    await db
      .insertInto('connection')
      .values(row)
      .onConflict((conflict) => conflict.column('account').doNothing())
      .execute()
    return (await find(account)) ?? row
  }

  const change = (account: string, set: Partial<Omit<ConnectionTable, 'account'>>) =>
    db.updateTable('connection').set(set).where('account', '=', account).execute()

  async function want(account: string, reason: ReconcileReason, since?: number): Promise<void> {
    const row = await rowOf(account)
    const from = Math.min(since ?? clock.now() - firstLookMs, row.wanted_since ?? Number.POSITIVE_INFINITY)
    await change(account, {
      wanted_reason: reason,
      wanted_since: from,
      wanted_at: clock.now(),
      retry_at: null,
      trouble: null,
    })
    log.info('everything of a shop will be read anew', { account, reason, since: from })
  }

  async function repaired(channel: Channel): Promise<{ before: SubscriptionAudit; after: SubscriptionAudit }> {
    const before = await channel.subscriptions.audit()
    if (isWhole(before)) return { before, after: before }
    await channel.subscriptions.repair()
    return { before, after: await channel.subscriptions.audit() }
  }

  /** Keeps what was found. Webhooks that were lost since the last look leave a gap behind; a shop's first ones do not. */
  async function auditOf(row: ConnectionTable, channel: Channel): Promise<SubscriptionAudit> {
    const now = clock.now()
    try {
      const { before, after } = await repaired(channel)
      const wasBroken = !isWhole(before)
      await change(row.account, {
        audited_at: now,
        audit: JSON.stringify({ wanted: channel.subscriptions.wanted(), ...after }),
        audit_trouble: null,
        ...(wasBroken ? { repaired_at: now, repaired: JSON.stringify(namesOf(before)) } : {}),
      })
      const isRepaired = namesOf(before).some((topic) => !namesOf(after).includes(topic))
      if (isRepaired) log.warn('webhooks were put right', { account: row.account, topics: namesOf(before).join(' ') })
      if (isRepaired && row.audited_at !== null) await want(row.account, 'webhooks', row.audited_at)
      return after
    } catch (error) {
      await change(row.account, { audited_at: now, audit_trouble: reasonOf(error) })
      throw error
    }
  }

  async function channelOf(account: string): Promise<Channel> {
    const opened = await accounts.open(account)
    if (!opened) throw new Error(`There is no account ${account}.`)
    return opened.channel
  }

  async function reconcile(row: ConnectionTable): Promise<void> {
    const { account, wanted_at, wanted_reason, wanted_since } = row
    const began_at = clock.now()
    await change(account, { began_at, trouble: null })
    try {
      if (wanted_reason === 'connected') await auditOf(row, await channelOf(account))
      await deps.reconcile(asId(account), Math.max(0, (wanted_since ?? began_at) - marginMs))
      // What was wanted meanwhile is wanted still.
      await db
        .updateTable('connection')
        .set({ wanted_reason: null, wanted_since: null, wanted_at: null })
        .where('account', '=', account)
        .where('wanted_at', '=', wanted_at)
        .execute()
      await change(account, { ended_at: clock.now(), ended_reason: wanted_reason })
      log.info('everything of a shop was read anew', { account, reason: wanted_reason, ms: clock.now() - began_at })
    } catch (error) {
      await change(account, { trouble: reasonOf(error), retry_at: clock.now() + retryMs })
      log.warn('a shop could not be read anew', { account, reason: reasonOf(error) })
    }
  }

  /** Notes when the shop was last heard of, and how long it usually is silent. */
  async function listen(row: ConnectionTable): Promise<Rhythm> {
    const heard = await db
      .selectFrom('inbox')
      .select(['id', 'received_at'])
      .where('account', '=', row.account)
      .where('source', '=', 'webhook')
      .where('id', '>', row.heard_upto)
      .orderBy('id')
      .limit(10_000)
      .execute()
    const rhythm = listened(
      row,
      heard.map(({ received_at }) => received_at),
    )
    if (heard.length > 0)
      await change(row.account, {
        heard_upto: heard.at(-1)?.id ?? row.heard_upto,
        heard_at: rhythm.heard_at,
        heard_count: rhythm.heard_count,
        usual_gap_ms: Math.round(rhythm.usual_gap_ms),
      })
    return rhythm
  }

  /** An order that moved in the shop long after the last webhook proves that webhooks do not come. */
  async function lastOrderMove(account: string): Promise<number | null> {
    const row = await db
      .selectFrom('order_head')
      .select((eb) => eb.fn.max('version_at').as('at'))
      .where('account', '=', account)
      .executeTakeFirst()
    return row?.at === null || row?.at === undefined ? null : Number(row.at)
  }

  async function checkSilence(row: ConnectionTable): Promise<void> {
    const rhythm = await listen(row)
    const now = clock.now()
    if (row.silence_told_at !== null && row.silence_told_at >= (rhythm.heard_at ?? 0)) return
    if (!isSilent(rhythm, await lastOrderMove(row.account), now)) return
    await change(row.account, { silence_told_at: now })
    log.warn('a shop fell silent', { account: row.account, heardAt: rhythm.heard_at })
    await want(row.account, 'silence', rhythm.heard_at ?? undefined)
  }

  /** Whoever was down, the shop, its keys or Onhand: the time between two successful polls shows it. */
  async function checkGap(row: ConnectionTable): Promise<void> {
    const cursor = await db
      .selectFrom('cursor')
      .select((eb) => eb.fn.max('polled_at').as('at'))
      .where('account', '=', row.account)
      .where('topic', 'in', ['orders', 'listings'])
      .executeTakeFirst()
    const polledAt = cursor?.at === null || cursor?.at === undefined ? null : Number(cursor.at)
    if (polledAt === null || polledAt === row.polled_at) return
    await change(row.account, { polled_at: polledAt })
    if (row.polled_at !== null && polledAt - row.polled_at > gapMs) await want(row.account, 'gap', row.polled_at)
  }

  async function look(account: string): Promise<void> {
    const row = await rowOf(account)
    const now = clock.now()
    if (row.wanted_at !== null && (row.retry_at ?? 0) <= now) return await reconcile(row)
    await checkGap(row)
    if (row.audited_at === null || now - row.audited_at >= auditEveryMs) {
      await checkSilence(row)
      await auditOf(row, await channelOf(account))
    }
  }

  /** One look at a time per account; another shop's trouble holds up nobody. */
  function lookOnce(account: string): Promise<void> {
    const under = running.get(account)
    if (under) return under
    const work = look(account)
      .catch((error) => log.warn('a shop could not be looked after', { account, reason: reasonOf(error) }))
      .finally(() => running.delete(account))
    running.set(account, work)
    return work
  }

  async function tick(): Promise<void> {
    const alive = (await accounts.list()).filter(({ state }) => state !== 'broken')
    await Promise.all(alive.map(({ id }) => lookOnce(id)))
  }

  return {
    want,
    tick,
    audit: async (account) => auditOf(await rowOf(account), await channelOf(account)),
    start() {
      const { signal } = stopping
      loop = (async () => {
        while (!signal.aborted) {
          // Not waited for: a large shop is read for minutes.
          for (const { id, state } of await accounts.list().catch(() => [])) if (state !== 'broken') void lookOnce(id)
          await clock.sleep(tickEveryMs * (0.9 + deps.random.next() / 5), signal).catch(() => undefined)
        }
      })()
    },
    async stop() {
      stopping.abort()
      await loop
      await Promise.allSettled(running.values())
    },
  }
}

const namesOf = ({ missing, broken }: SubscriptionAudit): string[] => [
  ...new Set([...missing, ...broken.map(({ topic }) => topic)]),
]

const isWhole = (audit: SubscriptionAudit): boolean => namesOf(audit).length === 0
