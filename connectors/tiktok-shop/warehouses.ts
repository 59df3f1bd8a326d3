/** Which warehouses are TikTok's own: their stock is TikTok's to move, and a write that names one is refused whole (12052144). */

import type { Clock } from '../../src/clock.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Client } from './client.ts'
import { platformWarehouses } from './types.ts'

/** Warehouses hardly change. */
const freshMs = 3_600_000

/**
 * Asked once an hour. Most shops have no such warehouses and many apps no permission to ask (105005): then none is known,
 * and a refused write is what tells. While the answer fails to come, what was known before stands.
 */
export function createPlatformWarehouses(client: Client, clock: Clock): () => Promise<ReadonlySet<string>> {
  let known: ReadonlySet<string> = new Set()
  let askedAt: number | undefined

  async function ask(): Promise<void> {
    const startedAt = clock.monotonic()
    try {
      const { data } = await client.call({
        method: 'GET',
        path: '/fbt/202408/warehouses',
        answer: platformWarehouses,
        repeatable: true,
        urgency: 'normal',
      })
      known = new Set(data.warehouses.flatMap((each) => each.fbt_warehouse_id ?? []))
      askedAt = startedAt
    } catch (error) {
      if (!(error instanceof ChannelError) || error.kind === 'throttled') throw error
      if (error.kind === 'auth' || error.kind === 'rejected') askedAt = startedAt
    }
  }

  return async () => {
    if (askedAt === undefined || clock.monotonic() - askedAt >= freshMs) await ask()
    return known
  }
}
