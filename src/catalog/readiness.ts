/** What stands between a catalogue and stock that is kept for it: listings as work to do, by kind. */

import { sql } from 'kysely'
import type { Db } from '../store/tables.ts'

/**
 * - `unlinked`: sold in the shop, and no sku says what leaves the shelf.
 * - `untracked`: the shop counts nothing, so that no number can be told to it.
 * - `endless`: the shop sells it below zero.
 * - `doubled`: several counters of one shop show the same sku.
 * - `repeated`: several listings of one shop carry the same sku text.
 */
export const shortcomings = ['unlinked', 'untracked', 'endless', 'doubled', 'repeated'] as const
export type Shortcoming = (typeof shortcomings)[number]

export interface ListingAtWork {
  readonly account: string
  readonly listing: string
  readonly title: string
  readonly sku: string | null
}

export interface ReadinessQuery {
  readonly account?: string | undefined
  readonly after?: readonly (string | number)[] | undefined
  readonly limit: number
}

const conditions: Readonly<Record<Shortcoming, ReturnType<typeof sql<boolean>>>> = {
  unlinked: sql`not exists (select 1 from link where link.account = listing.account and link.listing = listing.listing and link.units > 0)`,
  untracked: sql`listing.counting = 'untracked'`,
  endless: sql`listing.counting = 'endless'`,
  doubled: sql`listing.register is not null and exists (
    select 1 from link as mine
    join link as theirs on theirs.merchant = mine.merchant and theirs.sku = mine.sku and theirs.account = mine.account
      and theirs.units = mine.units and theirs.listing <> mine.listing
    join listing as other on other.account = theirs.account and other.listing = theirs.listing
      and other.state <> 'deleted' and other.register <> listing.register
    where mine.account = listing.account and mine.listing = listing.listing and mine.units > 0
      and (select count(*) from link as part where part.account = mine.account and part.listing = mine.listing and part.units > 0) = 1
      and (select count(*) from link as part where part.account = theirs.account and part.listing = theirs.listing and part.units > 0) = 1)`,
  // Looked for once, not once per listing.
  repeated: sql`(account, sku_text) in (
    select account, sku_text from listing
    where state <> 'deleted' and sku_text is not null and sku_text <> ''
    group by account, sku_text having count(*) > 1)`,
}

/** How many listings each kind of work has. */
export async function countShortcomings(db: Db, account?: string): Promise<Record<Shortcoming, number>> {
  const counts: Record<Shortcoming, number> = { unlinked: 0, untracked: 0, endless: 0, doubled: 0, repeated: 0 }
  for (const kind of shortcomings) {
    const row = await db
      .selectFrom('listing')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('state', '<>', 'deleted')
      .where(conditions[kind])
      .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
      .executeTakeFirstOrThrow()
    counts[kind] = Number(row.n)
  }
  return counts
}

/** The listings of one kind, in the order of account and listing. */
export async function listShortcoming(
  db: Db,
  kind: Shortcoming,
  { account, after, limit }: ReadinessQuery,
): Promise<ListingAtWork[]> {
  const [fromAccount = '', fromListing = ''] = (after ?? []).map(String)
  return await db
    .selectFrom('listing')
    .select(['account', 'listing', 'title', 'sku_text as sku'])
    .where('state', '<>', 'deleted')
    .where(conditions[kind])
    .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
    .$if(after !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('account', '>', fromAccount),
          eb.and([eb('account', '=', fromAccount), eb('listing', '>', fromListing)]),
        ]),
      ),
    )
    .orderBy('account')
    .orderBy('listing')
    .limit(limit)
    .execute()
}
