/** Tells a shop of a parcel, by the plugin the merchant uses, and never twice: what is there is compared first. */

import { carrierNamed } from '../../mappings/index.ts'
import type { Call, CallResult, ComposedCall, TrackingOp } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Client } from './client.ts'
import { jsonId, orderNumber } from './ids.ts'
import { readFulfillments } from './mapping.ts'
import { readOrder } from './order-writes.ts'
import { refusedRow } from './outcomes.ts'
import { metaValue, parcelsOf } from './parcels.ts'
import { type Order, type Settings, shipmentTracking } from './types.ts'

const trackingsApi = 'wc-shipment-tracking/v3'
/** Marks a fulfilment as ours; WooCommerce itself lets any number of equal ones be made. */
const ourShipment = '_onhand_shipment_id'
/** What we told the order so far, so that several parcels add up. */
const ourShipments = '_onhand_shipments'

interface Body {
  readonly order: string
  readonly shipment: string
  readonly carrier: string
  readonly number: string
  readonly url?: string
  readonly lines?: readonly { readonly line: string; readonly units: number }[]
  /** Numbers that this one takes the place of. */
  readonly replaces?: readonly string[]
}

export function composeTracking(op: TrackingOp, newKey: () => string, settings: Settings): ComposedCall[] {
  if (!op.number.trim()) throw new ChannelError('rejected', `A parcel of order ${op.order} has no tracking number.`)
  const body: Body = {
    order: orderNumber(op.order),
    shipment: op.shipment,
    carrier: op.carrier,
    number: op.number.trim(),
    ...(op.url ? { url: op.url } : {}),
    ...(op.lines?.length ? { lines: op.lines } : {}),
    ...(op.replaces?.length ? { replaces: op.replaces } : {}),
  }
  const method = `tracking.${settings.trackingBy}`
  // Every way looks first, so a second time finds what the first one left.
  const call: Call = {
    key: newKey(),
    kind: 'tracking',
    method,
    body: JSON.stringify(body),
    rows: 1,
    cost: 3,
    repeatable: true,
  }
  return [{ call, positions: [0] }]
}

export async function writeTracking(client: Client, call: Call, settings: Settings): Promise<CallResult> {
  const body = JSON.parse(call.body) as Body
  const order = await readOrder(client, body.order)
  if (!order) return refusedRow('gone', `Order ${body.order} is no longer in the shop.`)
  const told =
    call.method === 'tracking.fulfillments'
      ? await tellFulfillments(client, order, body, settings)
      : call.method === 'tracking.shipment-tracking'
        ? await tellShipmentTracking(client, order, body)
        : 'no route'
  // Without the plugin the number goes where every other tool can read it.
  const viaPlugin = told !== 'no route'
  await finish(client, order, body, settings, viaPlugin)
  const missing = !viaPlugin && call.method !== 'tracking.meta'
  return {
    rows: [
      {
        ok: true,
        id: viaPlugin ? told : body.number,
        ...(missing
          ? { warning: 'The tracking plugin does not answer; the number was put into the order itself.' }
          : {}),
      },
    ],
  }
}

async function tellFulfillments(client: Client, order: Order, body: Body, settings: Settings): Promise<string> {
  const path = `orders/${order.id}/fulfillments`
  const listed = await client.get(path, client.fresh(), { admitted: true })
  if (!listed.ok && listed.code === 'rest_no_route') return 'no route'
  const live = (readFulfillments(client.rows(listed)) ?? []).filter((one) => !one.date_deleted)
  const numberOf = (one: (typeof live)[number]) => String(metaValue(one.meta_data, '_tracking_number') ?? '')
  const present =
    live.find((one) => numberOf(one) === body.number) ??
    live.find((one) => metaValue(one.meta_data, ourShipment) === body.shipment && !isReplaced(body, numberOf(one)))
  if (present) return present.id
  const wrong = live.find((one) => isReplaced(body, numberOf(one)))
  if (wrong) {
    const change = JSON.stringify(newFulfillment(order, body, settings))
    client.must(await client.send('PUT', `${path}/${wrong.id}`, change, { admitted: true, repeatable: true }))
    return wrong.id
  }
  const reply = await client.send('POST', path, JSON.stringify(newFulfillment(order, body, settings)), {
    admitted: true,
  })
  const [made] = readFulfillments([client.must(reply)]) ?? []
  return made?.id ?? body.number
}

const isReplaced = ({ number, replaces }: Body, told: string) => told !== number && replaces?.includes(told) === true

/** Every entry needs `id: 0`: without it WooCommerce drops the entry in silence. Item ids must be JSON numbers. */
function newFulfillment(order: Order, body: Body, settings: Settings): unknown {
  const carrier = carrierNamed(body.carrier)?.names.woocommerce
  const items = (body.lines ?? order.line_items.map((line) => ({ line: line.id, units: line.quantity }))).map(
    ({ line, units }) => ({ item_id: jsonId(line), qty: units }),
  )
  const entries: Record<string, unknown> = {
    _tracking_number: body.number,
    ...(body.url ? { _tracking_url: body.url } : {}),
    _shipment_provider: carrier ?? 'other',
    ...(carrier ? {} : { _provider_name: body.carrier }),
    [ourShipment]: body.shipment,
    _items: items,
  }
  return {
    status: 'fulfilled',
    is_fulfilled: true,
    notify_customer: settings.notifyCustomer,
    meta_data: Object.entries(entries).map(([key, value]) => ({ id: 0, key, value })),
  }
}

async function tellShipmentTracking(client: Client, order: Order, body: Body): Promise<string> {
  const path = `orders/${order.id}/shipment-trackings`
  const listed = await client.get(path, client.fresh(), { admitted: true, api: trackingsApi })
  if (!listed.ok && listed.code === 'rest_no_route') return 'no route'
  const items = client.rows(listed).flatMap((one) => {
    const read = shipmentTracking.safeParse(one)
    return read.success ? [read.data] : []
  })
  // The plugin changes no number: the wrong one is taken away, after the right one is there.
  const wrong = items.filter((item) => item.tracking_id && isReplaced(body, item.tracking_number))
  const dropWrong = async () => {
    for (const { tracking_id: id } of wrong)
      client.must(
        await client.send('DELETE', `${path}/${encodeURIComponent(id ?? '')}`, undefined, {
          admitted: true,
          repeatable: true,
          api: trackingsApi,
        }),
      )
  }
  const present = items.find((item) => item.tracking_number === body.number)
  if (present) {
    await dropWrong()
    return present.tracking_id || body.number
  }
  const known = carrierNamed(body.carrier)
  // Carriers the plugin knows go by their name; for the others it wants a name and a link of ours.
  const carrier = known
    ? { tracking_provider: known.title }
    : { custom_tracking_provider: body.carrier, custom_tracking_link: body.url ?? '' }
  const request = JSON.stringify({ tracking_number: body.number, ...carrier })
  const reply = await client.send('POST', path, request, { admitted: true, api: trackingsApi })
  const read = shipmentTracking.safeParse(client.must(reply))
  await dropWrong()
  return (read.success && read.data.tracking_id) || body.number
}

interface Told {
  readonly shipment: string
  readonly number: string
  readonly lines?: Body['lines']
}

/** Writes what the order itself should say: the number where no plugin took it, and completed when all of it has left. */
async function finish(client: Client, order: Order, body: Body, settings: Settings, viaPlugin: boolean) {
  const before = toldBefore(order).filter(({ number }) => !isReplaced(body, number))
  const known = before.some((one) => one.shipment === body.shipment && one.number === body.number)
  const all = known ? before : [...before, told(body)]
  const metas = [
    ...(known ? [] : [{ key: ourShipments, value: all }]),
    ...(viaPlugin ? [] : numberMetas(order, body, settings)),
  ]
  const completes = settings.completeWhenShipped && canComplete.has(order.status) && coversOrder(order, all)
  if (!metas.length && !completes) return
  const change = { ...(completes ? { status: 'completed' } : {}), ...(metas.length ? { meta_data: metas } : {}) }
  client.must(
    await client.send('PUT', `orders/${order.id}`, JSON.stringify(change), { admitted: true, repeatable: true }),
  )
}

const canComplete = new Set(['processing', 'on-hold', 'pending', 'partial-shipped', 'shipped'])

const told = ({ shipment, number, lines }: Body): Told => ({ shipment, number, ...(lines ? { lines } : {}) })

function toldBefore(order: Order): readonly Told[] {
  const value = metaValue(order.meta_data, ourShipments)
  return Array.isArray(value)
    ? value.filter((one): one is Told => typeof one?.shipment === 'string' && typeof one?.number === 'string')
    : []
}

/** A parcel without lines is the whole order; others add up, line by line. */
function coversOrder(order: Order, parcels: readonly Told[]): boolean {
  if (parcels.some((parcel) => !parcel.lines?.length)) return true
  return order.line_items.every((line) => {
    const left = parcels.flatMap((parcel) => parcel.lines ?? []).filter((one) => one.line === line.id)
    return left.reduce((sum, one) => sum + one.units, 0) >= line.quantity
  })
}

/** The plain keys hold one text: further parcels are added behind a comma, and a number that is anywhere is not added. */
function numberMetas(order: Order, body: Body, settings: Settings) {
  const before = String(metaValue(order.meta_data, '_tracking_number') ?? '').trim()
  const present = parcelsOf(order, [], settings).some((parcel) => parcel.numbers.includes(body.number))
  const told = before.split(/[\s,;|]+/).filter(Boolean)
  const kept = told.filter((number) => !isReplaced(body, number))
  if (kept.length === told.length && (present || told.includes(body.number))) return []
  return [
    { key: '_tracking_number', value: [...new Set([...kept, body.number])].join(', ') },
    { key: '_tracking_provider', value: carrierNamed(body.carrier)?.title ?? body.carrier },
    ...(body.url ? [{ key: '_tracking_url', value: body.url }] : []),
  ]
}
