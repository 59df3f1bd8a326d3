/** What the official files do not say: required names, enum words and newer fields, from the platform's generated SDK and its docs. */

import type { Closing } from './oas.ts'

const page = ['next_page_token', 'total_count']

/** `orders[].status` and its line's `display_status`: the order API overview. */
const orderWords = [
  'UNPAID',
  'ON_HOLD',
  'AWAITING_SHIPMENT',
  'PARTIALLY_SHIPPING',
  'AWAITING_COLLECTION',
  'IN_TRANSIT',
  'DELIVERED',
  'COMPLETED',
  'CANCELLED',
]
/** `package_status`: the SDK's doc comments. */
const packageWords = ['TO_FULFILL', 'PROCESSING', 'FULFILLING', 'COMPLETED', 'CANCELLED']
const cancelWords = ['PENDING', 'SUCCESS', 'CANCEL', 'CANCELLED', 'COMPLETE'].map(
  (word) => `CANCELLATION_REQUEST_${word}`,
)

const order = 'data.orders[]'
const orderRequired = {
  data: ['orders'],
  [order]: ['id', 'status', 'create_time', 'update_time', 'fulfillment_type', 'shipping_type', 'payment', 'line_items'],
  [`${order}.line_items[]`]: ['id', 'product_id', 'sku_id', 'seller_sku', 'sale_price', 'currency', 'display_status'],
}
const orderClosed = {
  [`${order}.status`]: orderWords,
  [`${order}.line_items[].display_status`]: orderWords,
  [`${order}.line_items[].package_status`]: packageWords,
  [`${order}.fulfillment_type`]: [
    'FULFILLMENT_BY_SELLER',
    'FULFILLMENT_BY_TIKTOK',
    'FULFILLMENT_BY_DILAYANI_TOKOPEDIA',
  ],
  [`${order}.shipping_type`]: ['TIKTOK', 'SELLER'],
  [`${order}.delivery_type`]: ['HOME_DELIVERY', 'COLLECTION_POINT'],
  [`${order}.cancellation_initiator`]: ['BUYER', 'SELLER', 'SYSTEM'],
}
const productStatuses = [
  'DRAFT',
  'PENDING',
  'FAILED',
  'ACTIVATE',
  'SELLER_DEACTIVATED',
  'PLATFORM_DEACTIVATED',
  'FREEZE',
  'DELETED',
]

export const closings: Readonly<Record<string, Closing>> = {
  'GET /authorization/202309/shops': {
    required: { data: ['shops'], 'data.shops[]': ['id', 'name', 'region', 'seller_type', 'cipher', 'code'] },
    words: { 'data.shops[].seller_type': ['LOCAL', 'CROSS_BORDER'] },
  },
  'GET /seller/202309/shops': { required: { data: ['shops'], 'data.shops[]': ['id', 'region'] } },
  'POST /product/202502/products/search': {
    required: {
      data: ['products', ...page],
      'data.products[]': ['id', 'title', 'status', 'skus', 'update_time'],
      'data.products[].skus[]': ['id', 'seller_sku', 'price', 'inventory', 'status_info'],
    },
    words: {
      'data.products[].status': productStatuses,
      'data.products[].skus[].status_info.status': ['NORMAL', 'DEACTIVATED'],
    },
  },
  'GET /product/202309/products/{product_id}': {
    required: { data: ['id', 'title', 'status', 'skus'], 'data.skus[]': ['id', 'seller_sku', 'price', 'inventory'] },
    words: {
      'data.status': productStatuses,
      'data.skus[].identifier_code.type': ['GTIN', 'EAN', 'UPC', 'ISBN', 'JAN'],
    },
  },
  'POST /product/202309/inventory/search': {
    required: {
      data: ['inventory'],
      'data.inventory[]': ['product_id', 'skus'],
      'data.inventory[].skus[]': ['id', 'total_available_quantity', 'total_committed_quantity', 'warehouse_inventory'],
      'data.inventory[].skus[].warehouse_inventory[]': ['warehouse_id', 'available_quantity', 'committed_quantity'],
    },
  },
  'POST /product/202309/products/{product_id}/inventory/update': {
    required: {
      'data.errors[]': ['code', 'message', 'detail'],
      'data.errors[].detail': ['sku_id', 'extra_errors'],
      'data.errors[].detail.extra_errors[]': ['code', 'message'],
    },
  },
  'GET /logistics/202309/warehouses': {
    required: {
      data: ['warehouses'],
      'data.warehouses[]': ['id', 'entity_id', 'name', 'effect_status', 'type', 'sub_type', 'is_default', 'address'],
    },
    words: {
      'data.warehouses[].effect_status': ['ENABLED', 'DISABLED', 'RESTRICTED'],
      'data.warehouses[].type': ['SALES_WAREHOUSE', 'RETURN_WAREHOUSE'],
      'data.warehouses[].sub_type': ['DOMESTIC_WAREHOUSE', 'CB_OVERSEA_WAREHOUSE', 'CB_DIRECT_SHIPPING_WAREHOUSE'],
    },
  },
  'GET /logistics/202309/warehouses/{warehouse_id}/delivery_options': {
    required: { data: ['delivery_options'], 'data.delivery_options[]': ['id', 'name', 'type'] },
    words: { 'data.delivery_options[].type': ['STANDARD', 'EXPRESS', 'ECONOMY', 'SEND_BY_SELLER'] },
  },
  'GET /logistics/202309/delivery_options/{delivery_option_id}/shipping_providers': {
    required: { data: ['shipping_providers'], 'data.shipping_providers[]': ['id', 'name'] },
  },
  'POST /order/202309/orders/search': {
    required: { ...orderRequired, data: ['orders', ...page] },
    words: orderClosed,
  },
  'GET /order/202507/orders': { required: orderRequired, words: orderClosed },
  'POST /fulfillment/202309/orders/{order_id}/packages': {
    required: { data: ['order_id', 'order_line_item_ids', 'package_id'] },
  },
  'GET /fulfillment/202309/packages/{package_id}': {
    required: { data: ['package_id', 'package_status', 'order_line_item_ids', 'orders', 'tracking_number'] },
    words: { 'data.package_status': packageWords },
  },
  'POST /fulfillment/202309/packages/search': {
    required: { data: ['packages', ...page], 'data.packages[]': ['id', 'status', 'order_line_item_ids', 'orders'] },
    words: { 'data.packages[].status': packageWords },
  },
  'POST /return_refund/202309/cancellations': {
    required: { data: ['cancel_id', 'cancel_status'] },
    words: { 'data.cancel_status': cancelWords },
  },
  'POST /return_refund/202309/cancellations/search': {
    required: {
      data: ['cancellations', ...page],
      'data.cancellations[]': ['cancel_id', 'order_id', 'role', 'cancel_type', 'cancel_status', 'cancel_line_items'],
      'data.cancellations[].cancel_line_items[]': ['order_line_item_id', 'sku_id', 'refund_amount'],
    },
    words: {
      'data.cancellations[].cancel_status': cancelWords,
      'data.cancellations[].cancel_type': ['CANCEL', 'BUYER_CANCEL'],
    },
  },
  'POST /return_refund/202309/returns/search': {
    required: {
      data: ['return_orders', ...page],
      'data.return_orders[]': ['return_id', 'order_id', 'return_type', 'return_status', 'role', 'return_line_items'],
    },
    words: { 'data.return_orders[].return_type': ['REFUND', 'RETURN_AND_REFUND', 'REPLACEMENT'] },
  },
  'GET /event/202309/webhooks': {
    required: {
      data: ['webhooks', 'total_count'],
      'data.webhooks[]': ['event_type', 'address', 'create_time', 'update_time'],
    },
  },
}

/** Query parameters that came after the files: needed in the EU since March 2026. */
export const newerQuery: Readonly<Record<string, readonly string[]>> = {
  'GET /logistics/202309/delivery_options/{delivery_option_id}/shipping_providers': [
    'warehouse_region',
    'buyer_region',
  ],
}

/** Body members that came after the files: the newer docs of Mark Package As Shipped. */
export const newerBody: Readonly<Record<string, readonly string[]>> = {
  'POST /fulfillment/202309/orders/{order_id}/packages': ['order_line_list'],
}
