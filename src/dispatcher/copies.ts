/** What is known of our copies in the shop that ships: made by which call, found by which look, or still in doubt. */

import type { Channel, NewOrderLine, OrderOp, RawDelivery } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import { type AccountId, asId, type OrderId } from '../domain.ts'
import type { OrderTarget } from '../planner/intents.ts'
import type { FactsContext } from '../planner/registers.ts'
import type { Store } from '../store/index.ts'
import type { Db, Tx } from '../store/tables.ts'
import { endCall, type SendDeps } from './calls.ts'

export interface OrderContext {
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly random: Random
  readonly send: SendDeps
  readonly newId: () => string
  readonly shop: FactsContext['shop']
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<unknown>
  /** Resolves when the ledger has posted everything appended so far. */
  posted(): Promise<void>
}

/** After an unknown outcome: the shop's search may lag behind its orders by this much. */
export const searchLagMs = 15_000

/** The row of an order call as it is kept with the call: whose it is, and which listings' shelves it moves. */
export interface OrderRow {
  readonly subject: string
  readonly does: OrderOp['kind']
  readonly listings: readonly string[]
}

export interface Try {
  readonly key: string
  readonly does: OrderOp['kind']
  readonly ended_at: number
}

/** Calls whose effect on the shop nobody knows yet. Few: each is looked up within seconds. */
async function openCalls(db: Db | Tx, account: AccountId): Promise<(OrderRow & Try)[]> {
  const rows = await db
    .selectFrom('call')
    .select(['key', 'rows', 'ended_at', 'created_at'])
    .where('account', '=', account)
    .where('kind', '=', 'order')
    .where('state', 'in', ['open', 'unknown'])
    .orderBy('created_at', 'desc')
    .orderBy('key')
    .execute()
  return rows.flatMap(({ key, rows: text, ended_at, created_at }) =>
    // Safe: written by `book` only.
    (JSON.parse(text) as OrderRow[]).map((row) => ({ ...row, key, ended_at: ended_at ?? created_at })),
  )
}

/** Listings whose stock an order call may or may not have moved. */
export async function listingsInDoubt(db: Db | Tx, account: AccountId): Promise<ReadonlySet<string>> {
  return new Set((await openCalls(db, account)).flatMap(({ listings }) => listings))
}

/** The last call made for this order that may have reached the shop. */
export const lastTry = async (store: Store, account: AccountId, subject: string): Promise<Try | undefined> =>
  (await openCalls(store.db, account)).find((row) => row.subject === subject)

/** It did not happen: the shop was asked, and has had its time. */
export const endTry = (store: Store, { clock }: OrderContext, tried: Try) =>
  store.transaction((tx) => endCall(tx, tried.key, 'failed', { found: false }, clock.now()))

export const linesOf = (target: OrderTarget): readonly NewOrderLine[] =>
  target.kind === 'exist' ? target.op.lines : target.kind === 'cancelled' ? target.lines : []

/** Our copy as the books know it. */
export async function copyOf(store: Store, account: AccountId, reference: string): Promise<OrderId | undefined> {
  const row = await store.db
    .selectFrom('order_head')
    .select('order_id')
    .where('account', '=', account)
    .where('reference', '=', reference)
    .executeTakeFirst()
  return row && asId<'order'>(row.order_id)
}

/** Asks the shop itself whether it has the copy. */
export async function lookUp(store: Store, context: OrderContext, reference: string): Promise<OrderId | undefined> {
  const deliveries = await context.channel.fetch({ kind: 'references', ids: [reference] })
  await context.append(context.account, deliveries)
  await context.posted()
  return await copyOf(store, context.account, reference)
}

/** The copy that an earlier call made, by its own answer: its webhook may still be on its way. */
export async function madeBefore(store: Store, account: AccountId, subject: string): Promise<OrderId | undefined> {
  const receipt = await store.db
    .selectFrom('receipt')
    .select('result')
    .where('account', '=', account)
    .where('kind', '=', 'order')
    .where('subject', '=', subject)
    .executeTakeFirst()
  // Safe: written by `finish` and `makeCancelled` only.
  const result = JSON.parse(receipt?.result ?? 'null') as { order?: string } | null
  return result?.order === undefined ? undefined : asId(result.order)
}

export async function isCancelled(store: Store, context: OrderContext, order: OrderId, ask: boolean): Promise<boolean> {
  if (ask) {
    await context.append(context.account, await context.channel.fetch({ kind: 'orders', ids: [order] }))
    await context.posted()
  }
  const head = await store.db
    .selectFrom('order_head')
    .select('phase')
    .where('account', '=', context.account)
    .where('order_id', '=', order)
    .executeTakeFirst()
  return head?.phase === 'cancelled'
}
