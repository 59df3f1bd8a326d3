/** Cancellations by the seller, the answer to a buyer's request, and the lists of both and of returns. */

import { z } from 'zod'
import { cancelBySeller, settleRequest } from '../cancel.ts'
import { seconds } from '../ids.ts'
import type { Cancellation, CancelStatus, Order, Return, Shop } from '../model.ts'
import { pageOf } from '../paging.ts'
import { cancellationView, returnView } from '../parcel-view.ts'
import { refuse, refuseParameter } from '../refusal.ts'
import { bodyRoute, oneOf, type Route, route, wholeNumber } from '../route.ts'
import { idShape, idsShape, isWithin, secondsShape } from './shapes.ts'

const filterMax = 100
const keyMax = 255

const createShape = z.strictObject({
  order_id: idShape,
  cancel_reason: z.string().min(1),
  skus: z.array(z.strictObject({ sku_id: idShape, quantity: z.number().int().min(1) })).optional(),
  order_line_item_ids: idsShape(1_000).optional(),
})

const rejectShape = z.strictObject({
  reject_reason: z.string().min(1),
  comment: z.string().optional(),
  images: z
    .array(
      z.strictObject({
        image_id: z.string(),
        mime_type: z.string().optional(),
        height: z.number().int().optional(),
        width: z.number().int().optional(),
      }),
    )
    .optional(),
})

const windowShape = {
  order_ids: idsShape(filterMax),
  buyer_user_ids: idsShape(filterMax),
  create_time_ge: secondsShape,
  create_time_lt: secondsShape,
  update_time_ge: secondsShape,
  update_time_lt: secondsShape,
  locale: z.string(),
}

/** The filter spells it CANCEL, the answer CANCELLED; both are taken. */
const statusShape = z.enum([
  'CANCELLATION_REQUEST_PENDING',
  'CANCELLATION_REQUEST_SUCCESS',
  'CANCELLATION_REQUEST_CANCEL',
  'CANCELLATION_REQUEST_CANCELLED',
  'CANCELLATION_REQUEST_COMPLETE',
])
const cancelsShape = z
  .strictObject({
    ...windowShape,
    cancel_ids: idsShape(filterMax),
    cancel_types: z.array(z.enum(['CANCEL', 'BUYER_CANCEL'])),
    cancel_status: z.array(statusShape),
  })
  .partial()

const returnsShape = z
  .strictObject({
    ...windowShape,
    return_ids: idsShape(filterMax),
    return_types: z.array(z.enum(['REFUND', 'RETURN_AND_REFUND', 'REPLACEMENT'])),
    return_status: z.array(z.string()),
    arbitration_status: z.array(z.string()),
    seller_proposed_return_type: z.array(z.string()),
  })
  .partial()

interface Claim {
  readonly id: string
  readonly order: Order
  readonly createdAt: number
  readonly updatedAt: number
}
interface Window {
  readonly order_ids?: readonly string[] | undefined
  readonly buyer_user_ids?: readonly string[] | undefined
  readonly create_time_ge?: number | undefined
  readonly create_time_lt?: number | undefined
  readonly update_time_ge?: number | undefined
  readonly update_time_lt?: number | undefined
}

const isOneOf = (value: string, wanted: readonly string[] | undefined) => !wanted || wanted.includes(value)

const isInWindow = (claim: Claim, want: Window) =>
  isOneOf(claim.order.id, want.order_ids) &&
  isOneOf(claim.order.user, want.buyer_user_ids) &&
  isWithin(seconds(claim.createdAt), want.create_time_ge, want.create_time_lt) &&
  isWithin(seconds(claim.updatedAt), want.update_time_ge, want.update_time_lt)

function pageOfClaims<T extends Claim>(
  query: ReadonlyMap<string, string>,
  sizes: { min: number; max: number },
  items: T[],
  asked: unknown,
) {
  const field = oneOf(query, 'sort_field', ['create_time', 'update_time'], 'create_time')
  const direction = oneOf(query, 'sort_order', ['ASC', 'DESC'], 'ASC')
  return pageOf({
    items,
    keyOf: (claim) => [seconds(field === 'create_time' ? claim.createdAt : claim.updatedAt), claim.id],
    descending: direction === 'DESC',
    size: wholeNumber(query, 'page_size', { ...sizes, fallback: 10 }),
    token: query.get('page_token'),
    asked: [asked, field, direction],
  })
}

const spellings = (status: CancelStatus) =>
  status === 'CANCELLATION_REQUEST_CANCELLED' ? [status, 'CANCELLATION_REQUEST_CANCEL' as const] : [status]

const isWantedCancel = (cancellation: Cancellation, want: z.infer<typeof cancelsShape>) =>
  isInWindow(cancellation, want) &&
  isOneOf(cancellation.id, want.cancel_ids) &&
  isOneOf(cancellation.type, want.cancel_types) &&
  spellings(cancellation.status).some((word) => isOneOf(word, want.cancel_status))

const isWantedReturn = (returned: Return, want: z.infer<typeof returnsShape>) =>
  isInWindow(returned, want) &&
  isOneOf(returned.id, want.return_ids) &&
  isOneOf('RETURN_AND_REFUND', want.return_types) &&
  isOneOf(returned.status, want.return_status)

/** Cancelling part of an order is for the US and the UK; here what is named must be all of it. */
function checkWhole(order: Order, { skus, order_line_item_ids: ids }: z.infer<typeof createShape>): void {
  const named = skus?.reduce((sum, { quantity }) => sum + quantity, 0) ?? (ids && new Set(ids).size)
  const known = (ids ?? []).every((id) => order.lines.some((line) => line.id === id))
  const skusKnown = (skus ?? []).every(({ sku_id }) => order.lines.some(({ sku }) => sku.id === sku_id))
  if (!known || !skusKnown) refuse('badParams', 'A line or SKU is not of this order.')
  if (named !== undefined && named !== order.lines.length)
    refuse('badParams', 'Part of an order cannot be cancelled in this market.')
}

const searchQuery = ['page_size', 'page_token', 'sort_field', 'sort_order']

export function aftersalesRoutes(shop: Shop): Route[] {
  const { currency } = shop.options
  const root = '/return_refund/202309'
  const answered = new Map<string, string>()

  /** A repeated answer with the same key is the same answer. */
  function settle(query: ReadonlyMap<string, string>, cancelId: string | undefined, approved: boolean): void {
    const key = query.get('idempotency_key')
    if (key !== undefined && (key === '' || key.length > keyMax))
      refuseParameter('idempotency_key', `expected 1 to ${keyMax} characters.`)
    const request = shop.cancellations.get(cancelId ?? '') ?? refuse('notYourOrder')
    const mark = `${request.id}/${approved}`
    if (key !== undefined && answered.get(key) === mark) return
    if (request.status !== 'CANCELLATION_REQUEST_PENDING') refuse('requestClosed')
    settleRequest(shop, request, approved)
    if (key !== undefined) answered.set(key, mark)
  }

  return [
    bodyRoute({ method: 'POST', path: `${root}/cancellations` }, createShape, ({ body }) => {
      const order = shop.orders.get(body.order_id) ?? refuse('notYourOrder')
      if (order.status === 'CANCELLED') refuse('orderCancelled')
      checkWhole(order, body)
      const made = cancelBySeller(shop, order, body.cancel_reason)
      if (!made) refuse('badParams', `An order that is ${order.status} cannot be cancelled.`)
      return { cancel_id: made.id, cancel_status: made.status }
    }),
    bodyRoute(
      { method: 'POST', path: `${root}/cancellations/search`, query: searchQuery },
      cancelsShape,
      ({ query, body }) => {
        const items = [...shop.cancellations.values()].filter((one) => isWantedCancel(one, body))
        const { page, ...rest } = pageOfClaims(query, { min: 1, max: 50 }, items, body)
        return { cancellations: page.map((one) => cancellationView(one, currency)), ...rest }
      },
    ),
    route(
      { method: 'POST', path: `${root}/cancellations/{cancel_id}/approve`, query: ['idempotency_key'] },
      ({ params, query }) => settle(query, params.cancel_id, true),
    ),
    bodyRoute(
      { method: 'POST', path: `${root}/cancellations/{cancel_id}/reject`, query: ['idempotency_key'] },
      rejectShape,
      ({ params, query }) => settle(query, params.cancel_id, false),
    ),
    bodyRoute(
      { method: 'POST', path: `${root}/returns/search`, query: searchQuery },
      returnsShape,
      ({ query, body }) => {
        const items = [...shop.returns.values()].filter((one) => isWantedReturn(one, body))
        const { page, ...rest } = pageOfClaims(query, { min: 10, max: 50 }, items, body)
        return { return_orders: page.map((one) => returnView(one, currency)), ...rest }
      },
    ),
  ]
}
