/** Who has a tracking number: one parcel at a time, first come first served, over all orders of all shops. */

import { sql } from 'kysely'
import type { Instant } from '../domain.ts'
import { parseReference } from '../domain.ts'
import type { ParcelNumberTable, ShipmentTable, Tx } from '../store/tables.ts'
import { normalNumber } from './numbers.ts'

/**
 * Takes the number for this parcel, or says in words who has it. Of two processes that plan two parcels with one number
 * at once, the second waits for the first's commit and then finds it taken.
 */
export async function claimNumber(
  tx: Tx,
  number: string,
  shipment: Pick<ShipmentTable, 'account' | 'shipment_id'>,
  reference: string,
  now: Instant,
): Promise<string | undefined> {
  const mine = { account: shipment.account, shipment_id: shipment.shipment_id, reference, at: now }
  await tx
    .insertInto('parcel_number')
    .values({ number, ...mine })
    .onConflict((conflict) => conflict.column('number').doNothing())
    .execute()
  const owner = await tx
    .selectFrom('parcel_number')
    .selectAll()
    .where('number', '=', number)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const isMine = owner.account === shipment.account && owner.shipment_id === shipment.shipment_id
  if (isMine || !(await isStillUsed(tx, owner))) {
    await tx.updateTable('parcel_number').set(mine).where('number', '=', number).execute()
    return undefined
  }
  return owner.reference === reference
    ? `another parcel of the same order (${owner.shipment_id})`
    : `order ${await nameOf(tx, owner.reference)}`
}

/** A parcel that was called back, or has another number by now, has let go of it. */
async function isStillUsed(tx: Tx, { account, shipment_id, number }: ParcelNumberTable): Promise<boolean> {
  const row = await tx
    .selectFrom('shipment')
    .select(['numbers', 'cancelled'])
    .where('account', '=', account)
    .where('shipment_id', '=', shipment_id)
    .executeTakeFirst()
  if (!row || row.cancelled === 1) return false
  // Safe: written by the ledger only.
  return (JSON.parse(row.numbers) as readonly string[]).map(normalNumber).includes(number)
}

async function nameOf(tx: Tx, reference: string): Promise<string> {
  const origin = parseReference(reference)
  if (!origin) return reference
  const head = await tx
    .selectFrom('order_head')
    .innerJoin('account', 'account.id', 'order_head.account')
    .select([sql<string>`order_head.name || ' of ' || account.title`.as('name')])
    .where('order_head.account', '=', origin.account)
    .where('order_head.order_id', '=', origin.order)
    .executeTakeFirst()
  return head?.name ?? origin.order
}
