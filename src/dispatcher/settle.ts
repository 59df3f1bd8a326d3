/** What the shop answered to a stock call, booked: rights, receipts and publications in one transaction. */

import type { RowResult } from '../channel.ts'
import { asId, type RegisterId } from '../domain.ts'
import type { ChannelError } from '../errors.ts'
import { want } from '../ledger/wanted.ts'
import { believedUnits } from '../planner/rights.ts'
import type { Tx } from '../store/tables.ts'
import { endCall, type Sent } from './calls.ts'
import { learn } from './learned.ts'
import { acknowledge, backoffMs, park, postpone } from './receipts.ts'
import { changeRights, lockRights } from './rights.ts'
import { type BookedRow, keyOf, type StockContext, type TakenCall } from './stock-call.ts'

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
  const { account, channel, clock } = context
  if (!result.ok) return await settleRefusal(tx, context, row, result, callKey)
  if (row.op.kind === 'set' && row.op.to === 0 && channel.abilities.zeroWritable === 'unknown')
    await learn(tx, account, { zeroWritable: 'yes' })
  const known = await lockRights(tx, account, row.register)
  if (known?.rights.op?.call === callKey) {
    const { takenUnits } = known
    const step = { do: 'acknowledge', now: clock.now(), checkouts: channel.abilities.checkouts } as const
    const change = { cause: 'acknowledged', callKey, isNews: true, isReclaim: row.isReclaim } as const
    const rights = await changeRights(tx, context, row.register, known, step, change)
    await publish(tx, context, row, believedUnits(rights, takenUnits), callKey)
  }
  if (row.rev !== null) await acknowledge(tx, keyOf(account, row.register), row.rev, null, clock.now())
}

/** What was learned is read within seconds. */
const relearnMs = 1000

async function settleRefusal(
  tx: Tx,
  context: StockContext,
  row: BookedRow,
  result: Extract<RowResult, { ok: false }>,
  callKey: string,
): Promise<void> {
  const { account, clock, random } = context
  await takeBack(tx, context, row.register, callKey)
  const reason = `${result.message} (${result.code})`
  if (row.rev === null) return
  const key = keyOf(account, row.register)
  if (result.kind === 'rejected') {
    await park(tx, key, row.rev, reason, clock.now())
    await lookAtListings(tx, context, row.register)
    return
  }
  if (result.kind === 'zeroRefused') {
    await learn(tx, account, { zeroWritable: 'no' })
    // Planned again with the least that the shop takes.
    return await postpone(tx, key, row.rev, clock.now() + relearnMs, reason, false, clock.now())
  }
  if (result.kind === 'stale') await lookAtListings(tx, context, row.register)
  await postpone(tx, key, row.rev, clock.now() + backoffMs(row.attempts, random), reason, true, clock.now())
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
  if (error.kind === 'unknownOutcome') await doubt(tx, context, row.register, callKey)
  else await takeBack(tx, context, row.register, callKey)
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

/** It did not happen: the rights are as they were before it was booked. */
async function takeBack(tx: Tx, context: StockContext, register: RegisterId, callKey: string): Promise<void> {
  const known = await lockRights(tx, context.account, register)
  if (known?.rights.op?.call !== callKey) return
  await changeRights(tx, context, register, known, { do: 'refuse' }, { cause: 'refused', callKey, isNews: false })
}

/** The write may or may not have happened: it stays in flight, and keeps every other write away, until the shelf was read. */
async function doubt(tx: Tx, context: StockContext, register: RegisterId, callKey: string): Promise<void> {
  const known = await lockRights(tx, context.account, register)
  if (known?.rights.op?.call !== callKey) return
  const now = context.clock.now()
  const change = { cause: 'in doubt', callKey, isNews: false } as const
  await changeRights(tx, context, register, known, { do: 'doubt', now, sendBy: now }, change)
}
