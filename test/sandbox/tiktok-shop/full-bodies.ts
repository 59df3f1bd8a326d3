/** Every request body with every official member in it, of a kind and value that the platform takes. */

const id = '7068000000000000000'
const period = (end: string) => ({
  create_time_ge: 1,
  [`create_time_${end}`]: 2,
  update_time_ge: 1,
  [`update_time_${end}`]: 2,
})
const tracking = { tracking_number: '3SABCD1234567', shipping_provider_id: id }

export const fullBodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'POST /product/202502/products/search': {
    ...period('le'),
    status: 'ACTIVATE',
    seller_skus: ['MUG'],
    sku_ids: [id],
    category_version: 'v2',
    listing_platforms: ['TIKTOK_SHOP'],
    listing_quality_tiers: ['GOOD'],
    audit_status: ['APPROVED'],
    return_draft_version: false,
    sns_filter: 'NONE',
  },
  'POST /product/202309/inventory/search': { product_ids: [id], sku_ids: [id] },
  'POST /product/202309/products/{product_id}/inventory/update': {
    skus: [{ id, inventory: [{ warehouse_id: id, quantity: 1, backorder_quantity: 0, handling_time: 3 }] }],
  },
  'POST /order/202309/orders/search': {
    ...period('lt'),
    order_status: 'ON_HOLD',
    shipping_type: 'SELLER',
    buyer_user_id: id,
    is_buyer_request_cancel: true,
    warehouse_ids: [id],
  },
  'POST /fulfillment/202309/orders/{order_id}/packages': { ...tracking, order_line_item_ids: [id] },
  'POST /fulfillment/202309/packages/{package_id}/ship': {
    handover_method: 'DROP_OFF',
    pickup_slot: { start_time: 1, end_time: 2 },
    self_shipment: tracking,
  },
  'POST /fulfillment/202309/orders/{order_id}/shipping_info/update': tracking,
  'POST /fulfillment/202309/packages/{package_id}/shipping_info/update': tracking,
  'POST /fulfillment/202309/packages/search': { ...period('lt'), package_status: 'PROCESSING' },
  'POST /return_refund/202309/cancellations': {
    order_id: id,
    cancel_reason: 'seller_cancel_reason_out_of_stock',
    order_line_item_ids: [id],
    skus: [{ sku_id: id, quantity: 1 }],
  },
  'POST /return_refund/202309/cancellations/search': {
    ...period('lt'),
    buyer_user_ids: [id],
    cancel_ids: [id],
    order_ids: [id],
    cancel_status: ['CANCELLATION_REQUEST_PENDING'],
    cancel_types: ['BUYER_CANCEL'],
    locale: 'nl-NL',
  },
  'POST /return_refund/202309/cancellations/{cancel_id}/reject': {
    reject_reason: 'seller_reject_apply_product_has_been_packed',
    comment: 'On its way',
    images: [{ image_id: id, mime_type: 'image/jpeg', height: 100, width: 100 }],
  },
  'POST /return_refund/202309/returns/search': {
    ...period('lt'),
    buyer_user_ids: [id],
    return_ids: [id],
    order_ids: [id],
    return_status: ['AWAITING_BUYER_SHIP'],
    return_types: ['REFUND'],
    arbitration_status: ['IN_PROGRESS'],
    seller_proposed_return_type: ['REFUND'],
    locale: 'nl-NL',
  },
  'PUT /event/202309/webhooks': { event_type: 'ORDER_STATUS_CHANGE', address: 'https://hooks.example/tiktok' },
  'DELETE /event/202309/webhooks': { event_type: 'ORDER_STATUS_CHANGE' },
}
