/** Finds the parcels of an order, wherever the shop's plugins leave their tracking numbers. Pure. */

import { carrierNamed } from '../../mappings/index.ts'
import { asId, type Instant, type ShipmentSnapshot } from '../../src/domain.ts'
import { orderId, shipmentId } from './ids.ts'
import type { Fulfillment, Meta, Order, Settings } from './types.ts'
import { readGmt, readShopTime } from './values.ts'

interface Parcel {
  readonly source: string
  readonly id: string
  readonly numbers: readonly string[]
  readonly carrier?: string
  readonly url?: string
  readonly lines?: ShipmentSnapshot['lines']
  readonly at?: Instant
}

/** Every parcel that an order's own data and its fulfilments tell of. No `lines` in a parcel: the plugin does not say. */
export function parcelsOf(
  order: Order,
  fulfillments: readonly Fulfillment[],
  settings: Settings,
): readonly ShipmentSnapshot[] {
  const updatedAt = readGmt(order.date_modified_gmt) ?? 0
  const found: readonly Parcel[] = [
    ...fulfillments.flatMap((one) => fromFulfillment(one, order)),
    ...fromShipmentTracking(order),
    ...fromPostNl(order),
    ...fromMyParcel(order),
    ...fromOldMyParcel(order),
    ...fromPlainKeys(order, settings),
  ]
  return withoutEchoes(found).map((parcel) => ({
    id: shipmentId(order.id, parcel.source, parcel.id),
    order: orderId(order.id),
    updatedAt: parcel.at ?? updatedAt,
    cancelled: false,
    numbers: parcel.numbers,
    lines: parcel.lines ?? [],
    ...(parcel.carrier ? { carrier: parcel.carrier } : {}),
    ...(parcel.url ? { url: parcel.url } : {}),
  }))
}

/** Several plugins copy each other's numbers: the first source that names a number keeps it. */
function withoutEchoes(parcels: readonly Parcel[]): readonly Parcel[] {
  const seen = new Set<string>()
  return parcels.flatMap((parcel) => {
    const numbers = [...new Set(parcel.numbers)].filter((number) => !seen.has(`${number}`))
    for (const number of numbers) seen.add(number)
    // A fulfilment without a number is a parcel all the same (a pick-up, a letter).
    return numbers.length || (parcel.numbers.length === 0 && parcel.source === 'fulfillment')
      ? [{ ...parcel, numbers }]
      : []
  })
}

export const metaValue = (metas: readonly Meta[], key: string): unknown => metas.find((meta) => meta.key === key)?.value

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''

/** PHP arrays with gaps come out as objects, and some plugins store JSON text. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (typeof value === 'string' && /^[[{]/.test(value.trim())) {
    try {
      return listOf(JSON.parse(value))
    } catch {
      return []
    }
  }
  return isRecord(value) ? Object.values(value) : []
}
const recordsOf = (value: unknown) => listOf(value).filter(isRecord)

/** A plugin's slug (`postnl`) as the carrier's name where we know it. */
const carrierName = (text: string): string => carrierNamed(text)?.title ?? text

/** Some put several numbers in one field. */
const numbersIn = (text: string): readonly string[] => text.split(/[\s,;|]+/).filter((part) => part.length > 3)

function fromFulfillment(one: Fulfillment, order: Order): readonly Parcel[] {
  const left = one.status === 'fulfilled' || one.is_fulfilled === true
  if (!left || one.date_deleted) return []
  const provider = textOf(metaValue(one.meta_data, '_shipment_provider'))
  const carrier = provider === 'other' ? textOf(metaValue(one.meta_data, '_provider_name')) : provider
  const at = readShopTime(one.date_updated, { local: order.date_modified, gmt: order.date_modified_gmt })
  return [
    {
      source: 'fulfillment',
      id: one.id,
      numbers: numbersIn(textOf(metaValue(one.meta_data, '_tracking_number'))),
      carrier: carrierName(carrier),
      url: textOf(metaValue(one.meta_data, '_tracking_url')),
      lines: fulfilledLines(one),
      ...(at === undefined ? {} : { at }),
    },
  ]
}

/** Which units a fulfilment took, by line. WooCommerce checks neither the ids nor the quantities. */
export function fulfilledLines(one: Fulfillment): ShipmentSnapshot['lines'] {
  return recordsOf(metaValue(one.meta_data, '_items')).flatMap((item) => {
    const units = Number(item.qty)
    const line = textOf(item.item_id)
    return line && Number.isInteger(units) && units > 0 ? [{ line: asId<'line'>(line), units }] : []
  })
}

/** Woo's Shipment Tracking and zorem's Advanced Shipment Tracking share one key. */
function fromShipmentTracking(order: Order): readonly Parcel[] {
  return recordsOf(metaValue(order.meta_data, '_wc_shipment_tracking_items')).map((item) => ({
    source: 'shipment-tracking',
    id: textOf(item.tracking_id) || textOf(item.tracking_number),
    numbers: numbersIn(textOf(item.tracking_number)),
    carrier: carrierName(textOf(item.tracking_provider) || textOf(item.custom_tracking_provider)),
    url: textOf(item.custom_tracking_link),
  }))
}

/** PostNL for WooCommerce 5.9: one label, or several barcodes for several parcels. */
function fromPostNl(order: Order): readonly Parcel[] {
  const data = metaValue(order.meta_data, '_postnl_order_metadata')
  if (!isRecord(data)) return []
  const label = isRecord(data.labels) && isRecord(data.labels.label) ? textOf(data.labels.label.barcode) : ''
  const more = recordsOf(data.barcodes).map((barcode) => textOf(barcode.value))
  const numbers = [...new Set([label, ...more])].filter(Boolean)
  const [first] = numbers
  return first ? [{ source: 'postnl', id: first, numbers, carrier: 'PostNL' }] : []
}

/** MyParcel 5.x and 6.x. A shipment without a barcode has no label yet. */
function fromMyParcel(order: Order): readonly Parcel[] {
  const shipments = [
    '_myparcelnl_order_shipments',
    '_myparcelcom_order_shipments',
    '_myparcelbe_order_shipments',
  ].flatMap((key) => recordsOf(metaValue(order.meta_data, key)))
  return shipments
    .filter((one) => !one.deleted && one.isReturn !== true)
    .map((one) => ({
      source: 'myparcel',
      id: textOf(one.id) || textOf(one.barcode),
      numbers: numbersIn(textOf(one.barcode)),
      carrier: carrierName(textOf(isRecord(one.carrier) ? (one.carrier.human ?? one.carrier.name) : one.carrier)),
      url: textOf(one.linkConsumerPortal),
    }))
}

/** MyParcel 4.x (`_myparcel_shipments`, per shipment) and the very old plain list. */
function fromOldMyParcel(order: Order): readonly Parcel[] {
  const shipments = recordsOf(metaValue(order.meta_data, '_myparcel_shipments')).map((one): Parcel => {
    const inner = isRecord(one.shipment) ? one.shipment : {}
    const number = textOf(one.track_trace) || textOf(inner.barcode)
    return { source: 'myparcel', id: textOf(one.shipment_id) || number, numbers: numbersIn(number) }
  })
  const old = metaValue(order.meta_data, '_myparcel_tracktrace')
  const plain = (typeof old === 'string' && !old.startsWith('[') ? [old] : listOf(old).map(textOf)).flatMap(numbersIn)
  return [...shipments, ...plain.map((number): Parcel => ({ source: 'myparcel', id: number, numbers: [number] }))]
}

function fromPlainKeys(order: Order, settings: Settings): readonly Parcel[] {
  const read = (key: string | undefined) => (key ? textOf(metaValue(order.meta_data, key)) : '')
  return settings.trackingKeys.flatMap((keys) =>
    numbersIn(read(keys.number)).map((number) => ({
      source: 'meta',
      id: number,
      numbers: [number],
      carrier: carrierName(read(keys.provider)),
      url: read(keys.url),
    })),
  )
}
