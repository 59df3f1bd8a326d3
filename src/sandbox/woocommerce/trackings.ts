/** Tracking numbers as the Shipment Tracking plugins keep them: one order meta array, added to by read-modify-write. */

import { createHash } from 'node:crypto'
import { setStatus } from './order-status.ts'
import { saved } from './orders.ts'
import { links } from './product-json.ts'
import { RestError } from './rest-error.ts'
import { metaOf, type Order, putMeta, type State } from './state.ts'
import { type Fields, isFields, listOf, textOf } from './values.ts'

export const trackingKey = '_wc_shipment_tracking_items'

/** The plugin's list by country: name → link. */
export const providers: Record<string, Record<string, string>> = {
  Netherlands: {
    PostNL: 'https://postnl.nl/tracktrace/?B=%1$s&P=%2$s&D=%3$s&T=C',
    'DHL NL': 'https://www.dhl.com/nl-nl/home/tracking.html?tracking-id=%1$s',
    'DPD NL': 'https://www.dpdgroup.com/nl/mydpd/my-parcels/search?parcelNumber=%1$s',
  },
  Belgium: { Bpost: 'https://track.bpost.cloud/btr/web/#/search?itemCode=%1$s&postalCode=%2$s' },
  Global: { UPS: 'https://www.ups.com/track?tracknum=%1$s', FedEx: 'https://www.fedex.com/fedextrack/?trknbr=%1$s' },
}

const slugOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
const known = Object.values(providers).flatMap((group) => Object.entries(group))

export const trackingItems = (order: Order): readonly Fields[] =>
  listOf(metaOf(order.meta, trackingKey)).filter(isFields)

function linkOf(order: Order, item: Fields): string {
  const form = known.find(([name]) => slugOf(name) === item.tracking_provider)?.[1]
  if (!form) return textOf(item.custom_tracking_link)
  const address = isFields(order.shipping) ? order.shipping : {}
  return form
    .replace('%1$s', textOf(item.tracking_number))
    .replace('%2$s', textOf(address.postcode).replaceAll(' ', ''))
    .replace('%3$s', textOf(address.country))
}

export function trackingJson(state: State, order: Order, item: Fields): Record<string, unknown> {
  const up = `${state.options.home}/wp-json/wc-shipment-tracking/v3/orders/${order.id}`
  const id = textOf(item.tracking_id)
  const name = known.find(([one]) => slugOf(one) === item.tracking_provider)?.[0] ?? ''
  return {
    tracking_id: id,
    tracking_provider: name,
    tracking_link: linkOf(order, item),
    tracking_number: textOf(item.tracking_number),
    date_shipped: new Date(Number(item.date_shipped) * 1000).toISOString().slice(0, 10),
    _links: links(`${up}/shipment-trackings/${id}`, `${up}/shipment-trackings`, { up }, ['GET', 'DELETE']),
  }
}

export interface TrackingInput {
  /** As in the plugin's list; an unknown name is stored as nothing. */
  readonly provider: string
  readonly number: string
  readonly link?: string
  readonly dateShipped?: string
  /** Any name, shown as typed. */
  readonly customProvider?: string
}

export function newTracking(state: State, order: Order, input: TrackingInput): Fields {
  const slug = known.find(([name]) => name === input.provider)?.[0]
  const day = Date.parse(`${input.dateShipped ?? ''}T00:00:00Z`)
  const midnight = state.nowSeconds() - (state.nowSeconds() % 86_400)
  return {
    tracking_provider: slug ? slugOf(slug) : '',
    custom_tracking_provider: input.customProvider ?? '',
    custom_tracking_link: input.link ?? '',
    tracking_number: input.number,
    tracking_product_code: '',
    date_shipped: String(Number.isNaN(day) ? midnight : day / 1000),
    status_shipped: '0',
    tracking_id: createHash('md5')
      .update(`${order.id}-${input.number}-${state.nextRowId('meta')}`)
      .digest('hex'),
    user_id: 1,
  }
}

export function storeTrackings(state: State, order: Order, items: readonly Fields[]): void {
  putMeta(state, order.meta, trackingKey, items.length > 0 ? items : null)
}

/** Repeated numbers are accepted. `status_shipped` 1 completes the order. */
export function addTracking(state: State, order: Order, fields: Fields): Fields {
  const number = textOf(fields.tracking_number)
  if (!number)
    throw new RestError(400, 'rest_missing_callback_param', 'Missing parameter(s): tracking_number', {
      status: 400,
      params: ['tracking_number'],
    })
  const link = textOf(fields.custom_tracking_link)
  const provider = textOf(fields.tracking_provider)
  const item = newTracking(state, order, { provider, number, link, dateShipped: textOf(fields.date_shipped) })
  const replaces = textOf(fields.replace_tracking) === '1'
  storeTrackings(state, order, [
    ...(replaces ? [] : trackingItems(order)),
    { ...item, status_shipped: textOf(fields.status_shipped) || '0' },
  ])
  if (textOf(fields.status_shipped) === '1') setStatus(state, order, 'completed')
  saved(state, order)
  return item
}

export const invalidTracking = () =>
  new RestError(404, 'woocommerce_shipment_tracking_invalid_id', 'Invalid shipment tracking ID.')

export function deleteTracking(state: State, order: Order, item: Fields): void {
  storeTrackings(
    state,
    order,
    trackingItems(order).filter((other) => other.tracking_id !== item.tracking_id),
  )
  saved(state, order)
}
