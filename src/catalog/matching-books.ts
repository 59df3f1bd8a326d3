/** What the books hold that is unlinked and still there, matched with every sku, in portions that let others have their turn. */

import type { AccountId } from '../domain.ts'
import { asId, MERCHANT } from '../domain.ts'
import type { Db } from '../store/tables.ts'
import { createMatcher, type Matching, type MatchLink, type MatchListing, type MatchSku } from './matching.ts'

const rowsPerPortion = 5000

/** Requests that wait are answered between two portions. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

export async function matchBooks(db: Db, account?: AccountId): Promise<Matching> {
  const matcher = createMatcher(await skusOf(db), await linksOf(db, account))
  let after: MatchListing | undefined
  for (;;) {
    const portion = await unlinkedAfter(db, account, after)
    matcher.add(portion)
    after = portion.at(-1)
    if (portion.length < rowsPerPortion) return matcher.end()
    await turn()
  }
}

async function skusOf(db: Db): Promise<MatchSku[]> {
  const found: MatchSku[] = []
  for (;;) {
    const last = found.at(-1)?.sku ?? ''
    const rows = await db
      .selectFrom('sku')
      .select(['sku', 'gtin', 'title'])
      .where('merchant', '=', MERCHANT)
      .where('sku', '>', last)
      .orderBy('sku')
      .limit(rowsPerPortion)
      .execute()
    for (const row of rows) found.push({ ...row, sku: asId<'sku'>(row.sku) })
    if (rows.length < rowsPerPortion) return found
    await turn()
  }
}

async function linksOf(db: Db, account: AccountId | undefined): Promise<MatchLink[]> {
  const rows = await db
    .selectFrom('link')
    .innerJoin('listing', (join) =>
      join.onRef('listing.account', '=', 'link.account').onRef('listing.listing', '=', 'link.listing'),
    )
    .select(['link.account', 'link.sku', 'link.listing', 'listing.register', 'listing.register_group'])
    .where('link.units', '=', 1)
    .where('listing.state', '<>', 'deleted')
    .$if(account !== undefined, (query) => query.where('link.account', '=', account ?? ''))
    .execute()
  return rows.map(({ register, register_group, ...link }) => ({
    ...link,
    counter: register_group ?? register ?? link.listing,
  }))
}

async function unlinkedAfter(
  db: Db,
  account: AccountId | undefined,
  after: MatchListing | undefined,
): Promise<MatchListing[]> {
  const rows = await db
    .selectFrom('listing')
    .select(['account', 'listing', 'title', 'sku_text', 'gtin', 'register', 'register_group'])
    .where('state', '<>', 'deleted')
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('link')
            .select('link.sku')
            .whereRef('link.account', '=', 'listing.account')
            .whereRef('link.listing', '=', 'listing.listing')
            .where('link.units', '>', 0),
        ),
      ),
    )
    .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
    .$if(after !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('account', '>', after?.account ?? ''),
          eb.and([eb('account', '=', after?.account ?? ''), eb('listing', '>', after?.id ?? '')]),
        ]),
      ),
    )
    .orderBy('account')
    .orderBy('listing')
    .limit(rowsPerPortion)
    .execute()
  return rows.map((row) => ({
    account: asId<'account'>(row.account),
    id: asId<'listing'>(row.listing),
    title: row.title,
    sku: row.sku_text,
    gtin: row.gtin,
    register: row.register,
    group: row.register_group,
  }))
}
