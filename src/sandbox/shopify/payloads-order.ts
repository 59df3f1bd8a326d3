/** Webhook bodies of orders, fulfilments and refunds: bare numeric ids with all their digits, times in the shop's zone. */

import { trackingLink } from './carriers.ts'
import { gid } from './ids.ts'
import {
  currentUnits,
  type Fulfilment,
  type FulfilmentOrder,
  fulfilmentStatus,
  type Line,
  type Order,
  openUnits,
  type Place,
  type PostalAddress,
  type Refund,
  type Tax,
  totalsOf,
} from './model.ts'
import { moneySet, orNull, rawOrNull } from './payload-helpers.ts'
import { moneyText, rawNumber } from './text.ts'
import type { World } from './world.ts'

export const addressPayload = (address: PostalAddress | undefined) =>
  address
    ? {
        first_name: orNull(address.firstName),
        address1: orNull(address.address1),
        phone: orNull(address.phone),
        city: orNull(address.city),
        zip: orNull(address.zip),
        province: null,
        country: orNull(address.countryCode),
        last_name: orNull(address.lastName),
        address2: orNull(address.address2),
        company: orNull(address.company),
        latitude: null,
        longitude: null,
        name: [address.firstName, address.lastName].filter(Boolean).join(' '),
        country_code: orNull(address.countryCode),
        province_code: orNull(address.provinceCode),
      }
    : null

const taxPayload = (order: Order, tax: Tax) => ({
  title: tax.title,
  rate: tax.rate,
  price: moneyText(tax.cents),
  price_set: moneySet(order, tax.cents),
  channel_liable: null,
})

const lineStatus = (line: Line) => (line.fulfilled === 0 ? null : openUnits(line) === 0 ? 'fulfilled' : 'partial')

const linePayload = (line: Line, quantity = line.quantity) => ({
  id: rawNumber(line.id),
  admin_graphql_api_id: gid('LineItem', line.id),
  attributed_staffs: [],
  current_quantity: currentUnits(line),
  fulfillable_quantity: openUnits(line),
  fulfillment_service: 'manual',
  fulfillment_status: lineStatus(line),
  gift_card: false,
  grams: 0,
  name: line.title,
  price: moneyText(line.unitCents),
  price_set: moneySet(line.order, line.unitCents),
  product_exists: line.variant !== undefined,
  product_id: rawOrNull(line.variant?.product.id),
  properties: line.properties.map(({ key, value }) => ({ name: key, value })),
  quantity,
  requires_shipping: line.requiresShipping,
  sales_line_item_group_id: null,
  sku: orNull(line.sku),
  taxable: true,
  title: line.title,
  total_discount: '0.00',
  total_discount_set: moneySet(line.order, 0),
  variant_id: rawOrNull(line.variant?.id),
  variant_inventory_management: line.variant ? 'shopify' : null,
  variant_title: null,
  vendor: null,
  tax_lines: line.taxes.map((tax) => taxPayload(line.order, tax)),
  duties: [],
  discount_allocations: [],
})

const trackingUrls = ({ tracking }: Fulfilment): string[] =>
  tracking.numbers.flatMap((number, i) => tracking.urls[i] ?? trackingLink(tracking.company, number) ?? [])

export const fulfilmentPayload = (world: World, fulfilment: Fulfilment) => ({
  id: rawNumber(fulfilment.id),
  order_id: rawNumber(fulfilment.order.id),
  status: fulfilment.status.toLowerCase(),
  created_at: world.shopTime(fulfilment.createdAt),
  service: 'manual',
  updated_at: world.shopTime(fulfilment.updatedAt),
  tracking_company: orNull(fulfilment.tracking.company),
  shipment_status: null,
  location_id: rawNumber(fulfilment.place.id),
  origin_address: null,
  email: orNull(fulfilment.order.email),
  destination: addressPayload(fulfilment.order.address),
  line_items: fulfilment.lines.map(({ line, quantity }) => linePayload(line, quantity)),
  tracking_number: orNull(fulfilment.tracking.numbers[0]),
  tracking_numbers: fulfilment.tracking.numbers,
  tracking_url: orNull(trackingUrls(fulfilment)[0]),
  tracking_urls: trackingUrls(fulfilment),
  receipt: {},
  name: fulfilment.name,
  admin_graphql_api_id: gid('Fulfillment', fulfilment.id),
})

export const refundPayload = (world: World, refund: Refund) => ({
  id: rawNumber(refund.id),
  order_id: rawNumber(refund.order.id),
  created_at: world.shopTime(refund.createdAt),
  note: orNull(refund.note),
  user_id: null,
  processed_at: world.shopTime(refund.createdAt),
  duties: [],
  total_duties_set: moneySet(refund.order, 0),
  return: null,
  refund_shipping_lines: [],
  restock: refund.lines.some((line) => line.restockType !== 'NO_RESTOCK'),
  admin_graphql_api_id: gid('Refund', refund.id),
  order_adjustments: [],
  transactions: [],
  refund_line_items: refund.lines.map(({ id, line, quantity, restockType, place }) => ({
    id: rawNumber(id),
    quantity,
    line_item_id: rawNumber(line.id),
    location_id: rawOrNull(place?.id),
    restock_type: restockType.toLowerCase(),
    // Unlike every other amount of a webhook, these two are JSON numbers.
    subtotal: rawNumber(moneyText(line.unitCents * quantity)),
    total_tax: rawNumber('0.00'),
    subtotal_set: moneySet(refund.order, line.unitCents * quantity),
    total_tax_set: moneySet(refund.order, 0),
    line_item: linePayload(line),
  })),
})

const statusWord = { UNFULFILLED: null, PARTIALLY_FULFILLED: 'partial', FULFILLED: 'fulfilled' } as const

function amounts(order: Order) {
  const totals = totalsOf(order)
  const named = {
    current_subtotal_price: totals.currentSubtotal,
    current_total_discounts: 0,
    current_total_price: totals.currentTotal,
    current_total_tax: totals.tax,
    subtotal_price: totals.subtotal,
    total_discounts: 0,
    total_line_items_price: totals.subtotal,
    total_price: totals.total,
    total_tax: totals.tax,
  }
  return {
    ...Object.fromEntries(
      Object.entries(named).flatMap(([name, amount]) => [
        [name, moneyText(amount)],
        [`${name}_set`, moneySet(order, amount)],
      ]),
    ),
    current_shipping_price_set: moneySet(order, totals.shipping),
    total_shipping_price_set: moneySet(order, totals.shipping),
    total_outstanding: order.financialStatus === 'PENDING' ? moneyText(totals.currentTotal) : '0.00',
    total_tip_received: '0.00',
    total_weight: 0,
  }
}

export const orderPayload = (world: World, order: Order) => ({
  id: rawNumber(order.id),
  admin_graphql_api_id: gid('Order', order.id),
  app_id: rawNumber(order.madeByApp ? world.appId : '580111'),
  browser_ip: null,
  buyer_accepts_marketing: false,
  cancel_reason: order.cancelReason?.toLowerCase() ?? null,
  cancelled_at: order.cancelledAt === undefined ? null : world.shopTime(order.cancelledAt),
  cart_token: null,
  checkout_token: null,
  client_details: null,
  closed_at: order.closedAt === undefined ? null : world.shopTime(order.closedAt),
  confirmation_number: null,
  confirmed: true,
  contact_email: orNull(order.email),
  created_at: world.shopTime(order.createdAt),
  currency: order.currency,
  customer_locale: 'nl',
  discount_codes: [],
  duties_included: false,
  email: orNull(order.email),
  estimated_taxes: false,
  financial_status: order.financialStatus.toLowerCase(),
  fulfillment_status: statusWord[fulfilmentStatus(order)],
  location_id: null,
  merchant_of_record_app_id: null,
  name: order.name,
  note: orNull(order.note),
  note_attributes: order.customAttributes.map(({ key, value }) => ({ name: key, value })),
  number: order.number - 1000,
  order_number: order.number,
  order_status_url: `https://${world.options.shop}/${world.shopId}/orders/${order.number}`,
  payment_gateway_names: order.gateways,
  phone: orNull(order.phone),
  po_number: orNull(order.poNumber),
  presentment_currency: order.currency,
  processed_at: world.shopTime(order.processedAt),
  reference: null,
  referring_site: null,
  source_identifier: orNull(order.sourceIdentifier),
  source_name: order.sourceName,
  source_url: orNull(order.sourceUrl),
  ...amounts(order),
  tags: order.tags.join(', '),
  tax_exempt: false,
  tax_lines: order.taxes.map((tax) => taxPayload(order, tax)),
  taxes_included: order.taxesIncluded,
  test: order.test,
  token: order.id,
  updated_at: world.shopTime(order.updatedAt),
  user_id: null,
  billing_address: addressPayload(order.billingAddress ?? order.address),
  shipping_address: addressPayload(order.address),
  discount_applications: [],
  fulfillments: order.fulfilments.map((fulfilment) => fulfilmentPayload(world, fulfilment)),
  line_items: order.lines.map((line) => linePayload(line)),
  line_item_groups: [],
  payment_terms: null,
  refunds: order.refunds.map((refund) => refundPayload(world, refund)),
  shipping_lines: order.shipping.map((charge) => ({
    id: rawNumber(charge.id),
    carrier_identifier: null,
    code: orNull(charge.code),
    discounted_price: moneyText(charge.cents),
    discounted_price_set: moneySet(order, charge.cents),
    is_removed: false,
    phone: null,
    price: moneyText(charge.cents),
    price_set: moneySet(order, charge.cents),
    requested_fulfillment_service_id: null,
    source: orNull(charge.source),
    title: charge.title,
    tax_lines: charge.taxes.map((tax) => taxPayload(order, tax)),
    discount_allocations: [],
  })),
})

export const movedPayload = (
  original: FulfilmentOrder,
  moved: FulfilmentOrder,
  source: Place,
  destination: Place,
  requested: readonly { readonly id: string; readonly quantity: number }[],
) => {
  const one = ({ id, status, place }: FulfilmentOrder) => ({
    id: gid('FulfillmentOrder', id),
    status: status.toLowerCase(),
    assigned_location_id: gid('Location', place.id),
  })
  return {
    original_fulfillment_order: one(original),
    moved_fulfillment_order: one(moved),
    destination_location_id: gid('Location', destination.id),
    fulfillment_order_line_items_requested: requested,
    source_location: { id: gid('Location', source.id) },
  }
}

export const routingPayload = (fulfilmentOrder: { readonly id: string; readonly status: string }) => ({
  fulfillment_order: {
    id: gid('FulfillmentOrder', fulfilmentOrder.id),
    status: fulfilmentOrder.status.toLowerCase(),
  },
})
