/** What people enter in Onhand itself: stock that is received or corrected, what came back, a tracking number that is right all the same. Each is a delivery like any other. */

import { z } from 'zod'
import type { AccountId, Instant, SkuId } from '../domain.ts'
import { asId, MERCHANT } from '../domain.ts'
import type { Tx } from '../store/tables.ts'
import { postMovements } from './movements.ts'
import { inspection, postInspection } from './returns.ts'

/** The account name under which people's own entries are kept. */
export const PEOPLE: AccountId = asId('onhand')

const stockEntry = z.object({
  kind: z.enum(['receive', 'adjust']),
  sku: z.string().min(1),
  units: z.number().int().min(-1_000_000).max(1_000_000),
  reason: z.string().max(500),
})

const pushAnyway = z.object({
  kind: z.literal('push-anyway'),
  account: z.string().min(1),
  shipment: z.string().min(1),
  /** In normal form: another number has to be confirmed anew. */
  number: z.string().min(1),
  /** Where the parcel names none, or a wrong one. */
  carrier: z.string().min(1).max(100).optional(),
  by: z.string().min(1).max(100),
  reason: z.string().min(1).max(500),
})

export const manualEntry = z.discriminatedUnion('kind', [stockEntry, pushAnyway, inspection])

export type ManualEntry = z.infer<typeof manualEntry>

/** A person's word that a parcel's number is right, as it is kept with the parcel. */
export const confirmation = pushAnyway
  .pick({ number: true, carrier: true, by: true, reason: true })
  .extend({ at: z.number(), delivery: z.string() })

interface ManualContext {
  readonly newId: () => string
  readonly moved: Set<SkuId>
}

interface ManualDelivery {
  readonly id: string
  readonly body: string
  readonly at: Instant
}

/** Posts a person's entry. Returns a sentence when it cannot be posted. */
export async function postManual(
  tx: Tx,
  delivery: ManualDelivery,
  context: ManualContext,
): Promise<string | undefined> {
  const entry = manualEntry.safeParse(JSON.parse(delivery.body))
  if (!entry.success) return 'The entry is nothing that Onhand knows.'
  switch (entry.data.kind) {
    case 'push-anyway':
      return await keepConfirmation(tx, delivery, entry.data, context)
    case 'inspect':
      return await postInspection(tx, delivery, entry.data, context)
    default:
      return await postStock(tx, delivery, entry.data, context)
  }
}

async function postStock(
  tx: Tx,
  delivery: ManualDelivery,
  { kind, sku, units, reason }: z.infer<typeof stockEntry>,
  context: ManualContext,
): Promise<string | undefined> {
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

/** The parcel's new stamp has it planned again. */
async function keepConfirmation(
  tx: Tx,
  delivery: ManualDelivery,
  { account, shipment, number, carrier, by, reason }: z.infer<typeof pushAnyway>,
  context: ManualContext,
): Promise<string | undefined> {
  const said: z.infer<typeof confirmation> = { number, carrier, by, reason, at: delivery.at, delivery: delivery.id }
  const updated = await tx
    .updateTable('shipment')
    .set({ confirmed: JSON.stringify(said), stamp: context.newId() })
    .where('account', '=', account)
    .where('shipment_id', '=', shipment)
    .returning('shipment_id')
    .execute()
  return updated.length > 0 ? undefined : `There is no parcel ${shipment} of ${account}.`
}
