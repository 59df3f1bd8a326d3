/** Keeps other processes away from balances while a transaction decides by them. Within one process transactions take turns anyway. */

import type { AccountId, RegisterId, SkuId } from '../domain.ts'
import { MERCHANT, POOL } from '../domain.ts'
import type { Tx } from '../store/tables.ts'

const balances = (tx: Tx) =>
  tx
    .selectFrom('balance')
    .select('balance.sku')
    .where('balance.merchant', '=', MERCHANT)
    .where('balance.pool', '=', POOL)
    // In the order of skus, so that two transactions never wait for each other in a circle.
    .orderBy('balance.sku')
    .forUpdate()

/** Resolves when no other transaction may move these balances before this one ends. */
export async function lockBalances(tx: Tx, skus: readonly SkuId[]): Promise<void> {
  if (skus.length > 0) await balances(tx).where('balance.sku', 'in', skus).execute()
}

/** The same for everything that these registers sell. */
export async function lockBalancesOf(tx: Tx, account: AccountId, registers: readonly RegisterId[]): Promise<void> {
  if (registers.length === 0) return
  await balances(tx)
    .where('balance.sku', 'in', (eb) =>
      eb
        .selectFrom('listing')
        .innerJoin('link', (join) =>
          join.onRef('link.account', '=', 'listing.account').onRef('link.listing', '=', 'listing.listing'),
        )
        .select('link.sku')
        .where('listing.account', '=', account)
        .where('listing.register', 'in', registers)
        .where('link.units', '>', 0),
    )
    .execute()
}
