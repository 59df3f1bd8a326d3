/** Copies of orders in the shop that ships: created once, looked up before any second try, taken back when cancelled. */

import type { Call, Channel, OrderOp, RawDelivery } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import { type AccountId, asId, type OrderId, type OrderSnapshot } from '../domain.ts'
import { reasonOf } from '../log.ts'
import type { OrderTarget } from '../planner/intents.ts'
import type { Store } from '../store/index.ts'
import type { Tx } from '../store/tables.ts'
import { bookCall, endCall, type SendDeps, type Sent, sendCall, sendWithinMs } from './calls.ts'
import { acknowledge, backoffMs, fly, park, postpone } from './receipts.ts'

export interface OrderContext {
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly random: Random
  readonly send: SendDeps
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<unknown>
  /** Resolves when the ledger has posted everything appended so far. */
  posted(): Promise<void>
}

/** After an unknown outcome: the shop's search may lag behind its orders by this much. */
const searchLagMs = 15_000

interface Due {
  readonly subject: string
  readonly rev: number
  readonly attempts: number
  readonly target: OrderTarget
}

/** Brings the next due order to where it is intended; at most one. */
export async function runOrder(store: Store, context: OrderContext): Promise<void> {
  const due = await store.transaction((tx) => takeOrder(tx, context))
  if (!due) return
  try {
    await bring(store, context, due)
  } catch (error) {
    // A look-up that failed: nothing was sent, so nothing is in doubt.
    await wait(store, context, due, context.clock.now() + backoffMs(due.attempts, context.random), reasonOf(error))
  }
}

async function bring(store: Store, context: OrderContext, due: Due): Promise<void> {
  switch (due.target.kind) {
    case 'hold':
      return await parkOrder(store, context, due, due.target.reason)
    case 'exist':
      return await makeExist(store, context, due, due.target)
    case 'cancelled':
      return await makeCancelled(store, context, due, due.target)
  }
}

async function takeOrder(tx: Tx, { account, clock }: OrderContext): Promise<Due | undefined> {
  const row = await tx
    .selectFrom('receipt')
    .innerJoin('intent', (join) =>
      join
        .onRef('intent.account', '=', 'receipt.account')
        .onRef('intent.kind', '=', 'receipt.kind')
        .onRef('intent.subject', '=', 'receipt.subject'),
    )
    .select(['receipt.subject', 'receipt.attempts', 'intent.rev', 'intent.target'])
    .where('receipt.account', '=', account)
    .where('receipt.kind', '=', 'order')
    .where('receipt.state', '=', 'due')
    .where('receipt.due_at', '<=', clock.now())
    .orderBy('receipt.due_at')
    .limit(1)
    .forUpdate('receipt')
    .skipLocked()
    .executeTakeFirst()
  if (!row) return undefined
  await fly(tx, keyOf(account, row.subject), null, clock.now())
  // Safe: intents of kind order are written by the planner's order file only.
  return { subject: row.subject, rev: row.rev, attempts: row.attempts, target: JSON.parse(row.target) as OrderTarget }
}

const keyOf = (account: AccountId, subject: string) => ({ account, kind: 'order', subject })

async function makeExist(
  store: Store,
  context: OrderContext,
  due: Due,
  target: Extract<OrderTarget, { kind: 'exist' }>,
): Promise<void> {
  const { account, clock } = context
  const tried = await lastTry(store, account, due.subject)
  const found =
    (await copyOf(store, account, target.reference)) ??
    (tried ? await lookUp(store, context, target.reference) : undefined)
  if (found) return await finish(store, context, due, found, tried?.state === 'unknown' ? tried.key : undefined)
  if (tried?.state === 'unknown' && clock.now() < tried.ended_at + searchLagMs) {
    return await wait(
      store,
      context,
      due,
      tried.ended_at + searchLagMs,
      'Its outcome is not known yet; looking for it in the shop before trying again.',
    )
  }
  const call = await book(store, context, due, target.op)
  if (!call) return
  const sent = await sendCall(context.channel, call, clock.now() + sendWithinMs, context.send)
  await settle(store, context, due, call, sent)
}

/** The last call made for this order that may have reached the shop. */
async function lastTry(
  store: Store,
  account: AccountId,
  subject: string,
): Promise<{ key: string; state: string; ended_at: number } | undefined> {
  const row = await store.db
    .selectFrom('call')
    .select(['key', 'state', 'ended_at', 'created_at'])
    .where('account', '=', account)
    .where('kind', '=', 'order')
    .where('rows', '=', rowsText(subject))
    .where('state', 'in', ['open', 'unknown'])
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { key: row.key, state: 'unknown', ended_at: row.ended_at ?? row.created_at }
}

const rowsText = (subject: string) => JSON.stringify([{ subject }])

/** Our copy as the books know it. */
async function copyOf(store: Store, account: AccountId, reference: string): Promise<OrderId | undefined> {
  const row = await store.db
    .selectFrom('order_head')
    .select('order_id')
    .where('account', '=', account)
    .where('reference', '=', reference)
    .executeTakeFirst()
  return row && asId<'order'>(row.order_id)
}

/** Asks the shop itself whether it has the copy. */
async function lookUp(store: Store, context: OrderContext, reference: string): Promise<OrderId | undefined> {
  const deliveries = await context.channel.fetch({ kind: 'references', ids: [reference] })
  await context.append(context.account, deliveries)
  await context.posted()
  return await copyOf(store, context.account, reference)
}

async function book(store: Store, context: OrderContext, due: Due, op: OrderOp): Promise<Call | undefined> {
  const { account, channel, clock, random } = context
  let call: Call | undefined
  try {
    call = channel.compose({ kind: 'order', op }, () => random.uuid())[0]?.call
  } catch (error) {
    await parkOrder(store, context, due, reasonOf(error))
    return undefined
  }
  if (!call) return undefined
  const booked = call
  await store.transaction(async (tx) => {
    await bookCall(tx, account, booked, [{ subject: due.subject }], clock)
    await fly(tx, keyOf(account, due.subject), booked.key, clock.now())
  })
  return booked
}

async function settle(store: Store, context: OrderContext, due: Due, call: Call, sent: Sent): Promise<void> {
  const { account, clock, random } = context
  const row = sent.ok ? sent.result.rows[0] : undefined
  if (row?.ok) return await finish(store, context, due, asId<'order'>(row.id ?? ''), call.key)
  await store.transaction(async (tx) => {
    const key = keyOf(account, due.subject)
    const now = clock.now()
    if (row) {
      await endCall(tx, call.key, 'failed', row, now)
      if (row.kind === 'rejected') await park(tx, key, `${row.message} (${row.code})`, now)
      else await postpone(tx, key, now + backoffMs(due.attempts, random), row.message, true, now)
      return
    }
    if (sent.ok) return
    const { kind, message, retryAfterMs } = sent.error
    await endCall(tx, call.key, kind === 'unknownOutcome' ? 'unknown' : 'failed', { kind, message }, now)
    if (kind === 'rejected') await park(tx, key, message, now)
    else await postpone(tx, key, now + (retryAfterMs ?? backoffMs(due.attempts, random)), message, false, now)
  })
}

/**
 * The copy exists. Its units came off the shipping shop's own registers by our doing, so they leave the entitlement there;
 * they stay counted where they were sold.
 */
async function finish(
  store: Store,
  context: OrderContext,
  due: Due,
  order: OrderId,
  callKey: string | undefined,
): Promise<void> {
  const { account, channel, clock } = context
  await store.transaction(async (tx) => {
    const receipt = await tx
      .selectFrom('receipt')
      .select('result')
      .where('account', '=', account)
      .where('kind', '=', 'order')
      .where('subject', '=', due.subject)
      .forUpdate()
      .executeTakeFirst()
    const isFirst = receipt?.result == null
    if (isFirst && channel.abilities.createdOrdersTakeStock && due.target.kind === 'exist') {
      for (const line of due.target.op.lines) await moveEntitlement(tx, context, line.listing, -line.units)
    }
    if (callKey) await endCall(tx, callKey, 'done', { order }, clock.now())
    await acknowledge(
      tx,
      keyOf(account, due.subject),
      due.rev,
      JSON.stringify({ order, state: 'created' }),
      clock.now(),
    )
  })
}

async function moveEntitlement(
  tx: Tx,
  { account, clock }: OrderContext,
  listing: string,
  units: number,
): Promise<void> {
  const found = await tx
    .selectFrom('listing')
    .select('register')
    .where('account', '=', account)
    .where('listing', '=', listing)
    .executeTakeFirst()
  if (!found?.register) return
  await tx
    .updateTable('rights')
    .set((eb) => ({ entitlement: eb('entitlement', '+', units), rev: eb('rev', '+', 1), updated_at: clock.now() }))
    .where('account', '=', account)
    .where('register', '=', found.register)
    .execute()
}

async function makeCancelled(
  store: Store,
  context: OrderContext,
  due: Due,
  target: Extract<OrderTarget, { kind: 'cancelled' }>,
): Promise<void> {
  const { account, clock } = context
  const tried = await lastTry(store, account, due.subject)
  const order =
    (await copyOf(store, account, target.reference)) ??
    (tried ? await lookUp(store, context, target.reference) : undefined)
  if (!order) {
    if (tried && clock.now() < tried.ended_at + searchLagMs)
      return await wait(
        store,
        context,
        due,
        tried.ended_at + searchLagMs,
        'Waiting to see whether the copy was created.',
      )
    // It was never created: there is nothing to take back.
    return await store.transaction((tx) =>
      acknowledge(tx, keyOf(account, due.subject), due.rev, JSON.stringify({ state: 'never created' }), clock.now()),
    )
  }
  const head = await store.db
    .selectFrom('order_head')
    .select(['phase', 'snapshot'])
    .where('account', '=', account)
    .where('order_id', '=', order)
    .executeTakeFirst()
  if (head?.phase === 'cancelled') {
    return await store.transaction((tx) =>
      acknowledge(tx, keyOf(account, due.subject), due.rev, JSON.stringify({ order, state: 'cancelled' }), clock.now()),
    )
  }
  const call = await book(store, context, due, { kind: 'cancel', order, restock: true, reason: target.reason })
  if (!call) return
  const sent = await sendCall(context.channel, call, clock.now() + sendWithinMs, context.send)
  const row = sent.ok ? sent.result.rows[0] : undefined
  if (!row?.ok) return await settle(store, context, due, call, sent)
  await store.transaction(async (tx) => {
    // Safe: written by the ledger only.
    const snapshot = head && (JSON.parse(head.snapshot) as OrderSnapshot)
    if (context.channel.abilities.createdOrdersTakeStock) {
      for (const line of snapshot?.lines ?? [])
        if (line.listing) await moveEntitlement(tx, context, line.listing, line.quantity)
    }
    await endCall(tx, call.key, 'done', row, clock.now())
    await acknowledge(
      tx,
      keyOf(account, due.subject),
      due.rev,
      JSON.stringify({ order, state: 'cancelled' }),
      clock.now(),
    )
  })
}

const parkOrder = (store: Store, { account, clock }: OrderContext, due: Due, reason: string) =>
  store.transaction((tx) => park(tx, keyOf(account, due.subject), reason, clock.now()))

const wait = (store: Store, { account, clock }: OrderContext, due: Due, until: number, reason: string) =>
  store.transaction((tx) => postpone(tx, keyOf(account, due.subject), until, reason, false, clock.now()))
