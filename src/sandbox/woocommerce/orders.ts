/** Orders: creating, editing and moving them from status to status. */

import { pay, setStatus } from './order-status.ts'
import { followLine, moveLine, productOfLine, reducedUnits } from './order-stock.ts'
import { priceOf } from './product-json.ts'
import { RestError } from './rest-error.ts'
import { applyMeta, type Line, metaOf, type Order, type Product, putMeta, type State } from './state.ts'
import { centsOf, type Fields, fieldsOf, listOf, phpBool, phpInt, textOf } from './values.ts'

export const invalidOrder = (status = 404) =>
  new RestError(status, 'woocommerce_rest_shop_order_invalid_id', 'Invalid ID.')

/** Every save moves the date and announces once. */
export function saved(state: State, order: Order): void {
  order.modifiedAt = state.nowSeconds()
  state.emit('order', 'updated', order.id)
}

/** The product a line names: a variation id in `product_id` and a bare sku resolve; unknown ones are not refused. */
function findProduct(state: State, fields: Fields): Product | undefined {
  const id = phpInt(fields.variation_id) || phpInt(fields.product_id)
  if (id) return state.products.get(id)
  const sku = textOf(fields.sku)
  if (sku) return state.products.get(state.bySku.get(sku) ?? 0)
  throw new RestError(400, 'woocommerce_rest_required_product_reference', 'Product ID or SKU is required.')
}

function nameOf(state: State, product: Product | undefined): string {
  const parent = product?.parentId ? state.products.get(product.parentId) : undefined
  return parent ? `${parent.name} - ${product?.name ?? ''}` : (product?.name ?? '')
}

function newLine(state: State, fields: Fields): Line {
  const product = findProduct(state, fields)
  const quantity = fields.quantity === undefined ? 1 : phpInt(fields.quantity)
  const worth = product ? centsOf(priceOf(state, product)) * quantity : 0
  const line: Line = {
    id: state.nextRowId('line'),
    productId: product ? product.parentId || product.id : 0,
    variationId: product?.parentId ? product.id : 0,
    name: textOf(fields.name) || nameOf(state, product),
    quantity,
    subtotalCents: fields.subtotal === undefined ? worth : centsOf(fields.subtotal),
    totalCents: fields.total === undefined ? worth : centsOf(fields.total),
    meta: [],
  }
  applyMeta(state, line.meta, fields.meta_data)
  return line
}

function removeLine(state: State, order: Order, line: Line): void {
  moveLine(state, line, -reducedUnits(line))
  order.lines = order.lines.filter((other) => other !== line)
}

/** Quantity 0 or a null product removes a line; new totals do not follow from a new quantity by themselves. */
function editLine(state: State, order: Order, line: Line, fields: Fields): void {
  if (fields.quantity === 0 || fields.product_id === null) {
    removeLine(state, order, line)
    return
  }
  const before = line.quantity
  if (fields.quantity !== undefined) line.quantity = phpInt(fields.quantity)
  if (fields.name !== undefined) line.name = textOf(fields.name)
  if (fields.total !== undefined) line.totalCents = centsOf(fields.total)
  if (fields.subtotal !== undefined) line.subtotalCents = centsOf(fields.subtotal)
  applyMeta(state, line.meta, fields.meta_data)
  followLine(state, order, line, before)
}

function applyLines(state: State, order: Order, given: unknown): void {
  for (const fields of listOf(given).map<Fields>(fieldsOf)) {
    const id = phpInt(fields.id)
    if (id) {
      const line = order.lines.find((one) => one.id === id)
      if (!line)
        throw new RestError(
          400,
          'woocommerce_rest_invalid_item_id',
          'Order item ID provided is not associated with order.',
        )
      editLine(state, order, line, fields)
    } else {
      const line = newLine(state, fields)
      order.lines.push(line)
      followLine(state, order, line, 0)
    }
  }
}

function applyCharges(state: State, given: unknown, name: 'method_title' | 'name'): Record<string, unknown>[] {
  return listOf(given)
    .map<Fields>(fieldsOf)
    .map((fields) => ({ ...fields, id: state.nextRowId('line'), [name]: textOf(fields[name]) }))
}

function applyFields(state: State, order: Order, fields: Fields): void {
  if (fields.customer_note !== undefined) order.customerNote = textOf(fields.customer_note)
  if (fields.transaction_id !== undefined) order.transactionId = textOf(fields.transaction_id)
  if (fields.payment_method !== undefined) order.paymentMethod = textOf(fields.payment_method)
  if (fields.payment_method_title !== undefined) order.paymentMethodTitle = textOf(fields.payment_method_title)
  if (fields.currency !== undefined) order.currency = textOf(fields.currency)
  if (fields.customer_id !== undefined) order.customerId = phpInt(fields.customer_id)
  if (fields.billing !== undefined) order.billing = { ...order.billing, ...fieldsOf(fields.billing) }
  if (fields.shipping !== undefined) order.shipping = { ...order.shipping, ...fieldsOf(fields.shipping) }
  if (fields.shipping_lines !== undefined)
    order.shippingLines = applyCharges(state, fields.shipping_lines, 'method_title')
  if (fields.fee_lines !== undefined) order.feeLines = applyCharges(state, fields.fee_lines, 'name')
  applyLines(state, order, fields.line_items)
  applyMeta(state, order.meta, fields.meta_data)
}

function orderKey(state: State): string {
  return `wc_order_${state.deps.random.uuid().replaceAll('-', '').slice(0, 13)}`
}

export function blankOrder(state: State, createdVia: string): Order {
  const now = state.nowSeconds()
  return {
    id: state.nextId(),
    status: 'pending',
    currency: state.options.currency,
    key: orderKey(state),
    createdAt: now,
    modifiedAt: now,
    createdVia,
    customerId: 0,
    transactionId: '',
    customerNote: '',
    paymentMethod: '',
    paymentMethodTitle: '',
    billing: {},
    shipping: {},
    shippingLines: [],
    feeLines: [],
    meta: [],
    lines: [],
    refunds: [],
    notes: [],
    fulfilments: [],
    stockReduced: false,
  }
}

/** Nothing is refused for stock, and the same request twice makes two orders. */
export function createOrder(state: State, fields: Fields): Order {
  const order = blankOrder(state, textOf(fields.created_via) || 'rest-api')
  applyFields(state, order, fields)
  if (fields.status !== undefined && fields.status !== null) setStatus(state, order, textOf(fields.status))
  if (phpBool(fields.set_paid)) pay(state, order)
  order.notes = []
  state.orders.set(order.id, order)
  announceNew(state, order)
  return order
}

/** Checkout and REST both give the two events; the update is queued first. */
export function announceNew(state: State, order: Order): void {
  state.emit('order', 'updated', order.id)
  state.emit('order', 'created', order.id)
}

/** A status on a trashed order revives it without any event. */
export function updateOrder(state: State, order: Order, fields: Fields): void {
  const wasTrash = order.status === 'trash'
  applyFields(state, order, fields)
  if (fields.status !== undefined && fields.status !== null) setStatus(state, order, textOf(fields.status))
  if (phpBool(fields.set_paid)) pay(state, order)
  if (wasTrash && order.status !== 'trash') order.modifiedAt = state.nowSeconds()
  else saved(state, order)
}

/** Trash keeps the stock that the order took. */
export function trashOrder(state: State, order: Order): void {
  if (order.status === 'trash')
    throw new RestError(410, 'woocommerce_rest_already_trashed', 'The order has already been deleted.')
  putMeta(state, order.meta, '_wp_trash_meta_status', `wc-${order.status}`)
  putMeta(state, order.meta, '_wp_trash_meta_time', String(state.nowSeconds()))
  order.trashedFrom = order.status
  order.status = 'trash'
  order.modifiedAt = state.nowSeconds()
  state.holds.delete(order.id)
  state.emit('order', 'deleted', order.id)
}

/** Permanent, nobody is told, nothing is given back. */
export function forceDeleteOrder(state: State, order: Order): void {
  state.orders.delete(order.id)
  state.holds.delete(order.id)
}

/** Substring of the transaction id or the e-mail, or the exact id. Not meta, not the customer's note. */
export function matchesSearch(order: Order, term: string): boolean {
  const wanted = term.toLowerCase()
  return (
    String(order.id) === wanted ||
    order.transactionId.toLowerCase().includes(wanted) ||
    textOf(order.billing.email).toLowerCase().includes(wanted)
  )
}

export const skuOf = (state: State, line: Line): string => productOfLine(state, line)?.sku ?? ''
export const metaText = (order: Order, key: string): string => textOf(metaOf(order.meta, key))
