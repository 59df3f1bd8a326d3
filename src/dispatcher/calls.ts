/** Calls: made and stored with what they book, sent, and resent verbatim when that can never act twice. */

import type { Call, CallResult, Channel } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import type { AccountId } from '../domain.ts'
import { ChannelError } from '../errors.ts'
import type { Db, Tx } from '../store/tables.ts'
import { backoffMs } from './receipts.ts'

/** A call that did not start within this time was overtaken by events; it is taken back and planned again. */
export const sendWithinMs = 30_000
const resendsMax = 20

export async function bookCall(tx: Tx, account: AccountId, call: Call, rows: unknown, clock: Clock): Promise<void> {
  await tx
    .insertInto('call')
    .values({
      key: call.key,
      account,
      kind: call.kind,
      method: call.method,
      body: call.body,
      rows: JSON.stringify(rows),
      repeatable: call.repeatable ? 1 : 0,
      cost: call.cost,
      state: 'open',
      attempts: 0,
      send_by: clock.now() + sendWithinMs,
      created_at: clock.now(),
      ended_at: null,
      outcome: null,
    })
    .execute()
}

export type Sent =
  | { readonly ok: true; readonly result: CallResult }
  | { readonly ok: false; readonly error: ChannelError }

export interface SendDeps {
  readonly db: Db
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  /** The place at the shop's rate limit for one more request; the first one of a call was admitted by its caller. */
  admit(cost: number): Promise<void>
}

/**
 * Sends a booked call. A repeatable one is resent verbatim while its outcome is open, so that what it booked stays true;
 * any other gets one try, and an answer that was lost is for the caller to look up.
 */
export async function sendCall(channel: Channel, call: Call, sendBy: number, deps: SendDeps): Promise<Sent> {
  const { clock, random } = deps
  if (clock.now() > sendBy) return failed(new ChannelError('transient', 'Not sent: it had waited too long.'))
  let inDoubt: ChannelError | undefined
  for (let attempt = 1; ; attempt++) {
    try {
      return { ok: true, result: await channel.write(call) }
    } catch (cause) {
      const error = channelError(cause)
      if (error.kind === 'unknownOutcome') inDoubt = error
      const isOpen = error.kind === 'unknownOutcome' || error.kind === 'throttled' || error.kind === 'transient'
      // Whatever the last try says of itself: an earlier one without an answer may have happened.
      const failure = failed(inDoubt ?? error)
      if (!call.repeatable || !isOpen || attempt >= resendsMax || deps.signal.aborted) return failure
      await clock.sleep(error.retryAfterMs ?? backoffMs(attempt - 1, random), deps.signal).catch(() => undefined)
      await deps.admit(call.cost)
      if (deps.signal.aborted) return failure
      await countResend(deps.db, call.key)
    }
  }
}

const failed = (error: ChannelError): Sent => ({ ok: false, error })

/** A connector may only fail by ChannelError; anything else is a fault of ours whose outcome nobody knows. */
export function channelError(cause: unknown): ChannelError {
  if (cause instanceof ChannelError) return cause
  return new ChannelError('unknownOutcome', cause instanceof Error ? cause.message : String(cause), { cause })
}

async function countResend(db: Db, key: string): Promise<void> {
  await db
    .updateTable('call')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('key', '=', key)
    .execute()
}

/** Ends a call: `done` or `failed` are final; `unknown` waits for a look at the shop. */
export async function endCall(
  tx: Tx,
  key: string,
  state: 'done' | 'failed' | 'unknown',
  outcome: unknown,
  now: number,
): Promise<void> {
  await tx
    .updateTable('call')
    .set({ state, outcome: JSON.stringify(outcome), ended_at: now })
    .where('key', '=', key)
    .execute()
}
