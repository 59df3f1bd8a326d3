/** Work that goes out one call at a time: the next due subject of a kind, with what is intended for it now. */

import { sql } from 'kysely'
import type { Clock } from '../clock.ts'
import type { AccountId } from '../domain.ts'
import type { Tx } from '../store/tables.ts'
import { fly } from './receipts.ts'

export interface Due<Target> {
  readonly subject: string
  readonly rev: number
  readonly attempts: number
  readonly target: Target
}

/**
 * Takes the longest due receipt of this kind and marks it as flying; undefined when nothing is due.
 * `Target` is the shape that the planner's file for this kind writes, the only writer of such intents.
 */
export async function takeDue<Target>(
  tx: Tx,
  kind: 'order' | 'tracking',
  { account, clock }: { account: AccountId; clock: Clock },
): Promise<Due<Target> | undefined> {
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
    .where('receipt.kind', '=', kind)
    // Written out, so that the index of the due ones serves.
    .where('receipt.state', '=', sql.lit('due'))
    .where('receipt.due_at', '<=', clock.now())
    .orderBy('receipt.due_at')
    .limit(1)
    .forUpdate('receipt')
    .skipLocked()
    .executeTakeFirst()
  if (!row) return undefined
  await fly(tx, { account, kind, subject: row.subject }, null, clock.now())
  return { subject: row.subject, rev: row.rev, attempts: row.attempts, target: JSON.parse(row.target) as Target }
}
