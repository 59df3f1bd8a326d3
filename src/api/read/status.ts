/** Where everything stands, per account: what waits, how late the shops were told, which orders are where. */

import type { Account } from '../../accounts/accounts.ts'
import { idFloor } from '../../store/index.ts'
import type { Db } from '../../store/tables.ts'
import { orderStates } from './lives.ts'

export interface Work {
  readonly due: number
  readonly parked: number
  /** When the oldest thing that waits happened in its shop. */
  readonly oldestDueAt: number | null
}

/** What waits for its shop and what waits for a person; deliveries that could not be read count as parked. */
export async function workByAccount(db: Db): Promise<Map<string, Work>> {
  const receipts = await db
    .selectFrom('receipt')
    .select(['account', 'state'])
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.min(eb.fn.coalesce('caused_at', 'updated_at')).as('oldest'),
    ])
    .where('state', 'in', ['due', 'flying', 'parked'])
    .groupBy(['account', 'state'])
    .execute()
  const unread = await db
    .selectFrom('reading_receipt')
    .select('account')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('outcome', '=', 'parked')
    .groupBy('account')
    .execute()
  const work = new Map<string, Work>()
  const add = (account: string, due: number, parked: number, oldest: number | null) => {
    const before = work.get(account) ?? { due: 0, parked: 0, oldestDueAt: null }
    const oldestDueAt = oldest === null ? before.oldestDueAt : Math.min(oldest, before.oldestDueAt ?? oldest)
    work.set(account, { due: before.due + due, parked: before.parked + parked, oldestDueAt })
  }
  for (const { account, state, count, oldest } of receipts)
    if (state === 'parked') add(account, 0, Number(count), null)
    else add(account, Number(count), 0, Number(oldest))
  for (const { account, count } of unread) add(account, 0, Number(count), null)
  return work
}

export interface Latency {
  readonly publications: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

const hourMs = 3_600_000
/** An hour at 25 publications a second; beyond that the newest count. */
const publicationsMax = 100_000

/** From a shop's event to the acknowledged number, over the last hour. */
export async function latencyByAccount(db: Db, now: number): Promise<Map<string, Latency>> {
  const rows = await db
    .selectFrom('publication')
    .select(['account', 'latency_ms'])
    .where('id', '>', idFloor(now - hourMs))
    .where('latency_ms', 'is not', null)
    .orderBy('id', 'desc')
    .limit(publicationsMax)
    .execute()
  const samples = new Map<string, number[]>()
  for (const { account, latency_ms } of rows) {
    const mine = samples.get(account) ?? []
    mine.push(latency_ms ?? 0)
    samples.set(account, mine)
  }
  return new Map([...samples].map(([account, ms]) => [account, latencyOf(ms)]))
}

/** Nearest-rank percentiles. */
export function latencyOf(ms: readonly number[]): Latency {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
  return { publications: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
}

/** When each account was last asked for something, by any topic. */
export async function lastPolls(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('cursor')
    .select('account')
    .select((eb) => eb.fn.max('polled_at').as('at'))
    .groupBy('account')
    .execute()
  return new Map(rows.map(({ account, at }) => [account, Number(at)]))
}

/** How many orders are in each phase; copies that we made are none. */
export async function orderPhases(db: Db): Promise<Map<string, Record<string, number>>> {
  const rows = await db
    .selectFrom('order_head')
    .select(['account', 'phase'])
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('reference', 'is', null)
    .groupBy(['account', 'phase'])
    .execute()
  const phases = new Map<string, Record<string, number>>()
  for (const { account, phase, count } of rows) phases.set(account, { ...phases.get(account), [phase]: Number(count) })
  return phases
}

export interface AccountStatus {
  readonly id: string
  readonly title: string
  readonly platform: string
  readonly state: Account['state']
  readonly reason: string | null
  readonly due: number
  readonly parked: number
  readonly oldestDueAt: number | null
  readonly lastPollAt: number | null
  readonly latency: Latency
  /** By phase, and by state. */
  readonly orders: Readonly<Record<string, number>>
  readonly states: Readonly<Record<string, number>>
}

export async function accountStatuses(db: Db, accounts: readonly Account[], now: number): Promise<AccountStatus[]> {
  const work = await workByAccount(db)
  const latency = await latencyByAccount(db, now)
  const polls = await lastPolls(db)
  const phases = await orderPhases(db)
  const states = await orderStates(db)
  return accounts.map(({ id, title, platform, state, reason }) => ({
    id,
    title,
    platform,
    state,
    reason,
    ...(work.get(id) ?? { due: 0, parked: 0, oldestDueAt: null }),
    lastPollAt: polls.get(id) ?? null,
    latency: latency.get(id) ?? latencyOf([]),
    orders: phases.get(id) ?? {},
    states: states.get(id) ?? {},
  }))
}
