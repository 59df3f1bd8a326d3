/** The shop's webhooks: who listens to what, what each type says, and how it is signed. */

import { createHooks, type Hooks } from '../hooks.ts'
import type { SandboxDeps } from '../shop.ts'
import { seconds, withNumericProductIds } from './ids.ts'
import type { Cancellation, Order, Product, Return, Shop, ShopEvent, Sku } from './model.ts'
import { isOnHold } from './order-view.ts'
import { webhookSign } from './signing.ts'
import { lockedUnits, totalAvailable, totalCommitted } from './stock.ts'

const minute = 60_000

/** `event_type` → numeric type. Types 27, 64, 65, 67 and 68 have no known event_type: they go to the app's address. */
export const eventTypes = new Map<string, number>([
  ['ORDER_STATUS_CHANGE', 1],
  ['REVERSE_STATUS_UPDATE', 2],
  ['RECIPIENT_ADDRESS_UPDATE', 3],
  ['PACKAGE_UPDATE', 4],
  ['PRODUCT_STATUS_CHANGE', 5],
  ['SELLER_DEAUTHORIZATION', 6],
  ['UPCOMING_AUTHORIZATION_EXPIRATION', 7],
  ['CANCELLATION_STATUS_CHANGE', 11],
  ['RETURN_STATUS_CHANGE', 12],
  ['NEW_CONVERSATION', 13],
  ['NEW_MESSAGE', 14],
  ['PRODUCT_INFORMATION_CHANGE', 15],
  ['PRODUCT_CREATION', 16],
  ['PRODUCT_CATEGORY_CHANGE', 18],
  ['NEW_MESSAGE_LISTENER', 33],
  ['INVOICE_STATUS_CHANGE', 36],
  ['PRODUCT_AUDIT_STATUS_CHANGE', 37],
])

export interface Subscription {
  readonly eventType: string
  readonly createdAt: number
  address: string
  updatedAt: number
}

export interface Notices {
  readonly subscriptions: Map<string, Subscription>
  readonly hooks: Hooks
  tell(shop: Shop, event: ShopEvent): void
}

interface Notice {
  readonly type: number
  readonly eventType: string
  readonly data: Record<string, unknown>
}

const notice = (type: number, eventType: string, data: Record<string, unknown>): Notice => ({ type, eventType, data })

function stockData(shop: Shop, event: ShopEvent & { kind: 'stock' }, id: string): Record<string, unknown> {
  const { sku, available, committed, campaign = 0, creator = 0 } = event
  const occurredAt = new Date(shop.now()).toISOString().replace('Z', '000000Z')
  return {
    event_id: id,
    occurred_at: occurredAt,
    seller_id: shop.openId,
    product_id: sku.product.id,
    sku_id: sku.id,
    quantity_snapshot_after_change: stockSnapshot(sku),
    change_detail: [
      {
        idempotency_key: id,
        trigger_source: event.source,
        occurred_at: occurredAt,
        total_quantity_delta: available + committed,
        available_quantity_delta: available,
        committed_quantity_delta: committed,
        in_shop_quantity_delta: available - campaign - creator,
        campaign_locked_quantity_delta: campaign,
        creator_locked_quantity_delta: creator,
      },
    ],
  }
}

const stockSnapshot = (sku: Sku) => ({
  total_quantity: totalAvailable(sku) + totalCommitted(sku),
  total_available_quantity: totalAvailable(sku),
  total_committed_quantity: totalCommitted(sku),
  in_shop_quantity: totalAvailable(sku) - lockedUnits(sku),
  campaign_locked_quantity: lockedUnits(sku, 'campaign'),
  creator_locked_quantity: lockedUnits(sku, 'creator'),
})

/** The webhook's list of statuses has no PARTIALLY_SHIPPING, and spells a cancelled order CANCEL. */
function orderNotice(order: Order): Notice | undefined {
  if (order.status === 'PARTIALLY_SHIPPING') return undefined
  const status = order.status === 'CANCELLED' ? 'CANCEL' : order.status
  const data = { order_id: order.id, order_status: status, is_on_hold_order: isOnHold(order) }
  return notice(1, 'ORDER_STATUS_CHANGE', { ...data, update_time: seconds(order.updatedAt) })
}

function splitNotice(order: Order, at: number): Notice {
  const package_list = order.parcels.map(({ id }) => ({ package_id: id, order_id_list: [order.id] }))
  const data = { sc_type: 'SPLIT', role_type: 'ROLE_SELLER', package_list, update_time: seconds(at) }
  return notice(4, 'PACKAGE_UPDATE', data)
}

function cancellationNotice({ id, order, role, status, createdAt }: Cancellation): Notice {
  const data = { order_id: order.id, cancellations_role: role, cancel_status: status, cancel_id: id }
  return notice(11, 'CANCELLATION_STATUS_CHANGE', { ...data, create_time: seconds(createdAt) })
}

function returnNotice({ id, order, status, createdAt, updatedAt }: Return): Notice {
  const data = { order_id: order.id, return_role: 'BUYER', return_type: 'RETURN_AND_REFUND' }
  const times = { create_time: seconds(createdAt), update_time: seconds(updatedAt) }
  return notice(12, 'RETURN_STATUS_CHANGE', { ...data, return_status: status, return_id: id, ...times })
}

function productNotice({ id }: Product, status: string, now: number): Notice {
  const data = { product_id: id, status, suspended_reason: '', update_time: seconds(now) }
  return notice(5, 'PRODUCT_STATUS_CHANGE', data)
}

/** Undefined where the platform tells nothing. */
function noticeOf(shop: Shop, event: Exclude<ShopEvent, { kind: 'stock' }>): Notice | undefined {
  switch (event.kind) {
    case 'order':
      return orderNotice(event.order)
    case 'split':
      return splitNotice(event.order, event.at)
    case 'cancellation':
      return cancellationNotice(event.cancellation)
    case 'return':
      return returnNotice(event.returned)
    case 'product':
      return productNotice(event.product, event.word, shop.now())
    case 'deauthorized':
      return notice(6, 'SELLER_DEAUTHORIZATION', { message: 'The seller removed the authorization.' })
    case 'created': {
      const data = { product_id: event.product.id, product_types: [], update_time: seconds(shop.now()) }
      return notice(16, 'PRODUCT_CREATION', data)
    }
  }
}

const numericProductIds = new Set([5, 16, 37])

export function createNotices(deps: SandboxDeps): Notices {
  const subscriptions = new Map<string, Subscription>()
  // Success is 200 within 3 s; otherwise again after 2 min, 30 min, 3 h and 12 h, then dropped.
  const hooks = createHooks(deps, {
    retryAfterMs: [2 * minute, 30 * minute, 180 * minute, 720 * minute],
    timeoutMs: 3_000,
    isSuccess: (status) => status === 200,
  })

  function send(shop: Shop, url: string, payload: Record<string, unknown>, numeric: boolean): void {
    const json = JSON.stringify(payload)
    const body = numeric ? withNumericProductIds(json) : json
    const authorization = webhookSign(shop.appKey, shop.appSecret, body)
    hooks.send({ url, headers: { authorization, 'content-type': 'application/json' }, body })
  }

  const envelope = (shop: Shop, type: number, data: Record<string, unknown>) => ({
    type,
    tts_notification_id: shop.ids('notification'),
    shop_id: shop.id,
    timestamp: seconds(shop.now()),
    data,
  })

  function tellStock(shop: Shop, event: ShopEvent & { kind: 'stock' }): void {
    const { inventoryEvents, appWebhookUrl } = shop.options
    // No event_type is known for 68. Without an app address it travels with the orders.
    const url = appWebhookUrl ?? subscriptions.get('ORDER_STATUS_CHANGE')?.address
    if (inventoryEvents === 'off' || !url) return
    const data = stockData(shop, event, deps.random.uuid())
    send(shop, url, inventoryEvents === 'flat' ? data : envelope(shop, 68, data), false)
  }

  return {
    subscriptions,
    hooks,
    tell(shop, event) {
      if (event.kind === 'stock') return tellStock(shop, event)
      const made = noticeOf(shop, event)
      if (!made) return
      const url = subscriptions.get(made.eventType)?.address ?? shop.options.appWebhookUrl
      if (url) send(shop, url, envelope(shop, made.type, made.data), numericProductIds.has(made.type))
    },
  }
}
