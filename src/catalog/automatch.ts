/** Matching listings to skus by what the shop says of them: the sku text first, then the GTIN. A doubt is never decided. */

import type { AccountId, ListingId, SkuId } from '../domain.ts'
import { asId, MERCHANT } from '../domain.ts'
import type { Db } from '../store/tables.ts'

export interface MatchListing {
  readonly account: AccountId
  readonly id: ListingId
  readonly title: string
  readonly sku: string | null
  readonly gtin: string | null
  readonly register: string | null
  readonly group: string | null
}

export interface MatchSku {
  readonly sku: SkuId
  readonly gtin: string | null
}

export interface Match {
  readonly listing: MatchListing
  readonly sku: SkuId
  readonly by: 'sku' | 'gtin'
}

/** More than one answer, or two that contradict each other. */
export interface Doubt {
  readonly listing: MatchListing
  readonly candidates: readonly SkuId[]
  readonly reason: string
}

export interface Matching {
  readonly matches: readonly Match[]
  readonly doubts: readonly Doubt[]
  /** Nothing that they say is known. */
  readonly unknown: readonly MatchListing[]
}

/** Pure. `listings` are those without a link; `skus` are all. */
export function automatch(listings: readonly MatchListing[], skus: readonly MatchSku[]): Matching {
  const byCode = new Map(skus.map(({ sku }) => [sku.trim(), sku]))
  const byGtin = new Map<string, SkuId[]>()
  for (const { sku, gtin } of skus) {
    const key = gtinKey(gtin)
    if (key) byGtin.set(key, [...(byGtin.get(key) ?? []), sku])
  }
  const matches: Match[] = []
  const doubts: Doubt[] = []
  const unknown: MatchListing[] = []
  for (const listing of listings) {
    const code = byCode.get(listing.sku?.trim() ?? '')
    const codes = byGtin.get(gtinKey(listing.gtin) ?? '') ?? []
    if (code && codes.length > 0 && !codes.includes(code))
      doubts.push({ listing, candidates: [code, ...codes], reason: 'Its sku and its GTIN name different skus.' })
    else if (code) matches.push({ listing, sku: code, by: 'sku' })
    else if (codes.length > 1)
      doubts.push({ listing, candidates: codes, reason: `${codes.length} skus have its GTIN.` })
    else if (codes[0]) matches.push({ listing, sku: codes[0], by: 'gtin' })
    else unknown.push(listing)
  }
  const doubled = doubledOf(matches)
  return {
    matches: matches.filter((match) => !doubled.has(match)),
    doubts: [...doubts, ...[...doubled].map(([{ listing, sku }, reason]) => ({ listing, candidates: [sku], reason }))],
    unknown,
  }
}

/** Two listings of one account that would sell the same sku from counters of their own: one of them is often a mistake. */
function doubledOf(matches: readonly Match[]): Map<Match, string> {
  const bySku = new Map<string, Match[]>()
  for (const match of matches) {
    const key = `${match.listing.account}\u0000${match.sku}`
    bySku.set(key, [...(bySku.get(key) ?? []), match])
  }
  const doubled = new Map<Match, string>()
  for (const same of bySku.values()) {
    const counters = new Set(same.map(({ listing }) => listing.group ?? listing.register ?? listing.id))
    if (counters.size < 2) continue
    const ids = same.map(({ listing }) => listing.id).join(', ')
    for (const match of same)
      doubled.set(
        match,
        `${same.length} listings of this account claim the same sku: ${ids}. Link the right ones by hand.`,
      )
  }
  return doubled
}

/** GTIN-8, -12, -13 and -14 of the same thing differ in leading zeros only. */
function gtinKey(gtin: string | null): string | undefined {
  const digits = (gtin ?? '').replaceAll(/[\s-]/g, '').replace(/^0+/, '')
  return /^\d{6,14}$/.test(digits) ? digits : undefined
}

/** More than a merchant of this size has; what is beyond waits for the next run. */
const listingsMax = 20_000

/** What the books say is unlinked and still there, matched with every sku. */
export async function automatchBooks(db: Db, account?: AccountId): Promise<Matching> {
  const listings = await db
    .selectFrom('listing')
    .leftJoin('link', (join) =>
      join
        .onRef('link.account', '=', 'listing.account')
        .onRef('link.listing', '=', 'listing.listing')
        .on('link.units', '>', 0),
    )
    .select(['listing.account', 'listing.listing', 'listing.title', 'listing.sku_text', 'listing.gtin'])
    .select(['listing.register', 'listing.register_group'])
    .where('link.sku', 'is', null)
    .where('listing.state', '<>', 'deleted')
    .$if(account !== undefined, (query) => query.where('listing.account', '=', account ?? ''))
    .orderBy('listing.account')
    .orderBy('listing.listing')
    .limit(listingsMax)
    .execute()
  const skus = await db.selectFrom('sku').select(['sku', 'gtin']).where('merchant', '=', MERCHANT).execute()
  return automatch(
    listings.map((row) => ({
      account: asId<'account'>(row.account),
      id: asId<'listing'>(row.listing),
      title: row.title,
      sku: row.sku_text,
      gtin: row.gtin,
      register: row.register,
      group: row.register_group,
    })),
    skus.map(({ sku, gtin }) => ({ sku: asId<'sku'>(sku), gtin })),
  )
}
