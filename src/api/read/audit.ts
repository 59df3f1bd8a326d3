/** Listings that stock cannot be kept for as they are: unlinked, untracked, endless or doubled. */

import type { Db } from '../../store/tables.ts'
import { type ListingView, readListings } from './listings.ts'

export interface ListingAudit {
  readonly unlinked: ListingView[]
  readonly untracked: ListingView[]
  readonly endless: ListingView[]
  readonly doubled: ListingView[]
}

/** More than a merchant of this size has. */
const listingsMax = 20_000
const pageSize = 1000

export async function auditListings(db: Db, account: string | undefined): Promise<ListingAudit> {
  const all: ListingView[] = []
  for (;;) {
    const last = all.at(-1)
    const page = await readListings(db, { account, after: last && [last.account, last.listing], limit: pageSize })
    all.push(...page)
    if (page.length < pageSize || all.length >= listingsMax) break
  }
  const live = all.filter(({ state }) => state !== 'deleted')
  return {
    unlinked: live.filter(({ links }) => links.length === 0),
    untracked: live.filter(({ counting }) => counting === 'untracked'),
    endless: live.filter(({ counting }) => counting === 'endless'),
    doubled: doubledOf(live),
  }
}

/** Listings of one account that sell exactly the same from counters of their own: each counter shows the whole stock. */
function doubledOf(listings: readonly ListingView[]): ListingView[] {
  const same = new Map<string, ListingView[]>()
  for (const listing of listings) {
    if (listing.links.length === 0 || listing.register === null) continue
    const key = JSON.stringify([listing.account, listing.links.map(({ sku, units }) => [sku, units])])
    same.set(key, [...(same.get(key) ?? []), listing])
  }
  return [...same.values()].filter((group) => new Set(group.map(({ register }) => register)).size > 1).flat()
}
