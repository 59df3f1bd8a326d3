/** Tracking numbers to the shop that took the order, one parcel a call. */

import type { Channel } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import type { AccountId } from '../domain.ts'
import { reasonOf } from '../log.ts'
import type { TrackingTarget } from '../planner/intents.ts'
import type { Store } from '../store/index.ts'
import type { Tx } from '../store/tables.ts'
import { bookCall, endCall, type SendDeps, sendCall, sendWithinMs } from './calls.ts'
import { acknowledge, backoffMs, fly, park, postpone } from './receipts.ts'

export interface TrackingContext {
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly random: Random
  readonly send: SendDeps
}

interface Due {
  readonly subject: string
  readonly rev: number
  readonly attempts: number
  readonly target: TrackingTarget
}

/** Pushes the next due parcel. Connectors look before they push again, so that a second try never makes a second parcel. */
export async function runTracking(store: Store, context: TrackingContext): Promise<void> {
  const { account, channel, clock, random } = context
  const due = await store.transaction((tx) => takeTracking(tx, context))
  if (!due) return
  const key = { account, kind: 'tracking', subject: due.subject }
  const parkIt = (reason: string) => store.transaction((tx) => park(tx, key, due.rev, reason, clock.now()))
  if (due.target.kind === 'hold') return await parkIt(due.target.reason)
  const { op } = due.target
  let call: ReturnType<Channel['compose']>[number]['call'] | undefined
  try {
    call = channel.compose({ kind: 'tracking', op }, () => random.uuid())[0]?.call
  } catch (error) {
    return await parkIt(reasonOf(error))
  }
  if (!call) return await parkIt('The connector knows no request for it.')
  const booked = call
  await store.transaction(async (tx) => {
    await bookCall(tx, account, booked, [{ subject: due.subject }], clock)
    await fly(tx, key, booked.key, clock.now())
  })
  const sent = await sendCall(channel, booked, clock.now() + sendWithinMs, context.send)
  await store.transaction(async (tx) => {
    const now = clock.now()
    if (!sent.ok) {
      const { kind, message, retryAfterMs } = sent.error
      await endCall(tx, booked.key, kind === 'unknownOutcome' ? 'unknown' : 'failed', { kind, message }, now)
      if (kind === 'rejected') await park(tx, key, due.rev, message, now)
      else
        await postpone(tx, key, due.rev, now + (retryAfterMs ?? backoffMs(due.attempts, random)), message, false, now)
      return
    }
    const row = sent.result.rows[0]
    await endCall(tx, booked.key, row?.ok ? 'done' : 'failed', sent.result, now)
    if (row?.ok)
      await acknowledge(
        tx,
        key,
        due.rev,
        JSON.stringify({ order: op.order, number: op.number, warning: row.warning }),
        now,
      )
    else if (row?.kind === 'rejected') await park(tx, key, due.rev, `${row.message} (${row.code})`, now)
    else
      await postpone(
        tx,
        key,
        due.rev,
        now + backoffMs(due.attempts, random),
        row?.message ?? 'No answer for it.',
        true,
        now,
      )
  })
}

async function takeTracking(tx: Tx, { account, clock }: TrackingContext): Promise<Due | undefined> {
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
    .where('receipt.kind', '=', 'tracking')
    .where('receipt.state', '=', 'due')
    .where('receipt.due_at', '<=', clock.now())
    .orderBy('receipt.due_at')
    .limit(1)
    .forUpdate('receipt')
    .skipLocked()
    .executeTakeFirst()
  if (!row) return undefined
  await fly(tx, { account, kind: 'tracking', subject: row.subject }, null, clock.now())
  // Safe: intents of kind tracking are written by the planner's parcel file only.
  return {
    subject: row.subject,
    rev: row.rev,
    attempts: row.attempts,
    target: JSON.parse(row.target) as TrackingTarget,
  }
}
