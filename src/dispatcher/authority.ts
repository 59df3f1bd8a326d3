/**
 * A shop that is the stock authority: people read and type its on-hand count, so rights move units between what it sells and its
 * safety stock, and what people count there becomes the stock here.
 */

import type { RawDelivery, StockOp } from '../channel.ts'
import type { AccountId, RegisterId } from '../domain.ts'
import { MERCHANT, POOL } from '../domain.ts'
import type { Tx } from '../store/tables.ts'

export async function countsStock(tx: Tx, account: AccountId): Promise<boolean> {
  const row = await tx.selectFrom('account').select('counts_stock').where('id', '=', account).executeTakeFirst()
  return row?.counts_stock === 1
}

/** The same change of what is sold, with the count left as it is. */
export function withinCount(op: StockOp): StockOp {
  if (op.kind !== 'adjust' || op.by === 0) return op
  const { register, by } = op
  return by > 0
    ? { register, kind: 'move', by, from: 'safety_stock', to: 'available' }
    : { register, kind: 'move', by: -by, from: 'available', to: 'safety_stock' }
}

export interface Counted {
  readonly onHandUnits: number
  readonly committedUnits: number
  /** Sold and not shipped by our book, before and after the shelf was read. */
  readonly openUnits: readonly [number, number]
  readonly delivery: string
}

/**
 * What somebody counted, as a delivery for the ledger; undefined when the count says what the books say, or when it cannot be told
 * from shipping: on hand is read only when the shop has committed what our book has open there. Stock = on hand + units that left.
 */
export async function countOf(
  tx: Tx,
  account: AccountId,
  register: RegisterId,
  { onHandUnits, committedUnits, openUnits, delivery }: Counted,
): Promise<RawDelivery | undefined> {
  if (openUnits.some((units) => units !== committedUnits)) return undefined
  const sku = await onlySkuOf(tx, account, register)
  if (!sku) return undefined
  const balance = await tx
    .selectFrom('balance')
    .select(['on_hand', 'shipped'])
    .where('merchant', '=', MERCHANT)
    .where('pool', '=', POOL)
    .where('sku', '=', sku)
    .forUpdate()
    .executeTakeFirst()
  const left = await shippedUnits(tx, account, register)
  const units = onHandUnits + left - (balance?.on_hand ?? 0) - (balance?.shipped ?? 0)
  if (units === 0) return undefined
  const reason = `Counted in the shop: ${onHandUnits} on hand`
  // One fact per reading of the shelf: looking at the same reading twice counts it once.
  return {
    source: 'manual',
    topic: 'stock',
    key: `count:${account}:${register}:${delivery}`,
    body: JSON.stringify({ kind: 'adjust', sku, units, reason }),
  }
}

/** A count says something of a sku only where the register sells that one thing, one by one. */
async function onlySkuOf(tx: Tx, account: AccountId, register: RegisterId): Promise<string | undefined> {
  const rows = await tx
    .selectFrom('listing')
    .crossJoin('link')
    .select(['link.sku', 'link.units'])
    .distinct()
    .where('listing.account', '=', account)
    .where('listing.register', '=', register)
    .whereRef('link.account', '=', 'listing.account')
    .whereRef('link.listing', '=', 'listing.listing')
    .where('link.units', '>', 0)
    .execute()
  const [row] = rows
  return rows.length === 1 && row?.units === 1 ? row.sku : undefined
}

/** Everything that left this register's place, copies included. */
async function shippedUnits(tx: Tx, account: AccountId, register: RegisterId): Promise<number> {
  const row = await tx
    .selectFrom('register_count')
    .select('shipped_units')
    .where('account', '=', account)
    .where('register', '=', register)
    .executeTakeFirst()
  return row?.shipped_units ?? 0
}
