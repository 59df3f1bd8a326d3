/** Plans the tracking: which parcel of a copy the shop that took the order must be told about. */

import { sql } from 'kysely'
import { type AccountId, asId, type OrderSnapshot, parseReference } from '../domain.ts'
import type { Db, ShipmentTable, Tx } from '../store/tables.ts'
import { intend, intended, markPlanned, type TrackingTarget, urgencies } from './intents.ts'
import type { PlanContext } from './stock.ts'

/** What the planner needs to know of carriers; the data behind it is handed in. */
export interface Carriers {
  /** The carrier that a text names, with the spelling each platform wants. */
  named(text: string): { readonly title: string; readonly names: Readonly<Record<string, string>> } | undefined
}

/** Asks again this soon while the shop's provider list is on its way. */
const providersRetryMs = 1000
/** What a shop has not answered by now is told to a person; it is pushed all the same once it comes. */
const patienceMs = 10 * 60_000

export async function staleShipments(db: Db, after: string, limit: number): Promise<ShipmentTable[]> {
  return await db
    .selectFrom('shipment')
    .leftJoin('plan', (join) =>
      join
        .on('plan.book', '=', 'shipment')
        .on(sql<string>`shipment.account || '/' || shipment.shipment_id`, '=', (eb) => eb.ref('plan.subject')),
    )
    .selectAll('shipment')
    .where('shipment.stamp', '>', after)
    .where((eb) => eb.or([eb('plan.seen', 'is', null), eb('plan.seen', '<>', eb.ref('shipment.stamp'))]))
    .orderBy('shipment.stamp')
    .limit(limit)
    .execute()
}

export async function shipmentRow(db: Db, account: string, shipment: string): Promise<ShipmentTable | undefined> {
  return await db
    .selectFrom('shipment')
    .selectAll()
    .where('account', '=', account)
    .where('shipment_id', '=', shipment)
    .executeTakeFirst()
}

export async function planShipment(
  tx: Tx,
  shipment: ShipmentTable,
  carriers: Carriers,
  context: PlanContext,
): Promise<void> {
  const subject = `${shipment.account}/${shipment.shipment_id}`
  const planned = (wakeAt: number | null = null) => markPlanned(tx, 'shipment', subject, shipment.stamp, wakeAt)
  // Of two processes that plan the same parcel the second one waits for what the first one intended.
  await tx
    .selectFrom('shipment')
    .select('stamp')
    .where('account', '=', shipment.account)
    .where('shipment_id', '=', shipment.shipment_id)
    .forUpdate()
    .execute()
  const numbers = JSON.parse(shipment.numbers) as readonly string[]
  const number = numbers[0]
  if (shipment.cancelled === 1 || number === undefined) return void (await planned())

  const copy = await tx
    .selectFrom('order_head')
    .select('reference')
    .where('account', '=', shipment.account)
    .where('order_id', '=', shipment.order_id)
    .executeTakeFirst()
  // The parcel may be seen before its order: look again in a moment.
  if (!copy) return void (await planned(context.now + providersRetryMs))
  const origin = copy.reference === null ? undefined : parseReference(copy.reference)
  if (!origin) return void (await planned())

  const found = await targetOf(tx, shipment, number, origin, carriers)
  await planned(found ? null : context.now + providersRetryMs)
  const target = found ?? (context.now - shipment.first_seen_at > patienceMs ? stillWaiting(number) : undefined)
  if (!target) return
  // A parcel is told of again and again on its way; only another number or carrier is news to the shop that sold it.
  const before = await intended<TrackingTarget>(tx, origin.account, 'tracking', subject)
  if (before && JSON.stringify(before) === JSON.stringify(target)) return
  await intend(
    tx,
    {
      account: origin.account,
      kind: 'tracking',
      subject,
      target,
      terms: {},
      urgency: urgencies.tracking,
      causedAt: shipment.version_at,
    },
    context,
  )
}

async function targetOf(
  tx: Tx,
  shipment: ShipmentTable,
  number: string,
  origin: NonNullable<ReturnType<typeof parseReference>>,
  carriers: Carriers,
): Promise<TrackingTarget | undefined> {
  const head = await tx
    .selectFrom('order_head')
    .innerJoin('account', 'account.id', 'order_head.account')
    .select(['order_head.snapshot', 'account.platform'])
    .where('order_head.account', '=', origin.account)
    .where('order_head.order_id', '=', origin.order)
    .executeTakeFirst()
  if (!head) return undefined
  if (!shipment.carrier) return hold(`Parcel ${number} names no carrier. Fill it in where the parcel was made.`)
  const carrier = carriers.named(shipment.carrier)
  if (!carrier)
    return hold(`Parcel ${number} was sent with "${shipment.carrier}", a carrier that Onhand does not know.`)

  // Safe: written by the ledger only.
  const order = JSON.parse(head.snapshot) as OrderSnapshot
  const name = carrier.names[head.platform] ?? carrier.title
  const provider = order.deliveryOption
    ? await providerNamed(tx, origin.account, order.deliveryOption, name)
    : undefined
  if (provider === 'unasked') return undefined
  if (provider === 'none')
    return hold(
      `The shop's list of carriers for this order has no ${carrier.title}, so parcel ${number} would be refused.`,
    )
  return {
    kind: 'push',
    op: {
      order: origin.order,
      shipment: asId(shipment.shipment_id),
      carrier: name,
      provider,
      number,
      url: shipment.url ?? undefined,
    },
  }
}

const stillWaiting = (number: string) =>
  hold(
    `Parcel ${number} waits: the shop that sold the order has not told which carriers it accepts. It is pushed as soon as it does.`,
  )

const hold = (reason: string): TrackingTarget => ({ kind: 'hold', reason })

async function providerNamed(
  tx: Tx,
  account: AccountId,
  deliveryOption: string,
  name: string,
): Promise<string | undefined> {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  const providers = await tx
    .selectFrom('provider')
    .select(['provider', 'name'])
    .where('account', '=', account)
    .where('delivery_option', '=', deliveryOption)
    .execute()
  if (providers.length === 0) return 'unasked'
  return providers.find((provider) => plain(provider.name) === plain(name))?.provider ?? 'none'
}
