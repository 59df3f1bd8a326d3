/** How the API words parcels, cancellations and returns. */

import { fromCents, seconds, toCents } from './ids.ts'
import type { Cancellation, Line, Parcel, Return, Shop, Sku } from './model.ts'

const day = 86_400_000

function parcelSkus(parcel: Parcel) {
  const units = new Map<Sku, number>()
  for (const { sku } of parcel.lines) units.set(sku, (units.get(sku) ?? 0) + 1)
  return [...units].map(([sku, quantity]) => ({ id: sku.id, name: sku.product.title, image_url: '', quantity }))
}

const parcelBody = (parcel: Parcel) => ({
  create_time: seconds(parcel.createdAt),
  update_time: seconds(parcel.updatedAt),
  order_line_item_ids: parcel.lines.map(({ id }) => id),
  orders: [{ id: parcel.order.id, skus: parcelSkus(parcel) }],
  shipping_provider_id: parcel.provider?.id,
  shipping_provider_name: parcel.provider?.name,
  tracking_number: parcel.number,
})

export const parcelSummary = (parcel: Parcel) => ({ id: parcel.id, status: parcel.status, ...parcelBody(parcel) })

export const parcelDetail = (shop: Shop, parcel: Parcel) => ({
  package_id: parcel.id,
  package_status: parcel.status,
  ...parcelBody(parcel),
  delivery_option_id: shop.deliveryOption.id,
  delivery_option_name: shop.deliveryOption.name,
  shipping_type: 'SELLER',
  has_multi_skus: parcelSkus(parcel).length > 1,
})

function refund(lines: readonly Line[], currency: string) {
  const total = fromCents(lines.reduce((sum, { sku }) => sum + toCents(sku.price), 0))
  return { currency, refund_subtotal: total, refund_shipping_fee: '0', refund_tax: '0', refund_total: total }
}

const claimedLine = (line: Line, currency: string) => ({
  order_line_item_id: line.id,
  sku_id: line.sku.id,
  seller_sku: line.sku.sellerSku,
  sku_name: 'Default',
  product_name: line.sku.product.title,
  refund_amount: refund([line], currency),
})

export const cancellationView = (cancellation: Cancellation, currency: string) => ({
  cancel_id: cancellation.id,
  order_id: cancellation.order.id,
  role: cancellation.role,
  cancel_type: cancellation.type,
  cancel_status: cancellation.status,
  cancel_reason: cancellation.reason,
  cancel_reason_text: cancellation.reason,
  create_time: seconds(cancellation.createdAt),
  update_time: seconds(cancellation.updatedAt),
  cancel_line_items: cancellation.lines.map((line) => ({
    cancel_line_item_id: line.id,
    ...claimedLine(line, currency),
  })),
  seller_next_action_response:
    cancellation.status === 'CANCELLATION_REQUEST_PENDING'
      ? [{ action: 'SELLER_RESPOND_CANCEL', deadline: seconds(cancellation.createdAt + 2 * day) }]
      : [],
  refund_amount: refund(cancellation.lines, currency),
})

export const returnView = (returned: Return, currency: string) => ({
  return_id: returned.id,
  order_id: returned.order.id,
  return_type: 'RETURN_AND_REFUND',
  return_status: returned.status,
  return_reason: 'ecom_order_delivered_refund_and_return_reason_wrong_product',
  return_reason_text: 'Wrong product',
  role: 'BUYER',
  can_buyer_keep_item: false,
  create_time: seconds(returned.createdAt),
  update_time: seconds(returned.updatedAt),
  return_line_items: returned.lines.map((line) => ({ return_line_item_id: line.id, ...claimedLine(line, currency) })),
  seller_next_action_response: [],
  refund_amount: refund(returned.lines, currency),
})
