/** Keyed stock calls whose answer nobody heard are sent again as they were: the shop does each of them once. */

import type { Call } from '../channel.ts'
import type { Db, Tx } from '../store/tables.ts'
import { sendWithinMs } from './calls.ts'
import { changeRights, lockRights } from './rights.ts'
import type { BookedRow, StockContext, TakenCall } from './stock-call.ts'

/** Shops remember a key for a day; after this the shelf is read instead. */
const resendForMs = 23 * 3_600_000
/** A call that was just given up has had its tries for now. */
export const resendAfterMs = 5000

const open = (db: Db | Tx, { account, clock }: Pick<StockContext, 'account' | 'clock'>) =>
  db
    .selectFrom('call')
    .where('account', '=', account)
    .where('state', '=', 'unknown')
    .where('kind', '=', 'stock')
    .where('repeatable', '=', 1)
    .where('created_at', '>', clock.now() - resendForMs)
    .where('ended_at', '<=', clock.now() - resendAfterMs)

export const isSomethingToResend = async (db: Db, context: Pick<StockContext, 'account' | 'clock'>): Promise<boolean> =>
  (await open(db, context).select('key').limit(1).execute()).length > 0

/** Opens the oldest such call again; undefined when there is none. Its rights are booked as they were. */
export async function reopenCall(tx: Tx, context: StockContext): Promise<TakenCall | undefined> {
  const { account, clock } = context
  const row = await open(tx, context).selectAll().orderBy('created_at').limit(1).forUpdate().executeTakeFirst()
  if (!row) return undefined
  const sendBy = clock.now() + sendWithinMs
  // Safe: written by `bookCall` for stock calls only.
  const rows = JSON.parse(row.rows) as BookedRow[]
  const call: Call = {
    key: row.key,
    kind: 'stock',
    method: row.method,
    body: row.body,
    rows: rows.length,
    cost: row.cost,
    repeatable: true,
  }
  await tx
    .updateTable('call')
    .set({ state: 'open', send_by: sendBy, ended_at: null })
    .where('key', '=', row.key)
    .execute()
  for (const { register } of rows) {
    const known = await lockRights(tx, account, register)
    if (known?.rights.op?.call !== row.key) continue
    const change = { cause: 'booked', callKey: row.key, isNews: false } as const
    await changeRights(tx, context, register, known, { do: 'reopen', sendBy }, change)
  }
  return { call, rows, sendBy }
}
