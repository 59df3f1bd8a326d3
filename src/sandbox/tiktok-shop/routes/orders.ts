/** Orders as the API lists them; the list may run behind, the detail never does. */

import { z } from 'zod'
import { seconds } from '../ids.ts'
import type { Order, OrderStatus, Shop } from '../model.ts'
import { orderView } from '../order-view.ts'
import { pageOf } from '../paging.ts'
import { refuseParameter } from '../refusal.ts'
import { bodyRoute, oneOf, type Route, route, wholeNumber } from '../route.ts'
import { idShape, idsShape, isWithin, secondsShape } from './shapes.ts'

const detailMax = 50

const searchShape = z
  .strictObject({
    order_status: z.enum([
      'UNPAID',
      'ON_HOLD',
      'AWAITING_SHIPMENT',
      'PARTIALLY_SHIPPING',
      'AWAITING_COLLECTION',
      'IN_TRANSIT',
      'DELIVERED',
      'COMPLETED',
      'CANCELLED',
    ]),
    create_time_ge: secondsShape,
    create_time_lt: secondsShape,
    update_time_ge: secondsShape,
    update_time_lt: secondsShape,
    shipping_type: z.enum(['TIKTOK', 'SELLER', 'TIKTOK_DIGITAL']),
    buyer_user_id: idShape,
    is_buyer_request_cancel: z.boolean(),
    warehouse_ids: idsShape(100),
  })
  .partial()

interface Indexed {
  readonly order: Order
  readonly status: OrderStatus
  readonly updatedAt: number
}

/** What the search knows of an order: the last change that has reached it. */
function indexed(order: Order, until: number): Indexed | undefined {
  if (order.updatedAt <= until) return { order, status: order.status, updatedAt: order.updatedAt }
  const last = order.history.findLast(({ at }) => at <= until)
  return last && { order, status: last.status, updatedAt: last.at }
}

function isWanted({ order, status, updatedAt }: Indexed, want: z.infer<typeof searchShape>): boolean {
  return (
    isWithin(seconds(updatedAt), want.update_time_ge, want.update_time_lt) &&
    isWithin(seconds(order.createdAt), want.create_time_ge, want.create_time_lt) &&
    (want.order_status === undefined || status === want.order_status) &&
    (want.shipping_type === undefined || want.shipping_type === 'SELLER') &&
    (want.buyer_user_id === undefined || want.buyer_user_id === order.user) &&
    (want.is_buyer_request_cancel === undefined || want.is_buyer_request_cancel === (order.pending !== undefined)) &&
    (!want.warehouse_ids || order.lines.some(({ warehouse }) => want.warehouse_ids?.includes(warehouse)))
  )
}

function wantedIds(query: ReadonlyMap<string, string>): string[] {
  const ids = (query.get('ids') ?? '').split(',')
  if (ids.length > detailMax) refuseParameter('ids', `expected at most ${detailMax}.`)
  if (!ids.every((id) => /^\d{1,20}$/.test(id))) refuseParameter('ids', 'expected ids joined by commas.')
  return ids
}

export function orderRoutes(shop: Shop): Route[] {
  return [
    bodyRoute(
      {
        method: 'POST',
        path: '/order/202309/orders/search',
        query: ['page_size', 'page_token', 'sort_field', 'sort_order'],
      },
      searchShape,
      ({ query, body }) => {
        const size = wholeNumber(query, 'page_size', { min: 1, max: 100, fallback: 20 })
        const field = oneOf(query, 'sort_field', ['create_time', 'update_time'], 'create_time')
        const direction = oneOf(query, 'sort_order', ['ASC', 'DESC'], 'DESC')
        const until = shop.now() - shop.options.listLagMs
        const items: Indexed[] = []
        for (const order of shop.orders.values()) {
          const found = indexed(order, until)
          if (found && isWanted(found, body)) items.push(found)
        }
        const { page, ...rest } = pageOf({
          items,
          keyOf: ({ order, updatedAt }) => [seconds(field === 'create_time' ? order.createdAt : updatedAt), order.id],
          descending: direction === 'DESC',
          size,
          token: query.get('page_token'),
          asked: [body, field, direction],
        })
        // Found by what the index knew, shown as it is now: the platform warns of just that.
        return { orders: page.map(({ order }) => orderView(shop, order)), ...rest }
      },
    ),
    route({ method: 'GET', path: '/order/202507/orders', query: ['ids'] }, ({ query }) => ({
      // Ids of no order of this shop are left out; what the platform does is not documented.
      orders: [...new Set(wantedIds(query))].flatMap((id) => {
        const order = shop.orders.get(id)
        return order ? [orderView(shop, order)] : []
      }),
    })),
  ]
}
