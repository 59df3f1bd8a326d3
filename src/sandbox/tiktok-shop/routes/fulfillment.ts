/** Parcels and tracking numbers: shipping, correcting a number, and looking parcels up. */

import { z } from 'zod'
import { providersFor } from '../carriers.ts'
import { seconds } from '../ids.ts'
import { correctTracking, isShippable, openLines, shipLines, type Tracking } from '../life.ts'
import type { Line, Order, Parcel, Shop } from '../model.ts'
import { pageOf } from '../paging.ts'
import { parcelDetail, parcelSummary } from '../parcel-view.ts'
import { refuse, refuseParameter } from '../refusal.ts'
import { bodyRoute, oneOf, type Route, route, wholeNumber } from '../route.ts'
import { idShape, idsShape, isWithin, secondsShape } from './shapes.ts'

const correctableMs = 72 * 3_600_000
/** That corrections are limited is documented; the number is not. */
const correctionsMax = 5
const linesMax = 1_000

const trackingShape = z.strictObject({ tracking_number: z.string(), shipping_provider_id: z.string() }).partial()

const markShape = z
  .strictObject({
    ...trackingShape.shape,
    order_line_item_ids: idsShape(linesMax),
    order_line_list: z
      .array(z.strictObject({ order_line_id: idShape, sub_item_id: idShape.optional() }))
      .min(1)
      .max(linesMax),
  })
  .partial()

const shipShape = z
  .strictObject({
    handover_method: z.enum(['PICKUP', 'DROP_OFF']),
    pickup_slot: z.strictObject({ start_time: secondsShape, end_time: secondsShape }),
    self_shipment: trackingShape,
  })
  .partial()

const searchShape = z
  .strictObject({
    create_time_ge: secondsShape,
    create_time_lt: secondsShape,
    update_time_ge: secondsShape,
    update_time_lt: secondsShape,
    package_status: z.enum(['PROCESSING', 'FULFILLING', 'COMPLETED', 'CANCELLED']),
  })
  .partial()

/** A number and a carrier that may go on a parcel of this order, or the refusal. */
function checkTracking(shop: Shop, order: Order, given: z.infer<typeof trackingShape>, corrected?: Parcel): Tracking {
  const { tracking_number: number = '', shipping_provider_id: providerId = '' } = given
  if (number === '' || providerId === '') refuse('badTracking', 'Both are required.')
  if (!/^[A-Za-z0-9]+$/.test(number)) refuse('specialCharacters')
  const providers = providersFor(shop.deliveryOption.id, shop.options.region, order.buyerRegion)
  const provider = providers.find(({ id }) => id === providerId)
  if (!provider) refuse('badTracking', 'The provider is not one of the delivery option and route.')
  // A correction may keep the number and change the carrier.
  const user = shop.numbers.get(number)
  if (user !== undefined && user !== corrected) refuse('numberUsed')
  return { provider, number }
}

function checkShippable(order: Order): void {
  if (order.status === 'CANCELLED') refuse('orderCancelled')
  if (order.pending) refuse('afterSale', 'The buyer asked to cancel.')
  // No code is documented for an order that is not shippable yet.
  if (order.status === 'UNPAID' || order.status === 'ON_HOLD') refuse('badParams', `Order status is ${order.status}.`)
  if (!isShippable(order)) refuse('alreadyShipped')
}

function linesToShip(order: Order, body: z.infer<typeof markShape>): Line[] {
  if (body.order_line_item_ids && body.order_line_list)
    refuseParameter('order_line_list', 'give order_line_item_ids or order_line_list.')
  const ids = body.order_line_item_ids ?? body.order_line_list?.map(({ order_line_id }) => order_line_id)
  if (!ids) return openLines(order)
  return [...new Set(ids)].map((id) => {
    const line = order.lines.find((one) => one.id === id) ?? refuse('badParams', `Line ${id} is not of this order.`)
    return line.parcel?.shippedAt === undefined ? line : refuse('alreadyShipped')
  })
}

function correct(shop: Shop, parcel: Parcel | undefined, given: z.infer<typeof trackingShape>): void {
  if (parcel?.order.status === 'CANCELLED') refuse('orderCancelled')
  if (parcel?.shippedAt === undefined) refuse('notShippedYet')
  if (parcel.status === 'COMPLETED') refuse('alreadyDelivered')
  if (shop.now() - parcel.shippedAt > correctableMs) refuse('updateTooLate')
  if (parcel.updates >= correctionsMax) refuse('updateTooOften')
  correctTracking(shop, parcel, checkTracking(shop, parcel.order, given, parcel))
  parcel.updates++
}

function searchParcels(shop: Shop, query: ReadonlyMap<string, string>, want: z.infer<typeof searchShape>) {
  const size = wholeNumber(query, 'page_size', { min: 1, max: 50 })
  const field = oneOf(query, 'sort_field', ['create_time', 'update_time'], 'create_time')
  const direction = oneOf(query, 'sort_order', ['ASC', 'DESC'], 'DESC')
  const items = [...shop.parcels.values()].filter(
    (parcel) =>
      isWithin(seconds(parcel.createdAt), want.create_time_ge, want.create_time_lt) &&
      isWithin(seconds(parcel.updatedAt), want.update_time_ge, want.update_time_lt) &&
      (want.package_status === undefined || parcel.status === want.package_status),
  )
  const { page, ...rest } = pageOf({
    items,
    keyOf: (parcel) => [seconds(field === 'create_time' ? parcel.createdAt : parcel.updatedAt), parcel.id],
    descending: direction === 'DESC',
    size,
    token: query.get('page_token'),
    asked: [want, field, direction],
  })
  return { packages: page.map(parcelSummary), ...rest }
}

export function fulfillmentRoutes(shop: Shop): Route[] {
  const orderOf = (params: Readonly<Record<string, string>>) =>
    shop.orders.get(params.order_id ?? '') ?? refuse('notYourOrder')
  const parcelOf = (params: Readonly<Record<string, string>>) =>
    shop.parcels.get(params.package_id ?? '') ?? refuse('notYourOrder')

  return [
    bodyRoute(
      { method: 'POST', path: '/fulfillment/202309/orders/{order_id}/packages' },
      markShape,
      ({ params, body }) => {
        if (shop.options.market !== 'mark') refuse('regionCannotMark')
        const order = orderOf(params)
        checkShippable(order)
        const lines = linesToShip(order, body)
        const parcel = shipLines(shop, order, lines, checkTracking(shop, order, body))
        return { order_id: order.id, order_line_item_ids: lines.map(({ id }) => id), package_id: parcel.id }
      },
    ),
    bodyRoute(
      { method: 'POST', path: '/fulfillment/202309/packages/{package_id}/ship' },
      shipShape,
      ({ params, body }) => {
        const { order, lines, shippedAt } = parcelOf(params)
        checkShippable(order)
        if (shippedAt !== undefined) refuse('alreadyShipped')
        // The option is SEND_BY_SELLER: there is no label of the platform to fall back on.
        if (!body.self_shipment) refuseParameter('self_shipment', 'required for SEND_BY_SELLER.')
        shipLines(shop, order, lines, checkTracking(shop, order, body.self_shipment))
      },
    ),
    bodyRoute(
      { method: 'POST', path: '/fulfillment/202309/orders/{order_id}/shipping_info/update' },
      trackingShape,
      ({ params, body }) => {
        const { parcels } = orderOf(params)
        if (parcels.length > 1) refuse('splitOrder')
        correct(shop, parcels[0], body)
      },
    ),
    bodyRoute(
      { method: 'POST', path: '/fulfillment/202309/packages/{package_id}/shipping_info/update' },
      trackingShape,
      ({ params, body }) => correct(shop, parcelOf(params), body),
    ),
    bodyRoute(
      {
        method: 'POST',
        path: '/fulfillment/202309/packages/search',
        query: ['page_size', 'page_token', 'sort_field', 'sort_order'],
      },
      searchShape,
      ({ query, body }) => searchParcels(shop, query, body),
    ),
    route({ method: 'GET', path: '/fulfillment/202309/packages/{package_id}' }, ({ params }) =>
      parcelDetail(shop, parcelOf(params)),
    ),
  ]
}
