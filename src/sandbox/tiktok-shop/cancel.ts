/** Cancellations: free for the buyer until the hold ends, then by request; by the seller until the order has left. */

import { endOrder } from './life.ts'
import type { Cancellation, CancelStatus, Order, Shop } from './model.ts'

const canCancel = (order: Order): boolean =>
  order.status === 'UNPAID' || order.status === 'ON_HOLD' || order.status === 'AWAITING_SHIPMENT'

function openCancellation(
  shop: Shop,
  order: Order,
  role: Cancellation['role'],
  type: Cancellation['type'],
  reason: string,
  status: CancelStatus,
): Cancellation {
  const at = shop.now()
  const cancellation: Cancellation = {
    id: shop.ids('cancel'),
    order,
    lines: order.lines.filter((line) => !line.cancelled),
    role,
    type,
    reason,
    createdAt: at,
    status,
    updatedAt: at,
  }
  shop.cancellations.set(cancellation.id, cancellation)
  return cancellation
}

/** Free for the buyer until the hold ends; then the seller is asked and the order stands. False when it stands. */
export function cancelByBuyer(shop: Shop, order: Order, reason: string): boolean {
  if (!canCancel(order) || order.pending) return false
  if (order.status === 'AWAITING_SHIPMENT') {
    order.pending = openCancellation(shop, order, 'BUYER', 'BUYER_CANCEL', reason, 'CANCELLATION_REQUEST_PENDING')
    shop.emit({ kind: 'cancellation', cancellation: order.pending })
    return false
  }
  const cancellation = openCancellation(shop, order, 'BUYER', 'CANCEL', reason, 'CANCELLATION_REQUEST_COMPLETE')
  endOrder(shop, order, 'BUYER', reason)
  shop.emit({ kind: 'cancellation', cancellation })
  return true
}

/** The seller cancels the whole order, which answers a waiting request too; undefined when it is too late. */
export function cancelBySeller(shop: Shop, order: Order, reason: string): Cancellation | undefined {
  if (!canCancel(order)) return undefined
  const { pending } = order
  if (pending) {
    settleRequest(shop, pending, true)
    return pending
  }
  const cancellation = openCancellation(shop, order, 'SELLER', 'CANCEL', reason, 'CANCELLATION_REQUEST_COMPLETE')
  endOrder(shop, order, 'SELLER', reason)
  shop.emit({ kind: 'cancellation', cancellation })
  return cancellation
}

/** The seller's answer to a pending request. */
export function settleRequest(shop: Shop, request: Cancellation, approved: boolean): void {
  request.updatedAt = shop.now()
  request.status = approved ? 'CANCELLATION_REQUEST_COMPLETE' : 'CANCELLATION_REQUEST_CANCELLED'
  delete request.order.pending
  if (approved) endOrder(shop, request.order, request.role, request.reason)
  shop.emit({ kind: 'cancellation', cancellation: request })
}
