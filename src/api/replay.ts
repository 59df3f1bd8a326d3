/** Reading a delivery again: a copy of it goes through the inbox, so that history only grows and every age can be read again. */

import { asId } from '../domain.ts'
import { PEOPLE } from '../ledger/manual.ts'
import type { ApiDeps } from './deps.ts'
import { notFound, type Refusal, refuse } from './refusal.ts'

export interface Replayed {
  /** The copy that was read. */
  readonly delivery: string
  readonly outcome: string
  readonly reason: string | null
}

/** A parked delivery is no problem any more after this; its copy may become one. */
export async function replay(deps: ApiDeps, id: string): Promise<Replayed | Refusal> {
  const { db, newId } = deps.store
  const row = await db.selectFrom('inbox').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return notFound(`delivery ${id}`)
  const read = await db.selectFrom('reading_receipt').selectAll().where('delivery', '=', id).executeTakeFirst()
  if (!read) return refuse(409, 'This delivery has not been read yet; it is read by itself in a moment.')
  const isParked = read.outcome === 'parked'
  // A person's entry adds to the count each time it is posted.
  if (row.account === PEOPLE && !isParked)
    return refuse(409, 'This entry is in the count already; reading it again would count it twice.')

  // The key of a retry is the same for two that ask at once.
  const key = isParked ? `again:${id}:${read.at}` : `again:${id}:${newId()}`
  const [added] = await deps.engine.inbox.append(asId(row.account), [
    {
      source: row.source,
      topic: row.topic,
      key,
      body: row.body,
      shopTime: row.shop_time ?? undefined,
      // It is as old as it was: what is known since must not be overwritten by it.
      fetchStartedAt: row.fetch_started_at ?? row.received_at,
    },
  ])
  if (isParked && added)
    await db
      .updateTable('reading_receipt')
      .set({ outcome: 'dismissed', reason: `Read again as ${added}.`, at: deps.clock.now() })
      .where('delivery', '=', id)
      .execute()
  await deps.engine.ledger.drain()
  return await outcomeOf(deps, row.account, key)
}

async function outcomeOf({ store: { db } }: ApiDeps, account: string, key: string): Promise<Replayed> {
  const row = await db
    .selectFrom('inbox')
    .leftJoin('reading_receipt', 'reading_receipt.delivery', 'inbox.id')
    .select(['inbox.id', 'reading_receipt.outcome', 'reading_receipt.reason'])
    .where('inbox.account', '=', account)
    .where('inbox.key', '=', key)
    .executeTakeFirstOrThrow()
  return { delivery: row.id, outcome: row.outcome ?? 'waiting', reason: row.reason }
}
