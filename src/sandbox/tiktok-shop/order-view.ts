/** How the API words an order; an absent fact is an absent field, as in the platform's answers. */

import { fromCents, seconds, toCents } from './ids.ts'
import type { Line, Order, Shop } from './model.ts'

const day = 86_400_000
const time = (ms: number | undefined) => (ms === undefined ? undefined : seconds(ms))

const buyers = [
  { first: 'Sanne', last: 'de Vries', street: 'Keizersgracht 174', city: 'Amsterdam', postal: '1016DW' },
  { first: 'Daan', last: 'Bakker', street: 'Oudegracht 12', city: 'Utrecht', postal: '3511AR' },
  { first: 'Noor', last: 'El Amrani', street: 'Coolsingel 40-B', city: 'Rotterdam', postal: '3011AD' },
  { first: 'Jurre', last: 'Hoekstra', street: 'Nieuwestad 101', city: 'Leeuwarden', postal: '8911CK' },
] as const

function recipient({ ordinal, buyerRegion }: Order) {
  const { first, last, street, city, postal } = buyers[ordinal % buyers.length] ?? buyers[0]
  return {
    name: `${first} ${last}`,
    first_name: first,
    last_name: last,
    phone_number: '(+31)612345678',
    region_code: buyerRegion,
    postal_code: postal,
    address_line1: street,
    address_line2: '',
    address_line3: '',
    address_line4: '',
    address_detail: street,
    full_address: `${street}, ${postal} ${city}, ${buyerRegion}`,
    district_info: [
      { address_level: 'L0', address_level_name: 'Country', address_name: buyerRegion, iso_code: buyerRegion },
      { address_level: 'L1', address_level_name: 'City', address_name: city, iso_code: '' },
    ],
  }
}

function payment(order: Order, currency: string) {
  const total = fromCents(order.lines.reduce((sum, { sku }) => sum + toCents(sku.price), 0))
  return {
    currency,
    sub_total: total,
    original_total_product_price: total,
    seller_discount: '0',
    platform_discount: '0',
    shipping_fee: '0',
    original_shipping_fee: '0',
    shipping_fee_seller_discount: '0',
    shipping_fee_platform_discount: '0',
    tax: '0',
    total_amount: total,
  }
}

function lineStatus(order: Order, line: Line): string {
  if (line.cancelled) return 'CANCELLED'
  if (order.status !== 'PARTIALLY_SHIPPING') return order.status
  return line.parcel?.shippedAt === undefined ? 'AWAITING_SHIPMENT' : 'AWAITING_COLLECTION'
}

function lineView(order: Order, line: Line, currency: string) {
  const { sku, parcel } = line
  return {
    id: line.id,
    product_id: sku.product.id,
    product_name: sku.product.title,
    sku_id: sku.id,
    sku_name: 'Default',
    seller_sku: sku.sellerSku,
    sku_type: 'NORMAL',
    original_price: sku.price,
    sale_price: sku.price,
    seller_discount: '0',
    platform_discount: '0',
    currency,
    is_gift: false,
    display_status: lineStatus(order, line),
    package_id: parcel?.id,
    package_status: parcel?.status,
    tracking_number: parcel?.number,
    shipping_provider_id: parcel?.provider?.id,
    shipping_provider_name: parcel?.provider?.name,
    rts_time: time(parcel?.shippedAt),
    cancel_reason: line.cancelled ? order.cancelReason : undefined,
    cancel_user: line.cancelled ? order.cancelledBy : undefined,
  }
}

/** Who buys and where it goes: not told while the order is unpaid or on hold, nor of an order that never got further. */
const buyerView = (order: Order) =>
  order.readyAt === undefined
    ? undefined
    : {
        user_id: order.user,
        buyer_email: `v${order.user.slice(-6)}@chat.seller.tiktok.com`,
        buyer_message: '',
        recipient_address: recipient(order),
      }

const deadlines = ({ readyAt, createdAt }: Order) => {
  const from = readyAt ?? createdAt
  return {
    rts_sla_time: seconds(from + 2 * day),
    tts_sla_time: seconds(from + 3 * day),
    cancel_order_sla_time: seconds(from + 4 * day),
    shipping_due_time: seconds(from + 2 * day),
    delivery_sla_time: seconds(from + 7 * day),
  }
}

export const isOnHold = (order: Order): boolean => order.status === 'ON_HOLD'

export function orderView(shop: Shop, order: Order) {
  const { currency } = shop.options
  const first = order.parcels.find((parcel) => parcel.number !== undefined)
  return {
    id: order.id,
    status: order.status,
    order_type: 'NORMAL',
    commerce_platform: 'TIKTOK_SHOP',
    create_time: seconds(order.createdAt),
    update_time: seconds(order.updatedAt),
    paid_time: time(order.paidAt),
    rts_time: time(order.shippedAt),
    collection_time: time(order.collectedAt),
    delivery_time: time(order.deliveredAt),
    cancel_time: time(order.cancelledAt),
    request_cancel_time: time(order.pending?.createdAt),
    ...deadlines(order),
    fulfillment_type: 'FULFILLMENT_BY_SELLER',
    shipping_type: 'SELLER',
    delivery_type: 'HOME_DELIVERY',
    delivery_option_id: shop.deliveryOption.id,
    delivery_option_name: shop.deliveryOption.name,
    warehouse_id: order.lines[0]?.warehouse,
    shipping_provider_id: first?.provider?.id,
    shipping_provider: first?.provider?.name,
    tracking_number: first?.number,
    packages: order.parcels.map(({ id }) => ({ id })),
    split_or_combine_tag: order.parcels.length > 1 ? 'SPLIT' : undefined,
    is_on_hold_order: isOnHold(order),
    is_buyer_request_cancel: order.pending !== undefined,
    cancel_reason: order.cancelReason,
    cancellation_initiator: order.cancelledBy,
    has_updated_recipient_address: false,
    is_sample_order: false,
    is_cod: false,
    is_replacement_order: false,
    is_exchange_order: false,
    payment_method_name: 'iDEAL',
    seller_note: '',
    payment: payment(order, currency),
    ...buyerView(order),
    line_items: order.lines.map((line) => lineView(order, line, currency)),
  }
}
