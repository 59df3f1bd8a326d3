/**
 * Looks at a shop's real shelf: orders up to now, then stock, then orders again. Only when no order moved in between
 * is a difference a fact. It settles absolute writes, writes whose outcome is unknown, and finds what nobody told us.
 */

import type { Channel, RawDelivery } from '../channel.ts'
import type { Clock } from '../clock.ts'
import { type AccountId, asId, type RegisterId, type SkuId } from '../domain.ts'
import type { Log } from '../log.ts'
import { believedUnits, type OpInFlight } from '../planner/rights.ts'
import type { Store } from '../store/index.ts'
import type { Db } from '../store/tables.ts'
import { listingsInDoubt } from './copies.ts'

export interface ObserveContext {
  readonly db: Db
  readonly transaction: Store['transaction']
  readonly account: AccountId
  readonly channel: Channel
  readonly clock: Clock
  readonly log: Log
  append(account: AccountId, deliveries: readonly RawDelivery[]): Promise<unknown>
  /** Polls the shop's orders up to now and posts them. */
  ordersUpToNow(account: AccountId): Promise<void>
  posted(): Promise<void>
}

export interface Observation {
  readonly compared: number
  /** Registers whose shelf was not what we believed. */
  readonly drifted: number
  /** Registers that could not be judged this time: orders moved, or a write was under way. */
  readonly unsettled: number
  readonly skus: ReadonlySet<SkuId>
}

/** A write without an answer may still land for this long after it was sent. */
const landsWithinMs = 20_000

interface Before {
  readonly takenUnits: number
  readonly rightsRev: number | undefined
}

/** Compares these registers, or all of the account's. */
export async function observe(context: ObserveContext, only?: readonly RegisterId[]): Promise<Observation> {
  const { account, channel, clock } = context
  await context.ordersUpToNow(account)
  const registers = only ?? (await knownRegisters(context))
  const before = await facts(context, registers)
  const startedAt = clock.now()
  const isWalked = only === undefined && registers.length > walkedFrom && channel.abilities.polls.includes('stock')
  if (isWalked) await walkShelves(context)
  await fetchShelves(context, isWalked ? await unreadSince(context, registers, startedAt) : registers)
  await context.ordersUpToNow(account)
  return await judge(context, registers, before, startedAt)
}

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

async function facts({ db, account }: ObserveContext, registers: readonly RegisterId[]): Promise<Map<string, Before>> {
  if (registers.length === 0) return new Map()
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
    rows.map((row) => [row.register ?? '', { takenUnits: row.taken_units ?? 0, rightsRev: row.rev ?? undefined }]),
  )
}

async function judge(
  context: ObserveContext,
  registers: readonly RegisterId[],
  before: ReadonlyMap<string, Before>,
  startedAt: number,
): Promise<Observation> {
  const skus = new Set<SkuId>()
  let compared = 0
  let drifted = 0
  let unsettled = 0
  const inDoubt = await registersInDoubt(context)
  for (const register of registers) {
    if (inDoubt.has(register)) {
      unsettled++
      continue
    }
    const verdict = await context.transaction((tx) =>
      judgeOne({ ...context, db: tx }, register, before.get(register), startedAt),
    )
    if (verdict === 'unsettled') unsettled++
    else compared++
    if (verdict === 'drifted' || verdict === 'adopted') {
      if (verdict === 'drifted') drifted++
      for (const sku of await skusOf(context, register)) skus.add(sku)
    }
  }
  return { compared, drifted, unsettled, skus }
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

type Verdict = 'same' | 'adopted' | 'drifted' | 'unsettled'

async function judgeOne(
  context: ObserveContext,
  register: RegisterId,
  before: Before | undefined,
  startedAt: number,
): Promise<Verdict> {
  const { db, account, clock, log } = context
  // What the register may still sell is set to a number below: nobody else may move it meanwhile.
  await db
    .selectFrom('rights')
    .select('rev')
    .where('account', '=', account)
    .where('register', '=', register)
    .forUpdate()
    .execute()
  const row = await db
    .selectFrom('shelf')
    .leftJoin('rights', (join) =>
      join.onRef('rights.account', '=', 'shelf.account').onRef('rights.register', '=', 'shelf.register'),
    )
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'shelf.account')
        .onRef('register_count.register', '=', 'shelf.register'),
    )
    .select([
      'shelf.available_units',
      'shelf.read_at',
      'rights.entitlement',
      'rights.op',
      'rights.pend',
      'rights.rev',
      'register_count.taken_units',
    ])
    .where('shelf.account', '=', account)
    .where('shelf.register', '=', register)
    .executeTakeFirst()
  const takenUnits = row?.taken_units ?? 0
  if (!row || row.read_at < startedAt || takenUnits !== (before?.takenUnits ?? 0)) return 'unsettled'
  if (row.entitlement === null) {
    await keepEntitlement(context, register, takenUnits + row.available_units)
    return 'adopted'
  }
  if (row.rev !== before?.rightsRev) return 'unsettled'
  // Safe: written by the dispatcher only.
  const op = row.op === null ? undefined : (JSON.parse(row.op) as OpInFlight)
  if (op && (op.unknownSince === undefined || startedAt < op.unknownSince + landsWithinMs)) return 'unsettled'
  const believed = believedUnits({ entitlement: row.entitlement }, takenUnits)
  if (believed === row.available_units && !op && row.pend === null) return 'same'
  await keepEntitlement(context, register, takenUnits + row.available_units)
  if (believed === row.available_units) return op ? 'adopted' : 'same'
  log.info('shelf differed', {
    account,
    register,
    believed,
    found: row.available_units,
    afterUnknownWrite: op !== undefined,
    ms: clock.now() - startedAt,
  })
  return 'drifted'
}

/** The shelf as it is becomes what the register may still sell; whatever was open on it is settled. */
async function keepEntitlement(
  { db, account, clock }: ObserveContext,
  register: RegisterId,
  entitlement: number,
): Promise<void> {
  await db
    .insertInto('rights')
    .values({
      account,
      register,
      entitlement,
      hold: 0,
      hold_until: null,
      op: null,
      pend: null,
      rev: 1,
      updated_at: clock.now(),
    })
    .onConflict((conflict) =>
      conflict.columns(['account', 'register']).doUpdateSet((eb) => ({
        entitlement,
        op: null,
        pend: null,
        rev: eb('rights.rev', '+', 1),
        updated_at: clock.now(),
      })),
    )
    .execute()
}

/** The components that a register sells: their plans read its rights. */
export async function skusOf(
  { db, account }: Pick<ObserveContext, 'db' | 'account'>,
  register: RegisterId,
): Promise<SkuId[]> {
  const rows = await db
    .selectFrom('listing')
    // SQLite keeps the order of a cross join: from the register outwards, never through every link of the shop.
    .crossJoin('link')
    .select('link.sku')
    .distinct()
    .where('listing.account', '=', account)
    .where('listing.register', '=', register)
    .whereRef('link.account', '=', 'listing.account')
    .whereRef('link.listing', '=', 'listing.listing')
    .where('link.units', '>', 0)
    .execute()
  return rows.map(({ sku }) => asId<'sku'>(sku))
}

/** Registers that wait for a look: an absolute write to settle, an unknown outcome, or a shelf never seen. */
export async function registersToObserve(db: Db, account: AccountId, settledBefore: number): Promise<RegisterId[]> {
  const open = await db
    .selectFrom('rights')
    .select('register')
    .where('account', '=', account)
    .where('updated_at', '<=', settledBefore)
    .where((eb) => eb.or([eb('pend', 'is not', null), eb('op', 'like', '%unknownSince%')]))
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
  return [...open, ...unseen].flatMap(({ register }) => (register === null ? [] : [asId<'register'>(register)]))
}
