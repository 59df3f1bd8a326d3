/** Listings with their links. */

import { MERCHANT } from '../../domain.ts'
import type { Db } from '../../store/tables.ts'
import { beyond } from '../paging.ts'

export interface ListingView {
  readonly account: string
  readonly listing: string
  readonly title: string
  readonly sku: string | null
  readonly gtin: string | null
  readonly state: string
  readonly counting: string
  readonly register: string | null
  readonly links: { sku: string; units: number }[]
}

export interface ListingFilter {
  readonly account?: string | undefined
  readonly listing?: string | undefined
  readonly isLinked?: boolean | undefined
  readonly after?: readonly (string | number)[] | undefined
  readonly limit: number
}

/** In the order of account and listing; with `isLinked`, what the shop has deleted is left out. */
export async function readListings(
  db: Db,
  { account, listing, isLinked, after, limit }: ListingFilter,
): Promise<ListingView[]> {
  const rows = await db
    .selectFrom('listing')
    .selectAll()
    .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
    .$if(listing !== undefined, (query) => query.where('listing', '=', listing ?? ''))
    .$if(isLinked !== undefined, (query) =>
      query.where('state', '<>', 'deleted').where(({ exists, not, selectFrom }) => {
        const links = exists(
          selectFrom('link')
            .select('link.sku')
            .whereRef('link.account', '=', 'listing.account')
            .whereRef('link.listing', '=', 'listing.listing')
            .where('link.units', '>', 0),
        )
        return isLinked ? links : not(links)
      }),
    )
    .where(beyond(['account', 'listing'], after))
    .orderBy('account')
    .orderBy('listing')
    .limit(limit)
    .execute()
  const links = await linksOf(
    db,
    rows.map((row) => row.listing),
  )
  return rows.map((row) => ({
    account: row.account,
    listing: row.listing,
    title: row.title,
    sku: row.sku_text,
    gtin: row.gtin,
    state: row.state,
    counting: row.counting,
    register: row.register,
    links: links.get(`${row.account}/${row.listing}`) ?? [],
  }))
}

async function linksOf(db: Db, listings: readonly string[]): Promise<Map<string, { sku: string; units: number }[]>> {
  const found = new Map<string, { sku: string; units: number }[]>()
  if (listings.length === 0) return found
  const rows = await db
    .selectFrom('link')
    .select(['account', 'listing', 'sku', 'units'])
    .where('merchant', '=', MERCHANT)
    .where('listing', 'in', listings)
    .where('units', '>', 0)
    .orderBy('sku')
    .execute()
  for (const { account, listing, sku, units } of rows) {
    const key = `${account}/${listing}`
    found.set(key, [...(found.get(key) ?? []), { sku, units }])
  }
  return found
}
