/** Orders, refunds and notes as wc/v3 shows them. */

import { productOfLine } from './order-stock.ts'
import { apiRoot, currencySymbol, links } from './product-json.ts'
import type { Line, Meta, Note, Order, Refund, State } from './state.ts'
import { centsOf, type Fields, moneyOf, textOf } from './values.ts'

const addressKeys = [
  'first_name',
  'last_name',
  'company',
  'address_1',
  'address_2',
  'city',
  'state',
  'postcode',
  'country',
]

const addressJson = (address: Fields, more: readonly string[]) =>
  Object.fromEntries([...addressKeys, ...more].map((key) => [key, textOf(address[key])]))

const chargesCents = (rows: readonly Fields[]) => rows.reduce<number>((sum, { total }) => sum + centsOf(total), 0)

export function orderTotalCents(order: Order): number {
  const lines = order.lines.reduce((sum, { totalCents }) => sum + totalCents, 0)
  return lines + chargesCents(order.shippingLines) + chargesCents(order.feeLines)
}

const metaJson = (meta: readonly Meta[]) => meta.map(({ id, key, value }) => ({ id, key, value }))

const itemMetaJson = (meta: readonly Meta[]) =>
  meta.map(({ id, key, value }) => ({ id, key, value, display_key: key, display_value: value }))

/** The unit price is a float on the wire: total / quantity, as PHP divides it. */
const unitPrice = (cents: number, quantity: number) => (quantity === 0 ? 0 : Number(moneyOf(cents)) / quantity)

function lineJson(state: State, line: Line) {
  const product = productOfLine(state, line)
  const parent = product?.parentId ? state.products.get(product.parentId) : undefined
  return {
    id: line.id,
    name: line.name,
    product_id: line.productId,
    variation_id: line.variationId,
    quantity: line.quantity,
    tax_class: '',
    subtotal: moneyOf(line.subtotalCents),
    subtotal_tax: '0.00',
    total: moneyOf(line.totalCents),
    total_tax: '0.00',
    taxes: [],
    meta_data: itemMetaJson(line.meta),
    sku: product ? product.sku : null,
    global_unique_id: product ? product.gtin : null,
    price: unitPrice(line.totalCents, line.quantity),
    image: { id: product ? '' : 0, src: '' },
    parent_name: parent?.name ?? null,
  }
}

const chargeJson = (row: Fields) => ({
  ...row,
  total: moneyOf(centsOf(row.total)),
  total_tax: '0.00',
  taxes: [],
  meta_data: [],
})

function dateFields(state: State, order: Order) {
  const [created, modified] = [state.date(order.createdAt), state.date(order.modifiedAt)]
  const [completed, paid] = [state.date(order.completedAt), state.date(order.paidAt)]
  return {
    local: { date_created: created.local, date_modified: modified.local },
    settled: { date_completed: completed.local, date_paid: paid.local },
    gmt: {
      date_created_gmt: created.gmt,
      date_modified_gmt: modified.gmt,
      date_completed_gmt: completed.gmt,
      date_paid_gmt: paid.gmt,
    },
  }
}

export function orderJson(state: State, order: Order): Record<string, unknown> {
  const { home } = state.options
  const dates = dateFields(state, order)
  const self = `${apiRoot(state)}/orders/${order.id}`
  const subtotal = order.lines.reduce((sum, { subtotalCents }) => sum + subtotalCents, 0)
  const lineTotal = order.lines.reduce((sum, { totalCents }) => sum + totalCents, 0)
  const total = orderTotalCents(order)
  return {
    id: order.id,
    parent_id: 0,
    status: order.status,
    currency: order.currency,
    version: '10.7.0',
    prices_include_tax: false,
    ...dates.local,
    discount_total: moneyOf(Math.max(0, subtotal - lineTotal)),
    discount_tax: '0.00',
    shipping_total: moneyOf(chargesCents(order.shippingLines)),
    shipping_tax: '0.00',
    cart_tax: '0.00',
    total: moneyOf(total),
    total_tax: '0.00',
    customer_id: order.customerId,
    order_key: order.key,
    billing: addressJson(order.billing, ['email', 'phone']),
    shipping: addressJson(order.shipping, ['phone']),
    payment_method: order.paymentMethod,
    payment_method_title: order.paymentMethodTitle,
    transaction_id: order.transactionId,
    customer_ip_address: '',
    customer_user_agent: '',
    created_via: order.createdVia,
    customer_note: order.customerNote,
    ...dates.settled,
    cart_hash: '',
    number: String(order.id),
    meta_data: metaJson(order.meta),
    line_items: order.lines.map((line) => lineJson(state, line)),
    tax_lines: [],
    shipping_lines: order.shippingLines.map(chargeJson),
    fee_lines: order.feeLines.map(chargeJson),
    coupon_lines: [],
    refunds: order.refunds.map(({ id, reason, amountCents }) => ({ id, reason, total: moneyOf(-amountCents) })),
    payment_url: `${home}/checkout/order-pay/${order.id}/?pay_for_order=true&key=${order.key}`,
    is_editable: ['pending', 'on-hold', 'auto-draft'].includes(order.status),
    needs_payment: ['pending', 'failed'].includes(order.status) && total > 0,
    needs_processing: order.lines.some((line) => line.productId > 0),
    ...dates.gmt,
    currency_symbol: currencySymbol(order.currency),
    _links: {
      ...links(self, `${apiRoot(state)}/orders`),
      email_templates: [{ embeddable: true, href: `${self}/actions/email_templates` }],
    },
  }
}

export function refundJson(state: State, order: Order, refund: Refund): Record<string, unknown> {
  const created = state.date(refund.createdAt)
  const up = `${apiRoot(state)}/orders/${order.id}`
  return {
    id: refund.id,
    date_created: created.local,
    date_created_gmt: created.gmt,
    amount: moneyOf(refund.amountCents),
    reason: refund.reason,
    refunded_by: 1,
    refunded_payment: refund.paid,
    meta_data: metaJson(refund.meta),
    line_items: refund.lines.map(({ id, of, quantity, totalCents, meta }) => ({
      ...lineJson(state, of),
      id,
      quantity: -quantity,
      subtotal: moneyOf(-totalCents),
      total: moneyOf(-totalCents),
      meta_data: itemMetaJson(meta),
      price: unitPrice(totalCents, quantity),
    })),
    shipping_lines: [],
    tax_lines: [],
    fee_lines: [],
    _links: links(`${up}/refunds/${refund.id}`, `${up}/refunds`, { up }, ['GET', 'DELETE']),
  }
}

export function noteJson(state: State, order: Order, note: Note): Record<string, unknown> {
  const created = state.date(note.createdAt)
  const up = `${apiRoot(state)}/orders/${order.id}`
  return {
    id: note.id,
    author: note.author,
    date_created: created.local,
    date_created_gmt: created.gmt,
    note: note.note,
    customer_note: note.toCustomer,
    _links: links(`${up}/notes/${note.id}`, `${up}/notes`, { up }, ['GET', 'DELETE']),
  }
}
