/** Which registers sold a sku at one instant, and what else they sold: from the history of links and counters alone. */

import type { NotNull } from 'kysely'
import { type AccountId, asId, MERCHANT, type RegisterId } from '../../domain.ts'
import { byAccount, registerKey } from '../../planner/pace.ts'
import type { Db } from '../../store/tables.ts'

export interface PastSeller {
  readonly account: AccountId
  readonly register: RegisterId
  readonly listings: readonly string[]
  /** Units of the sku that one sale takes. */
  readonly unitsPerSale: number
  /** The other skus that it takes. */
  readonly alsoSells: readonly string[]
}

interface Listing {
  readonly account: string
  readonly listing: string
  readonly register: string
  /** Its number is its own and it still sells: not deleted, not computed by the shop. */
  readonly counts: boolean
}

interface Link {
  readonly account: string
  readonly listing: string
  readonly sku: string
  readonly units: number
}

/** In the order of accounts and registers. */
export async function sellersAt(db: Db, sku: string, at: number): Promise<PastSeller[]> {
  const mine = await linksOfSku(db, sku, at)
  const my = await listingsAt(db, mine, at)
  const together = await listingsOfRegisters(db, my, at)
  const links = await linksAt(db, together, at)
  const sellers = new Map<string, { listings: Listing[]; parts: Map<string, number> }>()
  for (const listing of together) {
    const parts = links.filter((link) => link.account === listing.account && link.listing === listing.listing)
    if (parts.length === 0) continue
    const key = registerKey(listing.account, listing.register)
    const seller = sellers.get(key) ?? { listings: [], parts: new Map<string, number>() }
    seller.listings.push(listing)
    // As the planner has it: listings that share a register say the same of it; where they differ, the larger charge is the safe one.
    for (const part of parts) seller.parts.set(part.sku, Math.max(seller.parts.get(part.sku) ?? 0, part.units))
    sellers.set(key, seller)
  }
  return [...sellers.values()].flatMap(({ listings, parts }) => {
    const [first] = listings
    const unitsPerSale = parts.get(sku)
    if (!first || unitsPerSale === undefined || !listings.some(({ counts }) => counts)) return []
    return {
      account: asId<'account'>(first.account),
      register: asId<'register'>(first.register),
      listings: listings.map(({ listing }) => listing),
      unitsPerSale,
      alsoSells: [...parts.keys()].filter((other) => other !== sku).sort(),
    }
  })
}

/** The newest row of each key; rows come oldest first. */
function newest<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  const last = new Map<string, Row>()
  for (const row of rows) last.set(keyOf(row), row)
  return [...last.values()]
}

async function linksOfSku(db: Db, sku: string, at: number): Promise<Link[]> {
  const rows = await db
    .selectFrom('link_change')
    .select(['account', 'listing', 'sku', 'units'])
    .where('merchant', '=', MERCHANT)
    .where('sku', '=', sku)
    .where('at', '<=', at)
    .orderBy('at')
    .execute()
  return newest(rows, ({ account, listing }) => registerKey(account, listing)).filter(({ units }) => units > 0)
}

type Named = { readonly account: string; readonly listing: string }

const listingsByAccount = (listings: readonly Named[]) =>
  byAccount(listings.map(({ account, listing }) => ({ account, register: listing })))

async function listingsAt(db: Db, listings: readonly Named[], at: number): Promise<Listing[]> {
  const found: Listing[] = []
  for (const [account, names] of listingsByAccount(listings)) {
    const rows = await db
      .selectFrom('listing_change')
      .select(['account', 'listing', 'register', 'state', 'counting'])
      .where('account', '=', account)
      .where('listing', 'in', names)
      .where('at', '<=', at)
      .orderBy('at')
      .execute()
    for (const { register, state, counting, ...row } of newest(rows, ({ listing }) => listing))
      if (register !== null) found.push({ ...row, register, counts: state !== 'deleted' && counting !== 'derived' })
  }
  return found.sort((a, b) => (registerKey(a.account, a.register) < registerKey(b.account, b.register) ? -1 : 1))
}

/** All listings that read these registers then: those that ever did are looked at as they were then. */
async function listingsOfRegisters(db: Db, listings: readonly Listing[], at: number): Promise<Listing[]> {
  const wanted = new Set(listings.map(({ account, register }) => registerKey(account, register)))
  const ever: Named[] = []
  for (const [account, registers] of byAccount(listings))
    ever.push(
      ...(await db
        .selectFrom('listing_change')
        .select(['account', 'listing'])
        .distinct()
        .where('account', '=', account)
        .where('register', 'in', registers)
        .where('register', 'is not', null)
        .where('at', '<=', at)
        .$narrowType<{ register: NotNull }>()
        .execute()),
    )
  const then = await listingsAt(db, ever, at)
  return then.filter(({ account, register }) => wanted.has(registerKey(account, register)))
}

async function linksAt(db: Db, listings: readonly Named[], at: number): Promise<Link[]> {
  const found: Link[] = []
  for (const [account, names] of listingsByAccount(listings)) {
    const rows = await db
      .selectFrom('link_change')
      .select(['account', 'listing', 'sku', 'units'])
      .where('account', '=', account)
      .where('listing', 'in', names)
      .where('merchant', '=', MERCHANT)
      .where('at', '<=', at)
      .orderBy('at')
      .execute()
    found.push(...newest(rows, ({ listing, sku }) => registerKey(listing, sku)).filter(({ units }) => units > 0))
  }
  return found
}
