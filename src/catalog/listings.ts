/** Listings as the shops describe them, and the links that say which skus one of them sells. */

import type { AccountId, Instant, ListingId, ListingSnapshot, SkuId } from '../domain.ts'
import { asId, MERCHANT } from '../domain.ts'
import type { Db, Tx } from '../store/tables.ts'

export interface Component {
  readonly sku: SkuId
  readonly units: number
}

/** Keeps what the shop says of a listing; an older description than the one kept is ignored. */
export async function keepListing(tx: Tx, account: AccountId, listing: ListingSnapshot, at: Instant): Promise<void> {
  await tx
    .insertInto('listing')
    .values({
      account,
      listing: listing.id,
      register: listing.register ?? null,
      register_group: listing.group ?? null,
      title: listing.title,
      sku_text: listing.sku ?? null,
      gtin: listing.gtin ?? null,
      state: listing.state,
      counting: listing.counting,
      shop_updated_at: listing.updatedAt,
      seen_at: at,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'listing'])
        .doUpdateSet((eb) => ({
          register: eb.ref('excluded.register'),
          register_group: eb.ref('excluded.register_group'),
          title: eb.ref('excluded.title'),
          sku_text: eb.ref('excluded.sku_text'),
          gtin: eb.ref('excluded.gtin'),
          state: eb.ref('excluded.state'),
          counting: eb.ref('excluded.counting'),
          shop_updated_at: eb.ref('excluded.shop_updated_at'),
          seen_at: eb.ref('excluded.seen_at'),
        }))
        .whereRef('listing.shop_updated_at', '<=', 'excluded.shop_updated_at'),
    )
    .execute()
  await noteListing(tx, account, listing.id, at)
}

/** The shop no longer has it. Its register and links stay in the books; nothing is written to it any more. */
export async function markListingGone(tx: Tx, account: AccountId, listing: string, at: Instant): Promise<void> {
  await tx
    .updateTable('listing')
    .set({ state: 'deleted', seen_at: at })
    .where('account', '=', account)
    .where('listing', '=', listing)
    .execute()
  await noteListing(tx, account, listing, at)
}

/** Adds to the history of a listing's counter what is new in it, so that an old number can be explained with the counter of its time. */
async function noteListing(tx: Tx, account: AccountId, listing: string, at: Instant): Promise<void> {
  const now = await tx
    .selectFrom('listing')
    .select(['register', 'state', 'counting'])
    .where('account', '=', account)
    .where('listing', '=', listing)
    .executeTakeFirst()
  const last = await tx
    .selectFrom('listing_change')
    .select(['register', 'state', 'counting'])
    .where('account', '=', account)
    .where('listing', '=', listing)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!now || (last && last.register === now.register && last.state === now.state && last.counting === now.counting))
    return
  await tx
    .insertInto('listing_change')
    .values({ account, listing, ...now, at })
    .onConflict((conflict) => conflict.columns(['account', 'listing', 'at']).doUpdateSet(now))
    .execute()
}

export interface ListingForSale {
  readonly register: string | null
  readonly components: readonly Component[]
}

/** A listing's register and components; undefined when the catalogue does not know it. */
export async function listingForSale(
  db: Db,
  account: AccountId,
  listing: ListingId,
): Promise<ListingForSale | undefined> {
  const rows = await db
    .selectFrom('listing')
    .leftJoin('link', (join) =>
      join
        .onRef('link.account', '=', 'listing.account')
        .onRef('link.listing', '=', 'listing.listing')
        .on('link.units', '>', 0),
    )
    .select(['listing.register', 'link.sku', 'link.units'])
    .where('listing.account', '=', account)
    .where('listing.listing', '=', listing)
    .execute()
  const first = rows[0]
  if (!first) return undefined
  return {
    register: first.register,
    components: rows.flatMap(({ sku, units }) =>
      sku !== null && units !== null ? [{ sku: asId<'sku'>(sku), units }] : [],
    ),
  }
}

/**
 * Says what a listing sells, replacing what was said before; an empty list unlinks it.
 * Links are switched off by `units: 0`, never removed, so that their revisions only grow.
 */
export async function linkListing(
  tx: Tx,
  account: AccountId,
  listing: ListingId,
  components: readonly Component[],
  at: Instant,
): Promise<void> {
  await noteLinks(tx, account, listing, components, at)
  await tx
    .updateTable('link')
    .set((eb) => ({ units: 0, rev: eb('rev', '+', 1), updated_at: at }))
    .where('account', '=', account)
    .where('listing', '=', listing)
    .execute()
  for (const { sku, units } of components) {
    await tx
      .insertInto('link')
      .values({ account, listing, merchant: MERCHANT, sku, units, rev: 1, updated_at: at })
      .onConflict((conflict) =>
        conflict
          .columns(['account', 'listing', 'sku'])
          .doUpdateSet((eb) => ({ units, rev: eb('link.rev', '+', 1), updated_at: at })),
      )
      .execute()
  }
}

/** Adds to the history of links what is about to change, so that an old number can be explained with the links of its time. */
async function noteLinks(
  tx: Tx,
  account: AccountId,
  listing: ListingId,
  components: readonly Component[],
  at: Instant,
): Promise<void> {
  const before = await tx
    .selectFrom('link')
    .select(['sku', 'units'])
    .where('account', '=', account)
    .where('listing', '=', listing)
    .where('units', '>', 0)
    .execute()
  const after = new Map<string, number>(before.map(({ sku }) => [sku, 0]))
  for (const { sku, units } of components) after.set(sku, units)
  for (const { sku, units } of before) if (after.get(sku) === units) after.delete(sku)
  for (const [sku, units] of after)
    await tx
      .insertInto('link_change')
      .values({ account, listing, merchant: MERCHANT, sku, units, at })
      .onConflict((conflict) => conflict.columns(['account', 'listing', 'sku', 'at']).doUpdateSet({ units }))
      .execute()
}
