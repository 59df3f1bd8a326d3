/** The merchant's own things that are counted. */

import type { Instant, SkuId } from '../domain.ts'
import { MERCHANT, POOL } from '../domain.ts'
import type { Tx } from '../store/tables.ts'
import { setRule } from './rules.ts'

export interface NewSku {
  readonly sku: SkuId
  readonly title: string
  readonly gtin?: string
}

/** Adds a sku with an empty balance; a sku that exists is left as it is. True when it was new. */
export async function addSku(tx: Tx, sku: NewSku, at: Instant): Promise<boolean> {
  const added = await tx
    .insertInto('sku')
    .values({
      merchant: MERCHANT,
      sku: sku.sku,
      title: sku.title,
      gtin: sku.gtin ?? null,
      safety_units: 0,
      rev: 1,
      created_at: at,
    })
    .onConflict((conflict) => conflict.columns(['merchant', 'sku']).doNothing())
    .returning('sku')
    .execute()
  await tx
    .insertInto('balance')
    .values({
      merchant: MERCHANT,
      pool: POOL,
      sku: sku.sku,
      on_hand: 0,
      reserved: 0,
      shipped: 0,
      moved_at: at,
      counted_at: null,
      rev: 1,
    })
    .onConflict((conflict) => conflict.columns(['merchant', 'pool', 'sku']).doNothing())
    .execute()
  return added.length > 0
}

/** Under this name the history of rules keeps what a safety stock was. */
export const safetyRule = 'safety'

export interface SafetyContext {
  readonly now: Instant
  readonly newId: () => string
  /** Who decided it. */
  readonly by?: string
}

/** Units that are never offered anywhere. False when there is no such sku. What it was stays in the history of rules. */
export async function setSafetyStock(
  tx: Tx,
  sku: SkuId,
  safetyUnits: number,
  { now, newId, by }: SafetyContext,
): Promise<boolean> {
  const changed = await tx
    .updateTable('sku')
    .set((eb) => ({ safety_units: safetyUnits, rev: eb('rev', '+', 1) }))
    .where('merchant', '=', MERCHANT)
    .where('sku', '=', sku)
    .returning('sku')
    .execute()
  if (changed.length === 0) return false
  await setRule(
    tx,
    { name: safetyRule, value: String(safetyUnits), sku, ...(by !== undefined && { by }) },
    { now, newId },
  )
  return true
}
