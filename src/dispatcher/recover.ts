/** After a stop in mid-flight: what was under way is resent when that is safe, and looked up when it is not. */

import type { Clock } from '../clock.ts'
import { asId } from '../domain.ts'
import { rightsOf } from '../planner/registers.ts'
import type { Store } from '../store/index.ts'
import { changeRights } from './rights.ts'

/** Longer than any call is under way: what flies since then was another process's, which has died since. */
export const strandedAfterMs = 5 * 60_000

/**
 * Puts everything that was flying back to due, or only what has flown for so long. A write whose answer nobody heard becomes an unknown outcome: a keyed call is
 * sent again as it was, any other waits for a look at the shelf; an order is searched for before it is created again.
 */
export async function recover(store: Store, clock: Clock, flyingForMs = 0): Promise<{ calls: number }> {
  return await store.transaction(async (tx) => {
    const now = clock.now()
    const since = now - flyingForMs
    const open = await tx
      .updateTable('call')
      .set({ state: 'unknown', ended_at: now })
      .where('state', '=', 'open')
      .where('send_by', '<=', flyingForMs === 0 ? Number.MAX_SAFE_INTEGER : since)
      .returning('key')
      .execute()
    await tx
      .updateTable('receipt')
      .set({ state: 'due', due_at: now, call_key: null, updated_at: now })
      .where('state', '=', 'flying')
      .where('updated_at', '<=', since)
      .execute()
    const flying = await tx
      .selectFrom('rights')
      .leftJoin('register_count', (join) =>
        join
          .onRef('register_count.account', '=', 'rights.account')
          .onRef('register_count.register', '=', 'rights.register'),
      )
      .select(['rights.account', 'rights.register', 'entitlement', 'hold', 'hold_until', 'op', 'pend', 'taken_units'])
      .where('op', 'is not', null)
      .execute()
    for (const row of flying) {
      const rights = rightsOf(row)
      if (!rights.op || rights.op.unknownSince !== undefined) continue
      if (flyingForMs > 0 && rights.op.sendBy > since) continue
      const context = { account: asId<'account'>(row.account), clock, newId: store.newId }
      const known = { rights, takenUnits: row.taken_units ?? 0 }
      const change = { cause: 'in doubt', callKey: rights.op.call, isNews: false } as const
      await changeRights(tx, context, asId(row.register), known, { do: 'doubt', now }, change)
    }
    return { calls: open.length }
  })
}
