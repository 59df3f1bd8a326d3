/** After a stop in mid-flight: what was under way is resent when that is safe, and looked up when it is not. */

import type { Clock } from '../clock.ts'
import type { OpInFlight } from '../planner/rights.ts'
import type { Store } from '../store/index.ts'

/**
 * Puts everything that was flying back to due. A write whose answer nobody heard becomes an unknown outcome:
 * stock is read before it is written again, an order is searched for before it is created again.
 */
export async function recover(store: Store, clock: Clock): Promise<{ calls: number }> {
  return await store.transaction(async (tx) => {
    const now = clock.now()
    const open = await tx
      .updateTable('call')
      .set({ state: 'unknown', ended_at: now })
      .where('state', '=', 'open')
      .returning('key')
      .execute()
    await tx
      .updateTable('receipt')
      .set({ state: 'due', due_at: now, call_key: null, updated_at: now })
      .where('state', '=', 'flying')
      .execute()
    const flying = await tx
      .selectFrom('rights')
      .select(['account', 'register', 'op'])
      .where('op', 'is not', null)
      .execute()
    for (const { account, register, op } of flying) {
      // Safe: written by the dispatcher only.
      const inFlight = JSON.parse(op ?? 'null') as OpInFlight | null
      if (!inFlight || inFlight.unknownSince !== undefined) continue
      await tx
        .updateTable('rights')
        .set({ op: JSON.stringify({ ...inFlight, unknownSince: now }), updated_at: now })
        .where('account', '=', account)
        .where('register', '=', register)
        .execute()
    }
    return { calls: open.length }
  })
}
