/**
 * Looks at a shop's real shelf: orders up to now, then stock, then orders again. Only when no order moved in between
 * is a difference a fact. It settles absolute writes, writes whose outcome is unknown, and finds what nobody told us.
 */

import type { Channel, RawDelivery } from '../channel.ts'
import type { Clock } from '../clock.ts'
import { type AccountId, asId, type Instant, type OrderId, type RegisterId, type SkuId } from '../domain.ts'
import { PEOPLE } from '../ledger/manual.ts'
import type { Log } from '../log.ts'
import { componentsOf } from '../planner/registers.ts'
import { believedUnits, type Look, looked, type Rights } from '../planner/rights.ts'
import type { Store } from '../store/index.ts'
import type { Db, Tx } from '../store/tables.ts'
import { countOf, countsStock } from './authority.ts'
import { endCall } from './calls.ts'
import { listingsInDoubt } from './copies.ts'
import { type Before, lookAt, lookedFrom, openUnits, shelfOf, shippable } from './look.ts'
import { changeRights, lockRights } from './rights.ts'

export interface ObserveContext {
  readonly db: Db
  readonly transaction: Store['transaction']
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly log: Log
  readonly newId: () => string
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<unknown>
  /** Polls the shop's orders up to now and posts them. */
  ordersUpToNow(account: AccountId): Promise<void>
  posted(): Promise<void>
  /** Registers of this account that were settled loosely; kept by whoever looks again and again. */
  readonly loose?: Map<RegisterId, Loose>
}

/**
 * A write was settled by a look during which orders moved: how many were sold when the shelf was read nobody can say, so the most
 * was taken for true, and so many units may be held for nobody. A look in a calm moment gives them back.
 */
export interface Loose {
  readonly units: number
  readonly since: Instant
}

export interface Observation {
  readonly compared: number
  /** Registers whose shelf was not what we believed. */
  readonly drifted: number
  /** Registers that could not be judged this time: orders moved, or a write was under way. */
  readonly unsettled: number
  readonly skus: ReadonlySet<SkuId>
}

/** Compares these registers, or all of the account's. */
export async function observe(context: ObserveContext, only?: readonly RegisterId[]): Promise<Observation> {
  const { account, channel, clock } = context
  await context.ordersUpToNow(account)
  const registers = only ?? (await knownRegisters(context))
  const before = new Map<string, Before>()
  for (let at = 0; at < registers.length; at += registersPerStatement)
    for (const [register, known] of await facts(context, registers.slice(at, at + registersPerStatement)))
      before.set(register, known)
  const startedAt = clock.now()
  const isWalked = only === undefined && registers.length > walkedFrom && channel.abilities.polls.includes('stock')
  if (isWalked) await walkShelves(context)
  await fetchShelves(context, isWalked ? await unreadSince(context, registers, startedAt) : registers)
  await context.ordersUpToNow(account)
  if (only && channel.abilities.orderListLags && !channel.abilities.relativeWrites)
    await fetchOrders(context, await shippable(context.db, account, registers))
  return await judge(context, registers, before, startedAt)
}

/** Databases take some ten thousand parameters in a statement. */
const registersPerStatement = 5000
/** Asked for by name in small portions, more registers than this cost a shop more than the list of all it has. */
const walkedFrom = 500
/** Deliveries of a walk that are kept together; each may hold a hundred shelves. */
const deliveriesPerAppend = 20

async function walkShelves({ account, channel, append, posted }: ObserveContext): Promise<void> {
  let deliveries: RawDelivery[] = []
  for await (const delivery of channel.poll('stock', { since: 0 })) {
    deliveries.push(delivery)
    if (deliveries.length < deliveriesPerAppend) continue
    await append(account, deliveries)
    deliveries = []
  }
  await append(account, deliveries)
  await posted()
}

async function fetchShelves(context: ObserveContext, registers: readonly RegisterId[]): Promise<void> {
  const { account, channel } = context
  for (let at = 0; at < registers.length; at += channel.limits.itemsPerFetch) {
    const ids = registers.slice(at, at + channel.limits.itemsPerFetch)
    await context.append(account, await channel.fetch({ kind: 'stock', ids }))
  }
  await context.posted()
}

async function fetchOrders(context: ObserveContext, orders: readonly OrderId[]): Promise<void> {
  const { account, channel } = context
  for (let at = 0; at < orders.length; at += channel.limits.itemsPerFetch) {
    const ids = orders.slice(at, at + channel.limits.itemsPerFetch)
    await context.append(account, await channel.fetch({ kind: 'orders', ids }))
  }
  await context.posted()
}

/** What a walk left out: a counter that the shop's list does not show is asked for by its name. */
async function unreadSince(
  { db, account }: ObserveContext,
  registers: readonly RegisterId[],
  startedAt: number,
): Promise<RegisterId[]> {
  const rows = await db
    .selectFrom('shelf')
    .select('register')
    .where('account', '=', account)
    .where('read_at', '>=', startedAt)
    .execute()
  const read = new Set(rows.map(({ register }) => register))
  return registers.filter((register) => !read.has(register))
}

async function knownRegisters({ db, account }: ObserveContext): Promise<RegisterId[]> {
  const rows = await db
    .selectFrom('listing')
    .select('register')
    .distinct()
    .where('account', '=', account)
    .where('register', 'is not', null)
    .where('state', '<>', 'deleted')
    .execute()
  return rows.flatMap(({ register }) => (register === null ? [] : [asId<'register'>(register)]))
}

async function facts(
  { db, account, clock }: ObserveContext,
  registers: readonly RegisterId[],
): Promise<Map<string, Before>> {
  if (registers.length === 0) return new Map()
  const at = clock.now()
  const open = await openUnits(db, account, registers)
  const rows = await db
    .selectFrom('listing')
    .leftJoin('rights', (join) =>
      join.onRef('rights.account', '=', 'listing.account').onRef('rights.register', '=', 'listing.register'),
    )
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'listing.account')
        .onRef('register_count.register', '=', 'listing.register'),
    )
    .select(['listing.register', 'rights.rev', 'register_count.taken_units'])
    .where('listing.account', '=', account)
    .where('listing.register', 'in', registers)
    .execute()
  return new Map(
    rows.map(({ register, rev, taken_units }) => [
      register ?? '',
      { takenUnits: taken_units ?? 0, openUnits: open.get(register ?? '') ?? 0, rightsRev: rev ?? undefined, at },
    ]),
  )
}

async function judge(
  context: ObserveContext,
  registers: readonly RegisterId[],
  before: ReadonlyMap<string, Before>,
  startedAt: number,
): Promise<Observation> {
  const { account } = context
  const skus = new Set<SkuId>()
  let compared = 0
  let drifted = 0
  let unsettled = 0
  const inDoubt = await registersInDoubt(context)
  const counted: RawDelivery[] = []
  for (const register of registers) {
    if (inDoubt.has(register)) {
      unsettled++
      continue
    }
    const known = before.get(register)
    const verdict = known
      ? await context.transaction((tx) => judgeOne(tx, context, register, known, startedAt))
      : 'unsettled'
    if (known && verdict !== 'unsettled') counted.push(...(await countedThere(context, register, known, startedAt)))
    if (verdict === 'unsettled') unsettled++
    else compared++
    if (verdict === 'drifted' || verdict === 'settled') {
      if (verdict === 'drifted') drifted++
      for (const sku of await context.transaction((tx) => componentsOf(tx, account, [register]))) skus.add(sku)
    }
  }
  if (counted.length > 0) {
    await context.append(PEOPLE, counted)
    await context.posted()
  }
  return { compared, drifted, unsettled, skus }
}

/** What people counted in a shop that is the stock authority. */
async function countedThere(
  context: ObserveContext,
  register: RegisterId,
  before: Before,
  startedAt: Instant,
): Promise<RawDelivery[]> {
  const { account, channel } = context
  if (!channel.abilities.countsOnHand) return []
  return await context.transaction(async (tx) => {
    const shelf = (await countsStock(tx, account)) ? await shelfOf(tx, account, register) : undefined
    if (!shelf || shelf.on_hand_units === null || shelf.committed_units === null || shelf.read_at < startedAt) return []
    const openNow = (await openUnits(tx, account, [register])).get(register) ?? 0
    const found = await countOf(tx, account, register, {
      onHandUnits: shelf.on_hand_units,
      committedUnits: shelf.committed_units,
      openUnits: [before.openUnits, openNow],
      delivery: shelf.delivery,
    })
    return found ? [found] : []
  })
}

/** Registers that a copy of an order, made or taken back just now, may or may not have moved. */
async function registersInDoubt({ db, account }: ObserveContext): Promise<ReadonlySet<string>> {
  const listings = [...(await listingsInDoubt(db, account))]
  if (listings.length === 0) return new Set()
  const rows = await db
    .selectFrom('listing')
    .select('register')
    .where('account', '=', account)
    .where('listing', 'in', listings)
    .execute()
  return new Set(rows.flatMap(({ register }) => register ?? []))
}

type Verdict = 'same' | 'settled' | 'drifted' | 'unsettled'

async function judgeOne(
  tx: Tx,
  context: ObserveContext,
  register: RegisterId,
  before: Before,
  startedAt: Instant,
): Promise<Verdict> {
  const { account, channel, clock, log } = context
  const shelf = await shelfOf(tx, account, register)
  const known = await lockRights(tx, account, register)
  // A write that ended between the lists may or may not be in what was read.
  if (!shelf || shelf.read_at < startedAt || known?.rev !== before.rightsRev) return 'unsettled'
  const takenUnits = known?.takenUnits ?? (await takenOf(tx, account, register))
  const look = await lookAt(tx, context, register, shelf, before, takenUnits)
  if (!look) return 'unsettled'
  const { checkouts } = channel.abilities
  const seen = { look, from: lookedFrom(shelf, before), checkouts }
  if (!known) {
    const step = { do: 'adopt', ...seen } as const
    await changeRights(tx, context, register, { rights: undefined, takenUnits }, step, {
      cause: 'adopted',
      isNews: true,
    })
    return 'settled'
  }
  const found = looked(known.rights, look, checkouts)
  if (found.verdict === 'open') return 'unsettled'
  const looseUnits = context.loose?.get(register)?.units ?? 0
  noteLoose(context, register, known.rights, look)
  const isNews = JSON.stringify(found.rights) !== JSON.stringify(known.rights)
  if (!isNews) return 'same'
  const { op } = known.rights
  const change = { isNews, ...(op && { callKey: op.call }) }
  const step = { do: 'look', ...seen } as const
  if (op) await endCall(tx, op.call, 'done', { settledByLook: true }, clock.now())
  const isTightened = found.verdict === 'drift' && found.byUnits < 0 && -found.byUnits <= looseUnits
  if (found.verdict === 'explained' || isTightened) {
    await changeRights(tx, context, register, known, step, { ...change, cause: 'looked' })
    return 'settled'
  }
  await changeRights(tx, context, register, known, step, { ...change, cause: 'drift', drift: found.byUnits })
  const believed = believedUnits(known.rights, takenUnits)
  log.info('shelf differed', { account, register, believed, found: look.shownUnits, byUnits: found.byUnits })
  return 'drifted'
}

function noteLoose({ loose, clock }: ObserveContext, register: RegisterId, rights: Rights, look: Look): void {
  const before = loose?.get(register)
  const units = look.takenUnitsMax - look.takenUnitsMin
  const isSettling = rights.op !== undefined || rights.pend !== undefined
  if (units > 0 && (isSettling || before)) loose?.set(register, { units, since: before?.since ?? clock.now() })
  else loose?.delete(register)
}

async function takenOf(tx: Tx, account: AccountId, register: RegisterId): Promise<number> {
  const row = await tx
    .selectFrom('register_count')
    .select('taken_units')
    .where('account', '=', account)
    .where('register', '=', register)
    .executeTakeFirst()
  return row?.taken_units ?? 0
}

const lookAgainMs = 60_000

/** Registers that wait for a look: an absolute write to settle, an unknown outcome, or a shelf never seen. */
export async function registersToObserve(
  db: Db,
  account: AccountId,
  settledBefore: number,
  now: Instant,
): Promise<RegisterId[]> {
  const open = await db
    .selectFrom('rights')
    .select('register')
    .where('account', '=', account)
    .where('updated_at', '<=', settledBefore)
    .where((eb) =>
      eb.or([
        eb('pend', 'is not', null),
        eb('op', 'like', '%unknownSince%'),
        // The checkouts for which units were held are dead now.
        eb.and([eb('hold', '>', 0), eb('hold_until', '<=', now)]),
        // Those that can be seen may be gone sooner.
        eb.and([eb('hold', '>', 0), eb('updated_at', '<=', now - lookAgainMs)]),
      ]),
    )
    // What the shop has deleted has no shelf to look at.
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('listing')
          .select('listing')
          .whereRef('listing.account', '=', 'rights.account')
          .whereRef('listing.register', '=', 'rights.register')
          .where('listing.state', '<>', 'deleted'),
      ),
    )
    .limit(1000)
    .execute()
  const unseen = await db
    .selectFrom('listing')
    .leftJoin('rights', (join) =>
      join.onRef('rights.account', '=', 'listing.account').onRef('rights.register', '=', 'listing.register'),
    )
    .select('listing.register')
    .distinct()
    .where('listing.account', '=', account)
    .where('listing.register', 'is not', null)
    .where('listing.state', '<>', 'deleted')
    .where('rights.register', 'is', null)
    .limit(1000)
    .execute()
  const uncounted = await uncountedRegisters(db, account)
  return [...open, ...unseen, ...uncounted].flatMap(({ register }) =>
    register === null ? [] : [asId<'register'>(register)],
  )
}

/** Where a shop is the stock authority: what it sells of a sku that nobody has counted in Onhand yet. */
const uncountedRegisters = async (db: Db, account: AccountId) =>
  await db
    .selectFrom('balance')
    .innerJoin('link', (join) =>
      join.onRef('link.merchant', '=', 'balance.merchant').onRef('link.sku', '=', 'balance.sku'),
    )
    .innerJoin('listing', (join) =>
      join.onRef('listing.account', '=', 'link.account').onRef('listing.listing', '=', 'link.listing'),
    )
    .innerJoin('account', 'account.id', 'link.account')
    .select('listing.register')
    .distinct()
    .where('balance.counted_at', 'is', null)
    .where('link.account', '=', account)
    .where('link.units', '>', 0)
    .where('listing.state', '<>', 'deleted')
    .where('account.counts_stock', '=', 1)
    .limit(1000)
    .execute()
