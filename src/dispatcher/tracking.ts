/** Tracking numbers to the shop that took the order, one parcel a call. */

import type { Channel } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import type { AccountId } from '../domain.ts'
import { reasonOf } from '../log.ts'
import type { TrackingTarget } from '../planner/intents.ts'
import type { Store } from '../store/index.ts'
import { bookCall, endCall, type SendDeps, sendCall, sendWithinMs } from './calls.ts'
import { takeDue } from './due.ts'
import { acknowledge, backoffMs, fly, park, postpone } from './receipts.ts'

export interface TrackingContext {
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly random: Random
  readonly send: SendDeps
}

/** Pushes the next due parcel. Connectors look before they push again, so that a second try never makes a second parcel. */
export async function runTracking(store: Store, context: TrackingContext): Promise<void> {
  const { account, channel, clock, random } = context
  const due = await store.transaction((tx) => takeDue<TrackingTarget>(tx, 'tracking', context))
  if (!due) return
  const key = { account, kind: 'tracking', subject: due.subject }
  const parkIt = (reason: string) => store.transaction((tx) => park(tx, key, due.rev, reason, clock.now()))
  if (due.target.kind === 'hold') return await parkIt(due.target.reason)
  if (due.target.kind === 'withdrawn')
    return await store.transaction((tx) => acknowledge(tx, key, due.rev, null, clock.now()))
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
