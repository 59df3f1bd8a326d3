/** What a person enters over the API becomes a delivery, so that history and replay have it. */

import { type ManualEntry, PEOPLE } from '../ledger/manual.ts'
import type { ApiDeps } from './deps.ts'
import { type Refusal, refuse } from './refusal.ts'

const topics = { receive: 'stock', adjust: 'stock', 'push-anyway': 'parcel', inspect: 'return' } as const

/** A person's entry takes the same way as a shop's delivery; the same key is entered once. Returns the delivery's id. */
export async function enter({ engine, store }: ApiDeps, entry: ManualEntry, key: string): Promise<string | Refusal> {
  const body = JSON.stringify(entry)
  const topic = topics[entry.kind]
  const [added] = await engine.inbox.append(PEOPLE, [{ source: 'manual', topic, key, body }])
  await engine.ledger.drain()
  if (added) return added
  const known = await store.db
    .selectFrom('inbox')
    .select(['id', 'body'])
    .where('account', '=', PEOPLE)
    .where('key', '=', key)
    .executeTakeFirstOrThrow()
  // The inbox remembers keys for longer than the table of answers does.
  return known.body === body ? known.id : refuse(422, 'This Idempotency-Key was used for another entry. Use a new one.')
}
