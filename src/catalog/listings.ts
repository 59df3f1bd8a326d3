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
}

/** The shop no longer has it. Its register and links stay in the books; nothing is written to it any more. */
export async function markListingGone(tx: Tx, account: AccountId, listing: string, at: Instant): Promise<void> {
  await tx
    .updateTable('listing')
    .set({ state: 'deleted', seen_at: at })
    .where('account', '=', account)
    .where('listing', '=', listing)
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
