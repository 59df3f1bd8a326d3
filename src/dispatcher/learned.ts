/** What a shop taught us of itself that no document says: kept with the account, so that it is learned once. */

import { z } from 'zod'
import type { AccountId } from '../domain.ts'
import type { Db, Tx } from '../store/tables.ts'

const learned = z.object({
  /** Whether a counter may be set to 0, from the first answer to one that was. */
  zeroWritable: z.enum(['yes', 'no']).optional(),
})

export type Learned = z.infer<typeof learned>

export async function learnedOf(db: Db | Tx, account: AccountId): Promise<Learned> {
  const row = await db.selectFrom('account').select('learned').where('id', '=', account).executeTakeFirst()
  return learned.parse(JSON.parse(row?.learned ?? '{}'))
}

/** Keeps a lesson; the planner counts with it, so that whatever sells there is planned again. */
export async function learn(tx: Tx, account: AccountId, lesson: Learned): Promise<void> {
  const known = await learnedOf(tx, account)
  if (Object.entries(lesson).every(([name, value]) => Reflect.get(known, name) === value)) return
  await tx
    .updateTable('account')
    .set((eb) => ({ learned: JSON.stringify({ ...known, ...lesson }), rev: eb('rev', '+', 1) }))
    .where('id', '=', account)
    .execute()
}
