/** What a merchant decides about numbers is kept as it was said: the newest word of a scope and name holds, none is ever changed. */

import { type AccountId, type Instant, type ListingId, MERCHANT, type SkuId } from '../domain.ts'
import type { Db, Tx } from '../store/tables.ts'

export interface RuleDraft {
  readonly name: string
  /** Null takes back what was decided for this scope. */
  readonly value: string | null
  readonly account?: AccountId
  readonly listing?: ListingId
  readonly sku?: SkuId
  readonly from?: Instant
  readonly until?: Instant
  /** Who decided it. */
  readonly by?: string
}

export async function setRule(
  db: Db | Tx,
  rule: RuleDraft,
  context: { readonly now: Instant; readonly newId: () => string },
): Promise<string> {
  const id = context.newId()
  await db
    .insertInto('rule')
    .values({
      id,
      merchant: MERCHANT,
      account: rule.account ?? null,
      listing: rule.listing ?? null,
      sku: rule.sku ?? null,
      name: rule.name,
      value: rule.value,
      from_at: rule.from ?? null,
      until_at: rule.until ?? null,
      made_by: rule.by ?? 'system',
      made_at: context.now,
    })
    .execute()
  return id
}
