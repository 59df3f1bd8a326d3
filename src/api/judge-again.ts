/** Has a held parcel judged again, by what the shop that sold it accepts now: its list of carriers is asked for anew. */

import { asId, type OrderSnapshot, parseReference } from '../domain.ts'
import { want } from '../ledger/wanted.ts'
import type { Tx } from '../store/tables.ts'
import type { ApiDeps } from './deps.ts'

/** `subject` names the parcel as its tracking intent does: the account that ships, and the shop's id of it. */
export async function judgeAgain({ store, clock }: Pick<ApiDeps, 'store' | 'clock'>, subject: string): Promise<void> {
  await store.transaction(async (tx) => {
    await tx
      .updateTable('plan')
      .set({ wake_at: clock.now() })
      .where('book', '=', 'shipment')
      .where('subject', '=', subject)
      .execute()
    const sold = await soldOrder(tx, subject)
    if (sold?.deliveryOption === undefined) return
    await want(tx, sold.account, { kind: 'providers', ids: [sold.deliveryOption] }, store.newId)
  })
}

async function soldOrder(tx: Tx, subject: string) {
  const at = subject.indexOf('/')
  const copy = await tx
    .selectFrom('shipment')
    .innerJoin('order_head', (join) =>
      join.onRef('order_head.account', '=', 'shipment.account').onRef('order_head.order_id', '=', 'shipment.order_id'),
    )
    .select('order_head.reference')
    .where('shipment.account', '=', subject.slice(0, at))
    .where('shipment.shipment_id', '=', subject.slice(at + 1))
    .executeTakeFirst()
  const origin = parseReference(copy?.reference ?? '')
  if (!origin) return undefined
  const head = await tx
    .selectFrom('order_head')
    .select('snapshot')
    .where('account', '=', origin.account)
    .where('order_id', '=', origin.order)
    .executeTakeFirst()
  // Safe: written by the ledger only.
  const order = head && (JSON.parse(head.snapshot) as OrderSnapshot)
  return order && { account: asId<'account'>(origin.account), deliveryOption: order.deliveryOption }
}
