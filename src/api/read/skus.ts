/** Skus with their balance, and what each shop shows of them. */

import { asId, MERCHANT, POOL } from '../../domain.ts'
import type { StockTarget } from '../../planner/intents.ts'
import { believedUnits, type Pending } from '../../planner/rights.ts'
import type { Db } from '../../store/tables.ts'
import { beyond } from '../paging.ts'

export interface SkuListing {
  readonly account: string
  readonly listing: string
  readonly title: string
  readonly state: string
  readonly counting: string
  readonly unitsPerSale: number
  readonly register: string | null
  /** What the shop should be showing; null until its shelf was seen once. */
  readonly believedUnits: number | null
  /** What the shop showed when it was last looked at. */
  readonly shelf: { readonly units: number; readonly at: number } | null
  /** What the shop was last told and acknowledged. */
  readonly lastTold: { readonly units: number; readonly at: number } | null
  /** What the shop should come to show. */
  readonly targetUnits: number | null
}

export interface SkuView {
  readonly sku: string
  readonly title: string
  readonly gtin: string | null
  readonly safetyUnits: number
  readonly onHand: number
  readonly reserved: number
  readonly available: number
  readonly createdAt: number
  readonly listings: readonly SkuListing[]
}

export interface SkuFilter {
  readonly sku?: string
  readonly after?: readonly (string | number)[] | undefined
  readonly limit: number
}

/** In the order of their codes. */
export async function readSkus(db: Db, { sku, after, limit }: SkuFilter): Promise<SkuView[]> {
  const rows = await db
    .selectFrom('sku')
    .leftJoin('balance', (join) =>
      join
        .onRef('balance.merchant', '=', 'sku.merchant')
        .onRef('balance.sku', '=', 'sku.sku')
        .on('balance.pool', '=', POOL),
    )
    .select(['sku.sku', 'sku.title', 'sku.gtin', 'sku.safety_units', 'sku.created_at'])
    .select(['balance.on_hand', 'balance.reserved'])
    .where('sku.merchant', '=', MERCHANT)
    .$if(sku !== undefined, (query) => query.where('sku.sku', '=', sku ?? ''))
    .where(beyond(['sku.sku'], after))
    .orderBy('sku.sku')
    .limit(limit)
    .execute()
  const listings = await listingsOf(
    db,
    rows.map((row) => row.sku),
  )
  return rows.map((row) => ({
    sku: row.sku,
    title: row.title,
    gtin: row.gtin,
    safetyUnits: row.safety_units,
    onHand: row.on_hand ?? 0,
    reserved: row.reserved ?? 0,
    available: (row.on_hand ?? 0) - (row.reserved ?? 0),
    createdAt: row.created_at,
    listings: listings.get(row.sku) ?? [],
  }))
}

async function listingsOf(db: Db, skus: readonly string[]): Promise<Map<string, SkuListing[]>> {
  const found = new Map<string, SkuListing[]>()
  if (skus.length === 0) return found
  const rows = await db
    .selectFrom('link')
    .innerJoin('listing', (join) =>
      join.onRef('listing.account', '=', 'link.account').onRef('listing.listing', '=', 'link.listing'),
    )
    .leftJoin('rights', (join) =>
      join.onRef('rights.account', '=', 'listing.account').onRef('rights.register', '=', 'listing.register'),
    )
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'listing.account')
        .onRef('register_count.register', '=', 'listing.register'),
    )
    .leftJoin('shelf', (join) =>
      join.onRef('shelf.account', '=', 'listing.account').onRef('shelf.register', '=', 'listing.register'),
    )
    .leftJoin('intent', (join) =>
      join
        .onRef('intent.account', '=', 'listing.account')
        .onRef('intent.subject', '=', 'listing.register')
        .on('intent.kind', '=', 'stock'),
    )
    .select(['link.sku', 'link.units', 'listing.account', 'listing.listing', 'listing.register', 'listing.title'])
    .select(['listing.state', 'listing.counting', 'rights.entitlement', 'rights.pend', 'register_count.taken_units'])
    .select(['shelf.available_units', 'shelf.read_at', 'intent.target'])
    .where('link.merchant', '=', MERCHANT)
    .where('link.sku', 'in', skus)
    .where('link.units', '>', 0)
    .orderBy('listing.account')
    .orderBy('listing.listing')
    .execute()
  const told = await lastTold(
    db,
    rows.flatMap(({ register }) => (register === null ? [] : [register])),
  )
  for (const row of rows) {
    const mine = found.get(row.sku) ?? []
    mine.push({
      account: row.account,
      listing: row.listing,
      title: row.title,
      state: row.state,
      counting: row.counting,
      unitsPerSale: row.units,
      register: row.register,
      believedUnits:
        row.entitlement === null
          ? null
          : believedUnits({ entitlement: row.entitlement, ...pendOf(row.pend) }, row.taken_units ?? 0),
      shelf: row.available_units === null ? null : { units: row.available_units, at: row.read_at ?? 0 },
      lastTold: told.get(registerKey(row.account, row.register)) ?? null,
      targetUnits: row.target === null ? null : targetUnits(row.target),
    })
    found.set(row.sku, mine)
  }
  return found
}

/** Safe: written by the dispatcher's book of rights only. */
const pendOf = (pend: string | null): { pend?: Pending } => (pend === null ? {} : { pend: JSON.parse(pend) as Pending })

/** Safe: intents of kind stock are written by the planner only. */
export const targetUnits = (target: string): number => (JSON.parse(target) as StockTarget).units

const registerKey = (account: string, register: string | null) => `${account}\u0000${register ?? ''}`

async function lastTold(db: Db, registers: readonly string[]): Promise<Map<string, { units: number; at: number }>> {
  if (registers.length === 0) return new Map()
  const rows = await db
    .selectFrom('publication')
    .innerJoin(
      (eb) =>
        eb
          .selectFrom('publication')
          .select((inner) => inner.fn.max('id').as('newest'))
          .where('register', 'in', [...new Set(registers)])
          .groupBy(['account', 'register'])
          .as('last'),
      (join) => join.onRef('last.newest', '=', 'publication.id'),
    )
    .select(['publication.account', 'publication.register', 'publication.units', 'publication.at'])
    .execute()
  return new Map(rows.map(({ account, register, units, at }) => [registerKey(account, register), { units, at }]))
}

/** The balance of one sku; undefined when there is no such sku. */
export async function balanceOf(db: Db, sku: string) {
  const [found] = await readSkus(db, { sku: asId<'sku'>(sku), limit: 1 })
  return found && { sku: found.sku, onHand: found.onHand, reserved: found.reserved, available: found.available }
}
