/** The inbox: every delivery is on the disk before anybody is told that it arrived. */

import { CompiledQuery } from 'kysely'
import type { RawDelivery } from '../channel.ts'
import type { Clock } from '../clock.ts'
import type { AccountId, DeliveryId } from '../domain.ts'
import { asId } from '../domain.ts'
import type { Store } from '../store/index.ts'
import type { InboxTable } from '../store/tables.ts'

export interface Inbox {
  /**
   * Resolves after the commit, with the ids of those that were new; an already known key is left out.
   * All appends that wait in the same turn share one transaction and one fsync. While many senders take turns, a commit also
   * waits a moment for those whom the last one answered: they are about to send their next.
   * Rejects with InboxFull when too many wait.
   */
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<DeliveryId[]>
  /** Deliveries that wait for a commit. */
  waiting(): number
}

export class InboxFull extends Error {
  override readonly name = 'InboxFull'
  constructor() {
    super('Too many deliveries wait to be stored; try again in a moment.')
  }
}

const waitingMax = 10_000
/** A commit waits no longer than this for more to come: a shop's patience is seconds. */
const gatherMsMax = 10
/** Statements of every length up to this are kept as text: building one costs more than running it. */
const rowsPerStatement = 64

/** No database keeps a NUL character, and a text in JSON has none: such a message is kept readable for people, and stops nobody. */
const storable = (text: string) => text.replaceAll('\0', '\uFFFD')

interface Waiting {
  readonly account: AccountId
  readonly deliveries: readonly RawDelivery[]
  readonly done: (ids: DeliveryId[]) => void
  readonly failed: (error: unknown) => void
}

export function createInbox(deps: { store: Store; clock: Clock; onAppended: () => void }): Inbox {
  const { store, clock } = deps
  const inserts = new Map<number, string>()
  let queue: Waiting[] = []
  let count = 0
  let running = false
  let last = { endedAt: -Infinity, tookMs: 0, senders: 0 }
  let enough = () => {}

  /** Resolves with what tells everyone of the batch. */
  async function commit(batch: readonly Waiting[]): Promise<() => void> {
    const rows = batch.flatMap(({ account, deliveries }) => deliveries.map((delivery) => rowOf(account, delivery)))
    const stored = await store.transaction(async (tx) => {
      const ids = new Set<string>()
      for (let at = 0; at < rows.length; at += rowsPerStatement) {
        const some = rows.slice(at, at + rowsPerStatement)
        const inserted = await tx.executeQuery<{ id: string }>(
          CompiledQuery.raw(insertOf(some), some.flatMap(Object.values)),
        )
        for (const { id } of inserted.rows) ids.add(id)
      }
      return ids
    })
    return () => {
      let next = 0
      for (const { deliveries, done } of batch) {
        const ids = rows.slice(next, next + deliveries.length).map(({ id }) => id)
        next += deliveries.length
        done(ids.filter((id) => stored.has(id)).map((id) => asId<'delivery'>(id)))
      }
      if (stored.size > 0) deps.onAppended()
    }
  }

  /** The statement that inserts so many rows; its parameters are theirs, row by row, in the order of the columns. */
  function insertOf(some: readonly InboxTable[]): string {
    const known = inserts.get(some.length)
    if (known !== undefined) return known
    const { sql } = store.db
      .insertInto('inbox')
      .values(some)
      .onConflict((conflict) => conflict.columns(['account', 'key']).doNothing())
      .returning('id')
      .compile()
    inserts.set(some.length, sql)
    return sql
  }

  const rowOf = (account: AccountId, delivery: RawDelivery): InboxTable => ({
    id: store.newId(),
    account,
    source: delivery.source,
    topic: storable(delivery.topic),
    key: storable(delivery.key),
    body: storable(delivery.body),
    shop_time: delivery.shopTime ?? null,
    fetch_started_at: delivery.fetchStartedAt ?? null,
    received_at: clock.now(),
  })

  /**
   * Waits for as many as were answered or kept waiting by the last commit, while they keep coming. Once nothing has come for
   * as long as two commits take, waiting costs more than it saves.
   */
  async function gather(): Promise<void> {
    const startedAt = clock.monotonic()
    const isBusy = startedAt - last.endedAt < gatherMsMax
    for (let seen = 0; queue.length > seen; ) {
      seen = queue.length
      // A turn, so that every append of this turn joins, and whatever the network has already brought.
      await new Promise<void>((resolve) => setImmediate(resolve))
      const quietMs = Math.min(2 * last.tookMs, startedAt + gatherMsMax - clock.monotonic())
      if (!isBusy || quietMs <= 0) return
      if (queue.length >= last.senders) continue
      const everybody = new Promise<void>((resolve) => {
        enough = resolve
      })
      await Promise.race([clock.sleep(quietMs), everybody])
    }
  }

  async function run(): Promise<void> {
    await gather()
    const batch = queue
    queue = []
    const startedAt = clock.monotonic()
    const tell = await commit(batch).catch((error: unknown) => () => {
      for (const { failed } of batch) failed(error)
    })
    const endedAt = clock.monotonic()
    last = { endedAt, tookMs: endedAt - startedAt, senders: batch.length + queue.length }
    // Before anybody is told: who then comes back finds room.
    count -= batch.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
    running = false
    tell()
    start()
  }

  function start(): void {
    if (running || queue.length === 0) return
    running = true
    void run()
  }

  return {
    append(account, deliveries) {
      if (deliveries.length === 0) return Promise.resolve([])
      if (count + deliveries.length > waitingMax && count > 0) return Promise.reject(new InboxFull())
      count += deliveries.length
      return new Promise((done, failed) => {
        queue.push({ account, deliveries, done, failed })
        if (queue.length >= last.senders) enough()
        start()
      })
    },
    waiting: () => count,
  }
}
