/** Lets a shop, or a part of its listings, be written to from now on. The shelf as it was is kept first. */

import { importOf, isUnderWay } from '../catalog/import-jobs.ts'
import { setRule } from '../catalog/rules.ts'
import { type AccountId, asId, type ListingId, type SkuId } from '../domain.ts'
import type { Db, Tx } from '../store/tables.ts'
import type { Who } from '../users/roles.ts'
import type { ApiDeps } from './deps.ts'
import { livenessOf, pausesOf } from './read/dry-run.ts'
import { isRefusal, notFound, type Refusal, refuse } from './refusal.ts'

/** All of the shop when neither is given. */
export interface Part {
  readonly listings?: readonly string[] | undefined
  readonly skus?: readonly string[] | undefined
}

export interface WentLive {
  readonly live: 'part' | 'all'
  /** Listings that are written to by this word; all of the shop's for the whole of it. */
  readonly listings: readonly string[]
  /** Counters whose shelf was kept now; one that was kept before keeps its first number. */
  readonly keptRegisters: number
}

interface LiveListing {
  readonly listing: ListingId
  readonly register: string | null
  readonly group: string | null
}

export async function goLive(deps: ApiDeps, who: Who, id: string, part: Part): Promise<WentLive | Refusal> {
  const { store, engine, identity, clock } = deps
  const account = asId<'account'>(id)
  const refusal = await refusalOf(deps, account)
  if (refusal) return refusal
  const all = await listingsOf(store.db, account)
  const chosen = await chosenOf(deps, account, all, part)
  if (!('listings' in chosen)) return chosen
  // The shelf is looked at now, so that what is kept is what was there a moment before.
  await engine.observe(account)
  const isWhole = part.listings === undefined && part.skus === undefined
  const done = await store.transaction(async (tx) => {
    const state = await tx
      .selectFrom('account')
      .select('state')
      .where('id', '=', account)
      .forUpdate()
      .executeTakeFirst()
    if (state?.state === 'broken') return refusedCredentials
    const keptRegisters = await keepShelf(tx, account, chosen.listings, { at: clock.now(), by: who.name })
    const context = { now: clock.now(), newId: store.newId, by: who.name }
    if (isWhole) await liftPauses(tx, account, context)
    else await pauseTheRest(tx, account, chosen.listings, context)
    await tx
      .updateTable('account')
      .set((eb) => ({
        state: 'active',
        reason: null,
        live_at: eb.fn.coalesce('live_at', eb.val(clock.now())),
        rev: eb('rev', '+', 1),
        updated_at: clock.now(),
      }))
      .where('id', '=', account)
      .execute()
    await identity.audit(tx, {
      who,
      what: isWhole ? 'shop.live' : 'shop.live-in-part',
      subject: account,
      detail: { listings: chosen.listings.length, keptRegisters },
    })
    return {
      live: isWhole ? 'all' : 'part',
      listings: chosen.listings.map(({ listing }) => listing),
      keptRegisters,
    } as const
  })
  if (!isRefusal(done)) engine.wake(await skusOf(store.db, account))
  return done
}

const refusedCredentials = refuse(409, 'The shop refuses our credentials. Connect it again first; nothing was changed.')

async function refusalOf(deps: ApiDeps, account: AccountId): Promise<Refusal | undefined> {
  const { store, accounts } = deps
  const found = await accounts.get(account)
  if (!found) return notFound(`account ${account}`)
  if (found.state === 'broken') return refusedCredentials
  if ((await livenessOf(store.db, found)) === 'all')
    return refuse(409, 'All of this shop is live already. Pause it first to let only a part be written to.')
  const job = await importOf(store.db, account)
  if (job && isUnderWay(job))
    return refuse(409, 'The shop is still being read. Let it go live when that is done; nothing was changed.')
  return undefined
}

const listingsOf = async (db: Db, account: AccountId): Promise<LiveListing[]> => {
  const rows = await db
    .selectFrom('listing')
    .select(['listing', 'register', 'register_group'])
    .where('account', '=', account)
    .where('state', '<>', 'deleted')
    .orderBy('listing')
    .execute()
  return rows.map(({ listing, register, register_group }) => ({
    listing: asId<'listing'>(listing),
    register,
    group: register_group,
  }))
}

/** Each of them is a rule that every plan reads from then on. */
const partListingsMax = 500

/** What a part means: the listings named, those that sell a sku named, and all that is written along with them. */
async function chosenOf(
  { store: { db }, accounts }: ApiDeps,
  account: AccountId,
  all: readonly LiveListing[],
  { listings, skus }: Part,
): Promise<{ readonly listings: readonly LiveListing[] } | Refusal> {
  if (all.length === 0)
    return refuse(409, 'Nothing of this shop has been read yet. Import it first; nothing was changed.')
  if (listings === undefined && skus === undefined) return { listings: all }
  const known = new Set<string>(all.map(({ listing }) => listing))
  const sold = await soldBy(db, account, known)
  const faults = [
    ...(listings ?? [])
      .filter((one) => !known.has(one))
      .map((one) => ({ field: 'listings', reason: `${one} is not known` })),
    ...(skus ?? [])
      .filter((one) => !sold.has(one))
      .map((one) => ({ field: 'skus', reason: `${one} is not sold here` })),
  ]
  if (faults.length > 0) return refuse(422, 'This part is not in the shop; nothing was changed. See errors.', faults)
  const named = new Set<string>([...(listings ?? []), ...(skus ?? []).flatMap((one) => sold.get(one) ?? [])])
  if (named.size === 0) return refuse(422, 'Name at least one listing or sku; nothing was changed.')
  const isGrouped = (await accounts.open(account))?.channel.abilities.writesWholeGroup === true
  const together = withCompany(all, named, isGrouped)
  if (together.length > partListingsMax)
    return refuse(
      422,
      `This part has ${together.length} listings; it may have ${partListingsMax} at most. Choose fewer, or let all of the shop go live; nothing was changed.`,
    )
  return { listings: together }
}

/** The listings that are there, by what they sell. */
async function soldBy(db: Db, account: AccountId, known: ReadonlySet<string>): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('link')
    .select(['sku', 'listing'])
    .where('account', '=', account)
    .where('units', '>', 0)
    .execute()
  const sold = new Map<string, string[]>()
  for (const { sku, listing } of rows) if (known.has(listing)) sold.set(sku, [...(sold.get(sku) ?? []), listing])
  return sold
}

/** Listings of one counter have one number; where a shop is told whole products, their other counters are written along. */
export function withCompany(
  all: readonly LiveListing[],
  named: ReadonlySet<string>,
  isGrouped: boolean,
): LiveListing[] {
  const mine = all.filter(({ listing }) => named.has(listing))
  const registers = new Set(mine.flatMap(({ register }) => register ?? []))
  const groups = new Set(isGrouped ? mine.flatMap(({ group }) => group ?? []) : [])
  const together = all.filter(
    ({ listing, register, group }) =>
      named.has(listing) || (register !== null && registers.has(register)) || (group !== null && groups.has(group)),
  )
  // Company has company of its own: a counter that several products have.
  return together.length === named.size
    ? together
    : withCompany(all, new Set(together.map(({ listing }) => listing)), isGrouped)
}

/** Rows of a statement: databases take some ten thousand parameters. */
const rowsPerStatement = 1000

/** Keeps what every chosen counter shows. The first number stays: it is what was there before anything of ours. */
async function keepShelf(
  tx: Tx,
  account: AccountId,
  listings: readonly LiveListing[],
  { at, by }: { readonly at: number; readonly by: string },
): Promise<number> {
  const wanted = new Set(listings.flatMap(({ register }) => register ?? []))
  const shelves = await tx
    .selectFrom('shelf')
    .select(['register', 'available_units', 'read_at'])
    .where('account', '=', account)
    .orderBy('register')
    .execute()
  const rows = shelves
    .filter(({ register }) => wanted.has(register))
    .map(({ register, available_units, read_at }) => ({
      account,
      register,
      units: available_units,
      read_at,
      kept_at: at,
      kept_by: by,
    }))
  let kept = 0
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const done = await tx
      .insertInto('shelf_snapshot')
      .values(rows.slice(from, from + rowsPerStatement))
      .onConflict((conflict) => conflict.columns(['account', 'register']).doNothing())
      .returning('register')
      .execute()
    kept += done.length
  }
  return kept
}

type RuleContext = Parameters<typeof setRule>[2] & { readonly by: string }

/** All of it is live: nothing of what a part said holds any more. A listing that somebody paused stays paused. */
async function liftPauses(tx: Tx, account: AccountId, context: RuleContext): Promise<void> {
  const { isWhole, listings } = await pausesOf(tx, account)
  const { by } = context
  if (isWhole) await setRule(tx, { name: 'pause', value: null, account, by }, context)
  for (const [listing, value] of listings)
    if (value === 'off') await setRule(tx, { name: 'pause', value: null, account, listing, by }, context)
}

async function pauseTheRest(
  tx: Tx,
  account: AccountId,
  chosen: readonly LiveListing[],
  context: RuleContext,
): Promise<void> {
  const { isWhole, listings } = await pausesOf(tx, account)
  const { by } = context
  if (!isWhole) await setRule(tx, { name: 'pause', value: 'on', account, by }, context)
  for (const { listing } of chosen)
    if (listings.get(listing) !== 'off')
      await setRule(tx, { name: 'pause', value: 'off', account, listing, by }, context)
}

/** Planned at once; the sweep comes by the others within seconds. */
async function skusOf(db: Db, account: AccountId): Promise<SkuId[]> {
  const rows = await db
    .selectFrom('link')
    .select('sku')
    .distinct()
    .where('account', '=', account)
    .where('units', '>', 0)
    .limit(1000)
    .execute()
  return rows.map(({ sku }) => asId<'sku'>(sku))
}
