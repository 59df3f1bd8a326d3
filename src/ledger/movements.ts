/** Posting movements: append-only lines, and the balances that add them up. */

import type { Instant, SkuId } from '../domain.ts'
import { asId, MERCHANT, POOL } from '../domain.ts'
import type { MovementTable, Tx } from '../store/tables.ts'
import type { Holding } from './settle.ts'

export interface Movement {
  readonly id: string
  readonly sku: SkuId
  readonly kind: MovementTable['kind']
  readonly onHandDelta: number
  readonly reservedDelta: number
  readonly account?: string
  readonly order?: string
  readonly line?: string
  readonly listing?: string
  readonly delivery: string
  readonly reason?: string
  /** When it happened, by the shop's clock where a shop tells. */
  readonly at: Instant
}

/** Posts movements and moves the balances by `set n = n + x`; a balance that does not exist yet begins at zero. Adds whose balance moved to `moved`. */
export async function postMovements(tx: Tx, moved: Set<SkuId>, movements: readonly Movement[]): Promise<void> {
  if (movements.length === 0) return
  await tx
    .insertInto('movement')
    .values(
      movements.map((movement) => ({
        id: movement.id,
        merchant: MERCHANT,
        pool: POOL,
        sku: movement.sku,
        kind: movement.kind,
        on_hand_delta: movement.onHandDelta,
        reserved_delta: movement.reservedDelta,
        account: movement.account ?? null,
        order_id: movement.order ?? null,
        line_id: movement.line ?? null,
        listing: movement.listing ?? null,
        delivery: movement.delivery,
        reason: movement.reason ?? null,
        at: movement.at,
      })),
    )
    .execute()
  // In the order of skus, so that two transactions never wait for each other in a circle.
  const skus = [...new Set(movements.map(({ sku }) => sku))].sort()
  for (const sku of skus) {
    moved.add(sku)
    const mine = movements.filter((movement) => movement.sku === sku)
    const onHand = sum(mine, (movement) => movement.onHandDelta)
    const reserved = sum(mine, (movement) => movement.reservedDelta)
    const shipped = sum(mine, (movement) =>
      movement.kind === 'ship' || (movement.kind === 'return' && movement.order) ? -movement.onHandDelta : 0,
    )
    const movedAt = Math.max(...mine.map(({ at }) => at))
    const countedAt = mine.some(({ kind }) => kind === 'receive' || kind === 'adjust') ? movedAt : null
    await tx
      .insertInto('balance')
      .values({
        merchant: MERCHANT,
        pool: POOL,
        sku,
        on_hand: onHand,
        reserved,
        shipped,
        moved_at: movedAt,
        counted_at: countedAt,
        rev: 1,
      })
      .onConflict((conflict) =>
        conflict.columns(['merchant', 'pool', 'sku']).doUpdateSet((eb) => ({
          on_hand: eb('balance.on_hand', '+', onHand),
          reserved: eb('balance.reserved', '+', reserved),
          shipped: eb('balance.shipped', '+', shipped),
          moved_at: movedAt,
          counted_at: eb.fn.coalesce('balance.counted_at', eb.val(countedAt)),
          rev: eb('balance.rev', '+', 1),
        })),
      )
      .execute()
  }
}

const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0)

/** What an order's movements so far hold, by line and listing, then by sku. */
export async function postedHoldings(
  tx: Tx,
  account: string,
  order: string,
): Promise<Map<string, Map<SkuId, Holding>>> {
  const rows = await tx
    .selectFrom('movement')
    .select(['line_id', 'listing', 'sku', 'on_hand_delta', 'reserved_delta'])
    .where('account', '=', account)
    .where('order_id', '=', order)
    .execute()
  const holdings = new Map<string, Map<SkuId, Holding>>()
  for (const row of rows) {
    const key = lineKey(row.line_id ?? '', row.listing ?? '')
    const bySku = holdings.get(key) ?? new Map<SkuId, Holding>()
    const sku = asId<'sku'>(row.sku)
    const before = bySku.get(sku) ?? { reserved: 0, shipped: 0 }
    bySku.set(sku, { reserved: before.reserved + row.reserved_delta, shipped: before.shipped - row.on_hand_delta })
    holdings.set(key, bySku)
  }
  return holdings
}

/** A line with a platform-side bundle holds several listings: both name it. */
export const lineKey = (line: string, listing: string): string => `${line}\u0000${listing}`
