/** What the shop answered to a stock call, booked: rights, receipts and publications in one transaction. */

import type { RowResult } from '../channel.ts'
import { asId, type RegisterId } from '../domain.ts'
import type { ChannelError } from '../errors.ts'
import { want } from '../ledger/wanted.ts'
import { entitlementAfter, type OpInFlight, type Pending } from '../planner/rights.ts'
import type { Tx } from '../store/tables.ts'
import { endCall, type Sent } from './calls.ts'
import { acknowledge, backoffMs, park, postpone } from './receipts.ts'
import { type BookedRow, keyOf, type StockContext, type TakenCall } from './take.ts'

/** Books what the shop answered; returns the registers whose rights changed. */
export async function settleStock(tx: Tx, context: StockContext, taken: TakenCall, sent: Sent): Promise<RegisterId[]> {
  const { clock } = context
  if (sent.ok) {
    for (const [index, row] of taken.rows.entries()) {
      const result = sent.result.rows[index] ?? {
        ok: false,
        kind: 'again',
        code: 'no_row',
        message: 'The answer had no row for it.',
      }
      await settleRow(tx, context, row, result, taken.call.key)
    }
    await endCall(tx, taken.call.key, 'done', sent.result, clock.now())
  } else {
    const isUnknown = sent.error.kind === 'unknownOutcome'
    for (const row of taken.rows) await settleFailure(tx, context, row, sent.error, taken.call.key)
    await endCall(
      tx,
      taken.call.key,
      isUnknown ? 'unknown' : 'failed',
      { kind: sent.error.kind, message: sent.error.message },
      clock.now(),
    )
  }
  return taken.rows.map(({ register }) => register)
}

async function settleRow(
  tx: Tx,
  context: StockContext,
  row: BookedRow,
  result: RowResult,
  callKey: string,
): Promise<void> {
  const { account, clock, random } = context
  const key = keyOf(account, row.register)
  if (!result.ok) {
    await release(tx, context, row.register)
    const reason = `${result.message} (${result.code})`
    if (row.rev === null) return
    const wait = backoffMs(row.attempts, random)
    if (result.kind === 'rejected') {
      await park(tx, key, row.rev, reason, clock.now())
      await lookAtListings(tx, context, row.register)
    } else await postpone(tx, key, row.rev, clock.now() + wait, reason, true, clock.now())
    return
  }
  const rights = await tx
    .selectFrom('rights')
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'rights.account')
        .onRef('register_count.register', '=', 'rights.register'),
    )
    .select(['rights.entitlement', 'register_count.taken_units'])
    .where('rights.account', '=', account)
    .where('rights.register', '=', row.register)
    .forUpdate('rights')
    .executeTakeFirstOrThrow()
  const takenUnits = rights.taken_units ?? 0
  const after = entitlementAfter({ entitlement: rights.entitlement }, row.op, takenUnits)
  await tx
    .updateTable('rights')
    .set((eb) => ({
      entitlement: after.entitlement,
      op: null,
      // An absolute write may have overwritten sales we had not seen: a look at the shelf settles it.
      pend: after.isExact
        ? eb.ref('pend')
        : JSON.stringify({ acknowledgedAt: clock.now(), likely: after.entitlement } satisfies Pending),
      rev: eb('rev', '+', 1),
      updated_at: clock.now(),
    }))
    .where('account', '=', account)
    .where('register', '=', row.register)
    .execute()
  await publish(tx, context, row, after.entitlement - takenUnits, callKey)
  if (row.rev !== null) await acknowledge(tx, key, row.rev, null, clock.now())
}

async function publish(
  tx: Tx,
  { account, clock, newId }: StockContext,
  row: BookedRow,
  units: number,
  callKey: string,
): Promise<void> {
  const receipt = await tx
    .selectFrom('receipt')
    .select('caused_at')
    .where('account', '=', account)
    .where('kind', '=', 'stock')
    .where('subject', '=', row.register)
    .executeTakeFirst()
  const causedAt = receipt?.caused_at ?? null
  await tx
    .insertInto('publication')
    .values({
      id: newId(),
      account,
      register: row.register,
      units,
      terms: row.terms,
      call_key: callKey,
      delivery: null,
      latency_ms: causedAt === null ? null : Math.max(0, clock.now() - causedAt),
      at: clock.now(),
    })
    .execute()
}

/** What each kind of failure means for the rights: only an unknown outcome leaves a doubt, and the shelf is read before the next write. */
async function settleFailure(
  tx: Tx,
  context: StockContext,
  row: BookedRow,
  error: ChannelError,
  callKey: string,
): Promise<void> {
  const { account, clock, random } = context
  if (error.kind === 'unknownOutcome') await keepUnknown(tx, context, row, callKey)
  else await release(tx, context, row.register)
  if (row.rev === null) return
  const key = keyOf(account, row.register)
  if (error.kind === 'rejected') {
    await park(tx, key, row.rev, error.message, clock.now())
    await lookAtListings(tx, context, row.register)
  } else
    await postpone(
      tx,
      key,
      row.rev,
      clock.now() + (error.retryAfterMs ?? backoffMs(row.attempts, random)),
      error.message,
      false,
      clock.now(),
    )
}

/** A shop that refuses a number may have deleted or frozen what it is for without a word: what it sells now is read again. */
async function lookAtListings(tx: Tx, { account, newId }: StockContext, register: RegisterId): Promise<void> {
  const rows = await tx
    .selectFrom('listing')
    .select('listing')
    .where('account', '=', account)
    .where('register', '=', register)
    .where('state', '<>', 'deleted')
    .execute()
  const ids = rows.map(({ listing }) => asId<'listing'>(listing))
  await want(tx, account, { kind: 'listings', ids }, newId)
}

async function release(tx: Tx, { account, clock }: StockContext, register: RegisterId): Promise<void> {
  await tx
    .updateTable('rights')
    .set({ op: null, updated_at: clock.now() })
    .where('account', '=', account)
    .where('register', '=', register)
    .execute()
}

/** The write may or may not have happened: it stays in flight, and keeps every other write away, until the shelf was read. */
async function keepUnknown(tx: Tx, { account, clock }: StockContext, row: BookedRow, callKey: string): Promise<void> {
  const op: OpInFlight = { call: callKey, op: row.op, ceiling: 0, sendBy: clock.now(), unknownSince: clock.now() }
  await tx
    .updateTable('rights')
    .set({ op: JSON.stringify(op), updated_at: clock.now() })
    .where('account', '=', account)
    .where('register', '=', row.register)
    .execute()
}
