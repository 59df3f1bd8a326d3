/** What people do to the count in Onhand itself: receive, adjust. Each is a delivery like any other. */

import { z } from 'zod'
import type { AccountId, Instant, SkuId } from '../domain.ts'
import { asId, MERCHANT } from '../domain.ts'
import type { Tx } from '../store/tables.ts'
import { postMovements } from './movements.ts'

/** The account name under which people's own entries are kept. */
export const PEOPLE: AccountId = asId('onhand')

export const manualEntry = z.object({
  kind: z.enum(['receive', 'adjust']),
  sku: z.string().min(1),
  units: z.number().int().min(-1_000_000).max(1_000_000),
  reason: z.string().max(500),
})

export type ManualEntry = z.infer<typeof manualEntry>

/** Posts a person's entry. Returns a sentence when it cannot be posted. */
export async function postManual(
  tx: Tx,
  delivery: { id: string; body: string; at: Instant },
  context: { newId: () => string; moved: Set<SkuId> },
): Promise<string | undefined> {
  const entry = manualEntry.safeParse(JSON.parse(delivery.body))
  if (!entry.success) return 'The entry is not a stock change that Onhand knows.'
  const { kind, sku, units, reason } = entry.data
  const known = await tx
    .selectFrom('sku')
    .select('sku')
    .where('merchant', '=', MERCHANT)
    .where('sku', '=', sku)
    .executeTakeFirst()
  if (!known) return `There is no sku ${sku}.`
  await postMovements(tx, context.moved, [
    {
      id: context.newId(),
      sku: asId(sku),
      kind,
      onHandDelta: units,
      reservedDelta: 0,
      delivery: delivery.id,
      reason,
      at: delivery.at,
    },
  ])
  return undefined
}
