/** Copies of orders in the shop that ships: created once, looked up before any second try, taken back when cancelled. */

import type { Call, OrderOp } from '../channel.ts'
import { type AccountId, asId, type OrderId } from '../domain.ts'
import { reasonOf } from '../log.ts'
import type { OrderTarget } from '../planner/intents.ts'
import { landsWithinMs } from '../planner/rights.ts'
import type { Store } from '../store/index.ts'
import type { Tx } from '../store/tables.ts'
import { bookCall, endCall, type Sent, sendCall, sendWithinMs } from './calls.ts'
import {
  copyOf,
  endTry,
  isCancelled,
  lastTry,
  linesOf,
  lookUp,
  madeBefore,
  type OrderContext,
  type OrderRow,
  searchLagMs,
  type Try,
} from './copies.ts'
import { type Due, takeDue } from './due.ts'
import { exportLines, lookFirst } from './exports.ts'
import { acknowledge, backoffMs, fly, park, postpone, putBack } from './receipts.ts'
import { bookRestock, endClaim, settleRestock } from './restock.ts'

type OrderDue = Due<OrderTarget>

/** Brings the next due order to where it is intended; at most one. */
export async function runOrder(store: Store, context: OrderContext): Promise<void> {
  const due = await store.transaction((tx) => takeDue<OrderTarget>(tx, 'order', context))
  if (!due) return
  try {
    await bring(store, context, due)
  } catch (error) {
    // A look-up that failed: nothing was sent, so nothing is in doubt.
    await wait(store, context, due, context.clock.now() + backoffMs(due.attempts, context.random), reasonOf(error))
  }
}

async function bring(store: Store, context: OrderContext, due: OrderDue): Promise<void> {
  switch (due.target.kind) {
    case 'hold':
      return await parkOrder(store, context, due, due.target.reason)
    case 'exist':
      return await makeExist(store, context, due, due.target)
    case 'cancelled':
      return await makeCancelled(store, context, due, due.target)
  }
}

const keyOf = (account: AccountId, subject: string) => ({ account, kind: 'order', subject })

async function makeExist(
  store: Store,
  context: OrderContext,
  due: OrderDue,
  target: Extract<OrderTarget, { kind: 'exist' }>,
): Promise<void> {
  const { account, clock } = context
  const tried = await lastTry(store, account, due.subject)
  const found =
    (await copyOf(store, account, target.reference)) ??
    // The shop's word of it may still be on its way when the order changes.
    (await madeBefore(store, account, due.subject)) ??
    (tried ? await lookUp(store, context, target.reference) : undefined)
  if (found) return await finish(store, context, due, found, tried?.key)
  if (tried && clock.now() < tried.ended_at + searchLagMs) {
    return await wait(
      store,
      context,
      due,
      tried.ended_at + searchLagMs,
      'Its outcome is not known yet; looking for it in the shop before trying again.',
    )
  }
  if (tried) await endTry(store, context, tried)
  const call = await book(store, context, due, target.op)
  if (!call) return
  const sent = await sendCall(context.channel, call, clock.now() + sendWithinMs, context.send)
  await settle(store, context, due, call, sent)
}

async function book(
  store: Store,
  context: OrderContext,
  due: OrderDue,
  op: OrderOp,
  key = context.random.uuid(),
): Promise<Call | undefined> {
  const { account, channel, clock } = context
  let call: Call | undefined
  try {
    call = channel.compose({ kind: 'order', op }, () => key)[0]?.call
  } catch (error) {
    await parkOrder(store, context, due, reasonOf(error))
    return undefined
  }
  if (!call) {
    await parkOrder(store, context, due, 'The connector knows no request for it.')
    return undefined
  }
  const booked = call
  const row: OrderRow = {
    subject: due.subject,
    does: op.kind,
    listings: linesOf(due.target).map(({ listing }) => listing),
  }
  await store.transaction(async (tx) => {
    await bookCall(tx, account, booked, [row], clock)
    await fly(tx, keyOf(account, due.subject), booked.key, clock.now())
  })
  return booked
}

async function settle(store: Store, context: OrderContext, due: OrderDue, call: Call, sent: Sent): Promise<void> {
  const { account, clock, random } = context
  const row = sent.ok ? sent.result.rows[0] : undefined
  if (row?.ok && row.id) return await finish(store, context, due, asId<'order'>(row.id), call.key)
  await store.transaction(async (tx) => {
    const key = keyOf(account, due.subject)
    const now = clock.now()
    if (row?.ok) {
      // Trying again could make a second one: the books find it by its reference, or a person does.
      await endCall(tx, call.key, 'done', row, now)
      await park(
        tx,
        key,
        due.rev,
        'The shop accepted the order but named no id for it. Look for it there before you try again.',
        now,
      )
      return
    }
    if (row) {
      await endCall(tx, call.key, 'failed', row, now)
      if (row.kind === 'rejected') await park(tx, key, due.rev, `${row.message} (${row.code})`, now)
      else await postpone(tx, key, due.rev, now + backoffMs(due.attempts, random), row.message, true, now)
      return
    }
    if (sent.ok) return
    const { kind, message, retryAfterMs } = sent.error
    await endCall(tx, call.key, kind === 'unknownOutcome' ? 'unknown' : 'failed', { kind, message }, now)
    if (kind === 'rejected') await park(tx, key, due.rev, message, now)
    else await postpone(tx, key, due.rev, now + (retryAfterMs ?? backoffMs(due.attempts, random)), message, false, now)
  })
}

/**
 * The copy exists. Its units came off the shipping shop's own registers by our doing, so they leave the entitlement there;
 * they stay counted where they were sold.
 */
async function finish(
  store: Store,
  context: OrderContext,
  due: OrderDue,
  order: OrderId,
  callKey: string | undefined,
): Promise<void> {
  const { account, clock } = context
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
    if (isFirst) await exportLines(tx, context, linesOf(due.target))
    if (callKey) await endCall(tx, callKey, 'done', { order }, clock.now())
    await acknowledge(
      tx,
      keyOf(account, due.subject),
      due.rev,
      JSON.stringify({ order, state: 'created' }),
      clock.now(),
    )
    if (due.target.kind === 'exist' && due.target.differs !== undefined)
      await park(tx, keyOf(account, due.subject), due.rev, due.target.differs, clock.now())
  })
}

async function makeCancelled(
  store: Store,
  context: OrderContext,
  due: OrderDue,
  target: Extract<OrderTarget, { kind: 'cancelled' }>,
): Promise<void> {
  const { account, clock } = context
  const tried = await lastTry(store, account, due.subject)
  const order =
    (await copyOf(store, account, target.reference)) ??
    (await madeBefore(store, account, due.subject)) ??
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
    if (tried) await endTry(store, context, tried)
    // It was never created: there is nothing to take back.
    return await store.transaction((tx) =>
      acknowledge(tx, keyOf(account, due.subject), due.rev, JSON.stringify({ state: 'never created' }), clock.now()),
    )
  }
  if (tried?.does === 'create') return await catchUp(store, context, due, order, tried)
  // The books may be behind after a try whose answer was lost; a second cancellation would be refused.
  if (await isCancelled(store, context, order, tried !== undefined))
    return await cancelled(store, context, due, order, async (tx) => {
      if (tried) await settleRestock(tx, context, target.lines, tried.key, 'done')
      else await lookFirst(tx, context, target.lines)
      if (tried) await endCall(tx, tried.key, 'done', { order }, clock.now())
    })
  if (tried && clock.now() < tried.ended_at + landsWithinMs)
    return await wait(store, context, due, clock.now() + cancelledWithinMs, 'Its cancellation may still be on its way.')
  if (tried) {
    await store.transaction((tx) => settleRestock(tx, context, target.lines, tried.key, 'failed'))
    await endTry(store, context, tried)
  }
  await takeBack(store, context, due, order, target)
}

/** Cancels a living copy: what it puts back onto the shelf is booked first. */
async function takeBack(
  store: Store,
  context: OrderContext,
  due: OrderDue,
  order: OrderId,
  target: Extract<OrderTarget, { kind: 'cancelled' }>,
): Promise<void> {
  const { clock, random } = context
  const callKey = random.uuid()
  const restock = await store.transaction((tx) => bookRestock(tx, context, due.subject, target.lines, callKey))
  if (restock.kind === 'wait') return await wait(store, context, due, clock.now() + restock.ms, restock.reason)
  const op = { kind: 'cancel', order, restock: restock.kind === 'restock', reason: target.reason } as const
  const call = await book(store, context, due, op, callKey)
  const sent = call && (await sendCall(context.channel, call, clock.now() + sendWithinMs, context.send))
  const row = sent?.ok ? sent.result.rows[0] : undefined
  const outcome = row?.ok ? 'done' : sent && !sent.ok && sent.error.kind === 'unknownOutcome' ? 'unknown' : 'failed'
  if (!call || !sent || !row?.ok) {
    await store.transaction((tx) => settleRestock(tx, context, target.lines, callKey, outcome))
    if (call && sent) await settle(store, context, due, call, sent)
    return
  }
  // Accepted is not done: a shop may cancel a moment later, and will not when it has shipped meanwhile.
  if (!(await isCancelled(store, context, order, true))) {
    await store.transaction(async (tx) => {
      await settleRestock(tx, context, target.lines, callKey, 'unknown')
      await endCall(tx, call.key, 'unknown', row, clock.now())
    })
    return await wait(store, context, due, clock.now() + cancelledWithinMs, 'The shop has accepted to cancel it.')
  }
  await cancelled(store, context, due, order, async (tx) => {
    await settleRestock(tx, context, target.lines, callKey, 'done')
    await endCall(tx, call.key, 'done', row, clock.now())
  })
}

/** Until a cancellation was accepted and carried out. */
const cancelledWithinMs = 2000

/** The copy was created after all by a try without an answer: booked as made first, then taken back. */
async function catchUp(store: Store, context: OrderContext, due: OrderDue, order: OrderId, tried: Try): Promise<void> {
  const { account, clock } = context
  await store.transaction(async (tx) => {
    await exportLines(tx, context, linesOf(due.target))
    await endCall(tx, tried.key, 'done', { order }, clock.now())
    await putBack(tx, keyOf(account, due.subject), clock.now(), clock.now())
  })
}

const cancelled = (
  store: Store,
  { account, clock }: OrderContext,
  due: OrderDue,
  order: OrderId,
  also: (tx: Tx) => Promise<void>,
): Promise<void> =>
  store.transaction(async (tx) => {
    await also(tx)
    await endClaim(tx, { account }, due.subject)
    const result = JSON.stringify({ order, state: 'cancelled' })
    await acknowledge(tx, keyOf(account, due.subject), due.rev, result, clock.now())
  })

const parkOrder = (store: Store, { account, clock }: OrderContext, due: OrderDue, reason: string) =>
  store.transaction((tx) => park(tx, keyOf(account, due.subject), due.rev, reason, clock.now()))

const wait = (store: Store, { account, clock }: OrderContext, due: OrderDue, until: number, reason: string) =>
  store.transaction((tx) => postpone(tx, keyOf(account, due.subject), due.rev, until, reason, false, clock.now()))
