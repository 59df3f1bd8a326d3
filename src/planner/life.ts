/** Keeps how far every order is: its state, who must act, its deadlines, and when somebody should be told. */

import {
  type AccountId,
  asId,
  type Instant,
  type OrderId,
  type OrderSnapshot,
  parseReference,
  reference,
} from '../domain.ts'
import { want } from '../ledger/wanted.ts'
import { type Log, reasonOf } from '../log.ts'
import type { AccountTable, OrderHeadTable, OrderLifeTable, Tx } from '../store/tables.ts'
import { createHolidays } from './holidays.ts'
import { markPlanned, type OrderTarget, type TrackingTarget } from './intents.ts'
import {
  askAgainAt,
  isLegalMove,
  type OrderFacts,
  type OrderLife,
  type OrderStateTable,
  orderState,
  overdueAt,
  reachedBy,
} from './order-states.ts'
import { type Deadline, deadlinesOf, type MarketBook, openDeadlines, warningTimes } from './sla.ts'
import type { PlanContext } from './stock.ts'

/** The data that orders are judged by. */
export interface LifeRules {
  readonly states: OrderStateTable
  readonly markets: MarketBook
}

/** A deadline as it is kept: whether its clock still runs, when people are told, most patient first, and when it was met. */
export interface KeptDeadline extends Deadline {
  readonly isOpen: boolean
  /** By the shop's clock, when what it is about was first said to have happened; null while it has not. */
  readonly reachedAt: Instant | null
  readonly warnAt: readonly Instant[]
}

/** A move that the platform should not have made. */
export interface Oddity {
  readonly from: OrderLifeTable['state']
  readonly to: OrderLifeTable['state']
  readonly status: string
  readonly at: Instant
}

/** The newest ones are kept. */
const odditiesMax = 20

/** Keeps the life of one order. `isTimed`: its reservation timer has run out, so that the shop is asked. */
export type KeepLife = (
  tx: Tx,
  account: string,
  order: string,
  context: PlanContext,
  isTimed?: boolean,
) => Promise<void>

export function createLifeKeeper(rules: LifeRules, log: Log): KeepLife {
  const holidaysOf = createHolidays()
  /** A market whose calendar cannot be read must not hold up its orders: they go on without computed times. */
  function deadlines(order: OrderSnapshot, platform: string): readonly Deadline[] {
    try {
      return deadlinesOf(order, platform, rules.markets, holidaysOf)
    } catch (error) {
      log.error('no deadlines', { order: order.id, market: order.market ?? '', reason: reasonOf(error) })
      return []
    }
  }
  return (tx, account, order, context, isTimed = false) =>
    planLife(tx, { account, order, rules, deadlines, context, isTimed })
}

interface Planned {
  readonly account: string
  readonly order: string
  readonly rules: LifeRules
  deadlines(order: OrderSnapshot, platform: string): readonly Deadline[]
  readonly context: PlanContext
  readonly isTimed: boolean
}

/** Safe: written by the ledger only. */
const orderOf = (snapshot: string) => JSON.parse(snapshot) as OrderSnapshot

async function planLife(tx: Tx, planned: Planned): Promise<void> {
  const { account, order, rules, context } = planned
  // Of two processes the second one waits here, and sees what the first one has read.
  const head = await tx
    .selectFrom('order_head')
    .selectAll()
    .where('account', '=', account)
    .where('order_id', '=', order)
    .forUpdate()
    .executeTakeFirst()
  const shop = await tx
    .selectFrom('account')
    .select(['platform', 'fulfilled_by'])
    .where('id', '=', account)
    .executeTakeFirst()
  if (!head || !shop) return
  const snapshot = orderOf(head.snapshot)
  const facts = await factsOf(tx, head, snapshot, shop)
  const before = await tx
    .selectFrom('order_life')
    .selectAll()
    .where('account', '=', account)
    .where('order_id', '=', order)
    .executeTakeFirst()
  const found = orderState(facts, rules.states)
  const life = before?.state === found.state ? { ...found, since: before.since } : found
  const isCopy = head.reference !== null
  const told = isCopy ? [] : planned.deadlines(snapshot, shop.platform)
  const deadlines = keptDeadlines(told, { life, facts, before }, rules)
  // A state may hold several waits (for the payment, then for the hour of remorse): each has its own limit.
  const overdue = isCopy ? undefined : overdueAt(found, shop.platform, rules.states)
  const row = {
    is_copy: isCopy ? 1 : 0,
    state: life.state,
    since: life.since,
    next_actor: life.nextActor,
    deadlines: JSON.stringify(deadlines),
    oddities: JSON.stringify(odditiesOf(before, life, head, shop.platform, planned)),
    overdue_at: overdue ?? null,
    problem_at: firstOf([overdue, ...deadlines.flatMap(({ warnAt }) => warnAt)]),
  }
  await tx
    .insertInto('order_life')
    .values({ account, order_id: order, ...row })
    .onConflict((conflict) => conflict.columns(['account', 'order_id']).doUpdateSet(row))
    .execute()
  await keepTimer(tx, planned, facts, head, context.now)
}

async function factsOf(
  tx: Tx,
  head: OrderHeadTable,
  snapshot: OrderSnapshot,
  shop: Pick<AccountTable, 'platform' | 'fulfilled_by'>,
): Promise<OrderFacts> {
  const copies = head.reference === null && shop.fulfilled_by !== null ? await copiesOf(tx, head) : []
  const live = copies.find(({ phase }) => phase !== 'cancelled')
  const copy = live ?? copies[0]
  const parcels = await parcelsOf(tx, [head, ...copies])
  return {
    platform: shop.platform,
    phase: snapshot.phase,
    status: head.status,
    firstSeenAt: head.first_seen_at,
    phaseSince: head.phase_since,
    versionAt: head.version_at,
    isShippedByPlatform: head.fulfilment === 'platform',
    needsCopy: head.reference === null && head.fulfilment !== 'platform' && shop.fulfilled_by !== null,
    unlinkedLines: head.unlinked_lines,
    copy: copy && { seenAt: copy.first_seen_at, isCancelled: copy.phase === 'cancelled' },
    parcelSeenAt: parcels.length === 0 ? undefined : Math.min(...parcels.map(({ first_seen_at }) => first_seen_at)),
    isCancelAsked: snapshot.cancelRequest !== undefined,
    returns: (snapshot.returns ?? []).map(({ status }) => status),
    parked: await holdsOf(tx, head, shop.fulfilled_by, parcels),
  }
}

/** Newest first. More than a few exist only where people made them by hand. */
const copiesOf = async (tx: Tx, { account, order_id }: OrderHeadTable) =>
  await tx
    .selectFrom('order_head')
    .select(['account', 'order_id', 'phase', 'first_seen_at'])
    .where('reference', '=', reference(asId(account), asId(order_id)))
    .orderBy('first_seen_at', 'desc')
    .limit(10)
    .execute()

type Parcel = Pick<OrderHeadTable, 'account' | 'first_seen_at'> & { readonly shipment_id: string }

async function parcelsOf(tx: Tx, orders: readonly Pick<OrderHeadTable, 'account' | 'order_id'>[]): Promise<Parcel[]> {
  const found: Parcel[] = []
  for (const { account, order_id } of orders)
    found.push(
      ...(await tx
        .selectFrom('shipment')
        .select(['account', 'shipment_id', 'first_seen_at'])
        .where('account', '=', account)
        .where('order_id', '=', order_id)
        .where('cancelled', '=', 0)
        .execute()),
    )
  return found
}

/** What the planner itself holds back for a person: the copy, or a parcel. Safe: intents are written by the planner only. */
async function holdsOf(
  tx: Tx,
  { account, order_id }: OrderHeadTable,
  shipper: string | null,
  parcels: readonly Parcel[],
): Promise<string[]> {
  const subjects = parcels.map((parcel) => `${parcel.account}/${parcel.shipment_id}`)
  const intents = [
    ...(shipper === null ? [] : await intentsOf(tx, shipper, 'order', [`${account}/${order_id}`])),
    ...(subjects.length === 0 ? [] : await intentsOf(tx, account, 'tracking', subjects)),
  ]
  return intents.flatMap(({ target }) => {
    const told = JSON.parse(target) as OrderTarget | TrackingTarget
    return told.kind === 'hold' ? [told.reason] : []
  })
}

const intentsOf = async (tx: Tx, account: string, kind: 'order' | 'tracking', subjects: readonly string[]) =>
  await tx
    .selectFrom('intent')
    .select('target')
    .where('account', '=', account)
    .where('kind', '=', kind)
    .where('subject', 'in', subjects)
    .execute()

function odditiesOf(
  before: OrderLifeTable | undefined,
  life: OrderLife,
  { status }: OrderHeadTable,
  platform: string,
  { rules, context }: Planned,
): Oddity[] {
  // Safe: written by this file only.
  const known = before ? (JSON.parse(before.oddities) as Oddity[]) : []
  if (!before || isLegalMove(platform, before.state, life.state, rules.states)) return known
  return [...known, { from: before.state, to: life.state, status, at: context.now }].slice(-odditiesMax)
}

/** Clocks that somebody here can still do something about. A copy's clock is that of the order it stands for. */
const isClocked: ReadonlySet<OrderLife['state']> = new Set(['seen', 'ready', 'exported', 'shipping', 'shipped'])

interface RunningClock {
  readonly life: OrderLife
  readonly facts: OrderFacts
  readonly before: OrderLifeTable | undefined
}

function keptDeadlines(
  deadlines: readonly Deadline[],
  { life, facts, before }: RunningClock,
  { states, markets }: LifeRules,
): KeptDeadline[] {
  const reached = reachedBy(facts, states)
  const open = new Set(isClocked.has(life.state) ? openDeadlines(deadlines, reached) : [])
  // Safe: written by this file only.
  const known = before ? (JSON.parse(before.deadlines) as KeptDeadline[]) : []
  const reachedAt = ({ milestone }: Deadline) => {
    if (milestone === 'cancel' || !reached[milestone]) return null
    return known.find((kept) => kept.milestone === milestone)?.reachedAt ?? facts.versionAt
  }
  return deadlines.map((deadline) => ({
    ...deadline,
    isOpen: open.has(deadline),
    reachedAt: reachedAt(deadline),
    warnAt: open.has(deadline) ? warningTimes(deadline, markets) : [],
  }))
}

const firstOf = (times: readonly (Instant | undefined)[]): Instant | null => {
  const known = times.filter((at) => at !== undefined)
  return known.length === 0 ? null : Math.min(...known)
}

/** A timer that ran out asks the shop, and asks again until its answer is another. Nothing is released here. */
async function keepTimer(
  tx: Tx,
  planned: Planned,
  facts: OrderFacts,
  head: OrderHeadTable,
  now: Instant,
): Promise<void> {
  const { account, order, rules, context, isTimed } = planned
  const wakeAt = head.reference === null ? askAgainAt(facts, rules.states, now) : undefined
  const subject = `${account}/${order}`
  if (wakeAt !== undefined) {
    if (isTimed)
      await want(tx, asId<'account'>(account), { kind: 'orders', ids: [asId<'order'>(order)] }, context.newId)
    await markPlanned(tx, 'life', subject, head.stamp, wakeAt)
    return
  }
  await tx
    .updateTable('plan')
    .set({ wake_at: null })
    .where('book', '=', 'life')
    .where('subject', '=', subject)
    .execute()
}

/** The order that a copy stands for; undefined for an order of its own. */
export function originOf(reference: string | null): { account: AccountId; order: OrderId } | undefined {
  return reference === null ? undefined : parseReference(reference)
}
