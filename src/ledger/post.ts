/** The ledger's loop: unread deliveries in the order they came, interpreted, posted, receipted. */

import { sql } from 'kysely'
import type { Channel, Delivery, Reading } from '../channel.ts'
import type { Clock } from '../clock.ts'
import { type AccountId, asId, type Instant, NOBODY, type SkuId } from '../domain.ts'
import { type Log, reasonOf } from '../log.ts'
import { lookBackTo, type Reach, type Store } from '../store/index.ts'
import type { InboxTable, Tx } from '../store/tables.ts'
import { PEOPLE, postManual } from './manual.ts'
import { settleAgain } from './orders.ts'
import { postReading } from './readings.ts'

export interface Ledger {
  /** Posts everything that has arrived. Resolves when nothing is unread. Safe to call from everywhere; runs once at a time. */
  drain(): Promise<void>
  /** Looks back over the last minutes as well, and settles orders whose listings were linked since. */
  sweep(reach?: Reach): Promise<void>
  /** Posts these, in this order, whatever the inbox holds. */
  post(deliveries: readonly InboxTable[]): Promise<void>
}

export interface LedgerDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** The open channel of an account; undefined when it is not connected any more. */
  channel(account: AccountId): Promise<Channel | undefined>
  /** Told after each commit that something was posted, and whose balances moved. */
  onPosted(skus: ReadonlySet<SkuId>): void
}

/** One fsync for this many deliveries. */
const deliveriesPerTransaction = 200

interface Interpreted {
  readonly row: InboxTable
  readonly readings: readonly Reading[]
  readonly needsProvider: boolean
}

const unreadable = (row: InboxTable, reason: string): Interpreted => ({
  row,
  readings: [{ kind: 'unreadable', reason }],
  needsProvider: false,
})

const deliveryOf = (row: InboxTable): Delivery => ({
  id: asId(row.id),
  account: asId(row.account),
  source: row.source,
  topic: row.topic,
  key: row.key,
  body: row.body,
  shopTime: row.shop_time ?? undefined,
  fetchStartedAt: row.fetch_started_at ?? undefined,
  receivedAt: row.received_at,
})

/** Kept as what it is; what it demands was carried out at the door. */
const ofNobody: Reading = { kind: 'ignored', reason: 'It is about no shop that is connected here.' }

export function createLedger(deps: LedgerDeps): Ledger {
  const { store, clock, log } = deps
  let readUpTo = ''
  let current: Promise<void> | undefined
  let again = false

  /** Never throws: an account that cannot be opened, or a connector that breaks its promise, holds up nobody else. */
  async function interpret(row: InboxTable): Promise<Interpreted> {
    if (row.account === PEOPLE) return { row, readings: [], needsProvider: false }
    if (row.account === NOBODY) return { row, readings: [ofNobody], needsProvider: false }
    try {
      const channel = await deps.channel(asId(row.account))
      if (!channel) return unreadable(row, `No shop is connected as ${row.account || '(nobody)'}.`)
      return { row, readings: channel.interpret(deliveryOf(row)), needsProvider: channel.abilities.needsProvider }
    } catch (error) {
      return unreadable(row, reasonOf(error))
    }
  }

  async function postOne(
    tx: Tx,
    { row, readings, needsProvider }: Interpreted,
    at: Instant,
    moved: Set<SkuId>,
  ): Promise<void> {
    const context = {
      account: asId<'account'>(row.account),
      delivery: row.id,
      fetchedAt: row.fetch_started_at ?? row.received_at,
      shopTime: row.shop_time ?? undefined,
      now: at,
      newId: store.newId,
      needsProvider,
      moved,
    }
    const troubles: string[] = []
    if (row.account === PEOPLE) {
      const trouble = await postManual(tx, { id: row.id, body: row.body, at: row.received_at }, context)
      if (trouble) troubles.push(trouble)
    }
    for (const reading of readings) {
      const trouble = await postReading(tx, context, reading)
      if (trouble) troubles.push(trouble)
    }
    if (troubles.length > 0) await receipt(tx, row, 'parked', readings.length, troubles.join(' '), at)
  }

  /** Receipts first, by their unique key: of two processes that have read the same delivery, one posts it. */
  async function claim(tx: Tx, batch: readonly Interpreted[], at: Instant): Promise<ReadonlySet<string>> {
    const claimed = await tx
      .insertInto('reading_receipt')
      .values(
        batch.map(({ row, readings }) => ({
          delivery: row.id,
          account: row.account,
          outcome: readings.length > 0 && readings.every(({ kind }) => kind === 'ignored') ? 'ignored' : 'posted',
          readings: readings.length,
          reason: null,
          at,
          posted: store.newId(),
        })),
      )
      .onConflict((conflict) => conflict.column('delivery').doNothing())
      .returning('delivery')
      .execute()
    return new Set(claimed.map(({ delivery }) => delivery))
  }

  const receipt = (tx: Tx, row: InboxTable, outcome: 'parked', readings: number, reason: string, at = clock.now()) =>
    tx
      .insertInto('reading_receipt')
      .values({ delivery: row.id, account: row.account, outcome, readings, reason, at, posted: store.newId() })
      .onConflict((conflict) => conflict.column('delivery').doUpdateSet({ outcome, readings, reason, at }))
      .execute()

  /** Posts a batch in one transaction; when that fails, each delivery alone, so that one bad one stops nobody. */
  async function postBatch(batch: readonly Interpreted[]): Promise<void> {
    const moved = new Set<SkuId>()
    try {
      await store.transaction(async (tx) => {
        // One moment for all of it: what is kept of the time of posting is the receipt's.
        const at = clock.now()
        const mine = await claim(tx, batch, at)
        for (const one of batch) if (mine.has(one.row.id)) await postOne(tx, one, at, moved)
      })
    } catch (error) {
      if (batch.length > 1) {
        for (const one of batch) await postBatch([one])
        return
      }
      for (const { row } of batch) {
        log.error('delivery parked', { account: row.account, delivery: row.id, reason: reasonOf(error) })
        await store.transaction((tx) => receipt(tx, row, 'parked', 0, reasonOf(error)))
      }
      return
    }
    deps.onPosted(moved)
  }

  async function unread(after: string): Promise<InboxTable[]> {
    return await store.db
      .selectFrom('inbox')
      .leftJoin('reading_receipt', 'reading_receipt.delivery', 'inbox.id')
      .selectAll('inbox')
      .where('inbox.id', '>', after)
      .where('reading_receipt.delivery', 'is', null)
      .orderBy('inbox.id')
      .limit(deliveriesPerTransaction)
      .execute()
  }

  async function run(): Promise<void> {
    try {
      do {
        again = false
        for (let rows = await unread(readUpTo); rows.length > 0; rows = await unread(readUpTo)) {
          await postBatch(await Promise.all(rows.map(interpret)))
          readUpTo = rows.at(-1)?.id ?? readUpTo
        }
      } while (again)
    } finally {
      // In the same turn as the last look at `again`: nobody can ask in between and be forgotten.
      current = undefined
    }
  }

  function drain(): Promise<void> {
    if (current) {
      // A delivery that arrives while this runs must not wait for the next wake-up.
      again = true
      return current
    }
    current = run()
    return current
  }

  async function settleLinked(): Promise<void> {
    const waiting = await store.db
      .selectFrom('order_head')
      .innerJoin('order_line', (join) =>
        join
          .onRef('order_line.account', '=', 'order_head.account')
          .onRef('order_line.order_id', '=', 'order_head.order_id'),
      )
      .innerJoin('link', (join) =>
        join.onRef('link.account', '=', 'order_line.account').onRef('link.listing', '=', 'order_line.listing'),
      )
      .select(['order_head.account', 'order_head.order_id'])
      .distinct()
      // Said, not bound: only then does SQLite find the index of the few that have any.
      .where('order_head.unlinked_lines', '>', sql.lit(0))
      .where('order_line.parts', 'is', null)
      .where('link.units', '>', 0)
      .limit(500)
      .execute()
    const moved = new Set<SkuId>()
    for (const { account, order_id } of waiting) {
      const context = { account: asId<'account'>(account), now: clock.now(), newId: store.newId, needsProvider: false }
      try {
        await store.transaction((tx) => settleAgain(tx, { ...context, moved }, asId(order_id)))
      } catch (error) {
        log.warn('order not settled after linking', { account, order: order_id, reason: reasonOf(error) })
      }
    }
    if (waiting.length > 0) deps.onPosted(moved)
  }

  return {
    drain,
    async post(deliveries) {
      await postBatch(await Promise.all(deliveries.map(interpret)))
    },
    async sweep(reach = 'far') {
      await current
      const reached = readUpTo
      const floor = lookBackTo(reach, clock.now())
      if (floor < readUpTo) readUpTo = floor
      await drain()
      if (readUpTo < reached) readUpTo = reached
      await settleLinked()
    },
  }
}
