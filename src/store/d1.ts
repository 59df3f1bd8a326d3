/** The inbox at the edge: Cloudflare D1, where deliveries wait until the core pulls them. */

import type { RawDelivery } from '../channel.ts'
import type { AccountId } from '../domain.ts'

/** The few members of D1's binding that are used here; the platform's own type needs its whole type package. */
export interface D1 {
  prepare(text: string): D1Statement
}

interface D1Statement {
  bind(...values: readonly (string | number | null)[]): D1Statement
  run(): Promise<unknown>
}

const schema = `create table if not exists inbox (
  id integer primary key autoincrement,
  account text not null,
  source text not null,
  topic text not null,
  key text not null,
  body text not null,
  shop_time integer,
  received_at integer not null,
  unique (account, key)
)`

const insert = `insert into inbox (account, source, topic, key, body, shop_time, received_at)
  values (?, ?, ?, ?, ?, ?, ?) on conflict (account, key) do nothing`

/** Appends one delivery; resolves after D1 has it. */
export function createEdgeInbox(
  db: D1,
  now: () => number,
): (account: AccountId, delivery: RawDelivery) => Promise<void> {
  let ready: Promise<unknown> | undefined
  return async (account, delivery) => {
    ready ??= db.prepare(schema).run()
    await ready
    const { source, topic, key, body, shopTime } = delivery
    await db
      .prepare(insert)
      .bind(account, source, topic, key, body, shopTime ?? null, now())
      .run()
  }
}
