/** Fetches: the shops' answers to the ledger's questions go into the inbox, like anything else from outside. */

import { sql } from 'kysely'
import type { Channel, RawDelivery, Wanted } from '../channel.ts'
import type { Clock, Random } from '../clock.ts'
import { type AccountId, asId } from '../domain.ts'
import type { Store } from '../store/index.ts'
import type { Tx } from '../store/tables.ts'
import { channelError } from './calls.ts'
import { acknowledge, backoffMs, fly, gatheredMs, park, postpone } from './receipts.ts'

export interface FetchContext {
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly random: Random
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<unknown>
}

interface Taken {
  readonly subject: string
  readonly rev: number
}

/** Fetches what is due of one kind, at most one call's worth. */
export async function runFetch(store: Store, context: FetchContext, kind: Wanted['kind']): Promise<void> {
  const taken = await store.transaction((tx) => takeFetches(tx, context, kind))
  if (taken.length > 0) await fetchTaken(store, context, kind, taken)
}

async function fetchTaken(
  store: Store,
  context: FetchContext,
  kind: Wanted['kind'],
  taken: readonly Taken[],
): Promise<void> {
  const { account, channel, clock } = context
  const settle = (each: (tx: Tx, one: Taken) => Promise<void>) =>
    store.transaction(async (tx) => {
      for (const one of taken) await each(tx, one)
    })
  const key = (one: Taken) => ({ account, kind: `fetch:${kind}`, subject: one.subject })
  try {
    const deliveries = await channel.fetch(wantedOf(kind, taken))
    await context.append(account, deliveries)
    await settle((tx, one) => acknowledge(tx, key(one), one.rev, null, clock.now()))
  } catch (cause) {
    const error = channelError(cause)
    if (error.kind === 'rejected' && taken.length > 1) {
      // One of them is impossible; which one, the shop does not say.
      for (const one of taken) await fetchTaken(store, context, kind, [one])
      return
    }
    await settle((tx, one) =>
      error.kind === 'rejected'
        ? park(tx, key(one), one.rev, error.message, clock.now())
        : postpone(
            tx,
            key(one),
            one.rev,
            clock.now() + (error.retryAfterMs ?? backoffMs(0, context.random)),
            error.message,
            false,
            clock.now(),
          ),
    )
  }
}

async function takeFetches(tx: Tx, { account, channel, clock }: FetchContext, kind: string): Promise<Taken[]> {
  const now = clock.now()
  const waiting = await tx
    .selectFrom('receipt')
    .select(['subject', 'wanted', 'due_at'])
    .where('account', '=', account)
    .where('kind', '=', `fetch:${kind}`)
    // Written out, so that the index of the due ones serves.
    .where('state', '=', sql.lit('due'))
    // What is being gathered goes along; what waits after a failure keeps its hour.
    .where((eb) =>
      eb.or([
        eb('due_at', '<=', now),
        eb.and([eb('due_at', '<=', now + gatheredMs(`fetch:${kind}`)), eb('attempts', '=', 0)]),
      ]),
    )
    .orderBy('due_at')
    .limit(channel.limits.itemsPerFetch)
    // What another process is taking is being taken.
    .forUpdate()
    .skipLocked()
    .execute()
  // None goes before one of them is due.
  const due = waiting.some(({ due_at }) => due_at <= now) ? waiting : []
  for (const { subject } of due) await fly(tx, { account, kind: `fetch:${kind}`, subject }, null, now)
  return due.map(({ subject, wanted }) => ({ subject, rev: wanted }))
}

function wantedOf(kind: Wanted['kind'], taken: readonly Taken[]): Wanted {
  const subjects = taken.map(({ subject }) => subject)
  switch (kind) {
    case 'orders':
    case 'parcels':
      return { kind, ids: subjects.map((text) => asId<'order'>(text)) }
    case 'listings':
      return { kind, ids: subjects.map((text) => asId<'listing'>(text)) }
    case 'stock':
      return { kind, ids: subjects.map((text) => asId<'register'>(text)) }
    case 'references':
    case 'providers':
      return { kind, ids: subjects }
  }
}
