/** Polling: what a shop changed since the last look, with an overlap, so that a lost webhook costs time and nothing else. */

import type { Channel, RawDelivery, Topic } from '../channel.ts'
import type { Clock } from '../clock.ts'
import type { AccountId } from '../domain.ts'
import type { Store } from '../store/index.ts'

/** Shops' clocks and search indexes run behind by seconds; what is seen twice is one delivery by its key. */
const overlapMs = 10_000
/** A new account's orders are read from this far back. */
const firstLookMs = 24 * 3_600_000
const deliveriesPerAppend = 100

/** Every so often a walk goes further back, for shops whose list of orders shows late what was there before. */
const farEveryMs = 5 * 60_000
const farOverlapMs = 15 * 60_000

export interface PollDeps {
  readonly store: Store
  readonly clock: Clock
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<unknown>
}

export interface Poller {
  /** Walks one topic up to now and moves its cursor. Calls for the same account and topic that overlap share one walk after the running one. */
  poll(account: AccountId, channel: Channel, topic: Topic): Promise<void>
  /** The next walk of these topics begins there, if it would have begun later. */
  rewind(account: AccountId, topics: readonly Topic[], since: number): Promise<void>
}

export function createPoller(deps: PollDeps): Poller {
  const { store, clock } = deps
  const running = new Map<string, Promise<void>>()
  const queued = new Map<string, Promise<void>>()
  const wentFarAt = new Map<AccountId, number>()

  async function walk(account: AccountId, channel: Channel, topic: Topic): Promise<void> {
    const startedAt = clock.now()
    const cursor = await store.db
      .selectFrom('cursor')
      .select('since')
      .where('account', '=', account)
      .where('topic', '=', topic)
      .executeTakeFirst()
    const since = topic === 'listings' ? (cursor?.since ?? 0) : (cursor?.since ?? startedAt - firstLookMs)
    const lags = topic === 'orders' && channel.abilities.orderListLags
    const isFar = lags && startedAt >= (wentFarAt.get(account) ?? -Infinity) + farEveryMs
    const from = isFar ? Math.min(since, startedAt - farOverlapMs) : since
    let batch: RawDelivery[] = []
    for await (const delivery of channel.poll(topic, { since: from })) {
      batch.push(delivery)
      if (batch.length < deliveriesPerAppend) continue
      await deps.append(account, batch)
      batch = []
    }
    await deps.append(account, batch)
    if (isFar) wentFarAt.set(account, startedAt)
    // Only a walk that came to its end moves the cursor.
    const next = { since: Math.max(since, startedAt - overlapMs), polled_at: startedAt }
    await store.db
      .insertInto('cursor')
      .values({ account, topic, ...next })
      .onConflict((conflict) => conflict.columns(['account', 'topic']).doUpdateSet(next))
      .execute()
  }

  function begin(key: string, account: AccountId, channel: Channel, topic: Topic): Promise<void> {
    const run = walk(account, channel, topic).finally(() => running.delete(key))
    running.set(key, run)
    return run
  }

  return {
    async rewind(account, topics, since) {
      await store.db
        .updateTable('cursor')
        .set({ since })
        .where('account', '=', account)
        .where('topic', 'in', topics)
        .where('since', '>', since)
        .execute()
    },
    poll(account, channel, topic) {
      const key = `${account} ${topic}`
      const current = running.get(key)
      if (!current) return begin(key, account, channel, topic)
      // One that began before this call may have passed what the caller wants to see.
      const waiting = queued.get(key)
      if (waiting) return waiting
      const next = current
        .catch(() => undefined)
        .then(() => {
          queued.delete(key)
          return begin(key, account, channel, topic)
        })
      queued.set(key, next)
      return next
    },
  }
}
