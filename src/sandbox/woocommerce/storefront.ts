/** The buyers' and the merchant's side of the shop: what happens without the API. */

import type { Purchase, SandboxCounter, SandboxOrder, SandboxProduct } from '../shop.ts'
import { setStatus } from './order-status.ts'
import { heldUnits, productOfLine } from './order-stock.ts'
import { announceNew, blankOrder, metaText, saved } from './orders.ts'
import { priceOf } from './product-json.ts'
import { createProduct, setStock, stockOwner, stockStatusOf, touch } from './products.ts'
import { metaOf, type Order, type Product, type State } from './state.ts'
import { newTracking, storeTrackings, trackingItems } from './trackings.ts'
import { centsOf, textOf } from './values.ts'

export function addProduct(state: State, { sku, title, price, quantity, gtin }: SandboxProduct): void {
  createProduct(state, {
    name: title,
    sku,
    regular_price: price,
    manage_stock: true,
    stock_quantity: quantity,
    ...(gtin === undefined ? {} : { global_unique_id: gtin }),
  })
}

const isOnSale = (product: Product | undefined): product is Product =>
  product?.status === 'publish' && product.type !== 'variable'

const bySku = (state: State, sku: string): Product | undefined => state.products.get(state.bySku.get(sku) ?? 0)

/** What a shopper may take of a product now; holds of other carts count, backorders lift the limit. */
function sellable(state: State, product: Product): number {
  const owner = stockOwner(state, product)
  if (!owner) return stockStatusOf(state, product) === 'outofstock' ? 0 : Number.POSITIVE_INFINITY
  if (owner.backorders !== 'no') return Number.POSITIVE_INFINITY
  return (owner.stock ?? 0) - heldUnits(state, owner.id)
}

const buyer = {
  first_name: 'A',
  last_name: 'B',
  address_1: 'S 1',
  city: 'Amsterdam',
  postcode: '1011 AA',
  country: 'NL',
  email: 'a@example.test',
  phone: '0612345678',
}

function fillOrder(state: State, basket: ReadonlyMap<Product, number>): Order {
  const order = blankOrder(state, 'store-api')
  Object.assign(order, { billing: buyer, shipping: buyer, paymentMethod: 'ideal', paymentMethodTitle: 'iDEAL' })
  for (const [product, quantity] of basket) {
    const parent = product.parentId ? state.products.get(product.parentId) : undefined
    const worth = centsOf(priceOf(state, product)) * quantity
    order.lines.push({
      id: state.nextRowId('line'),
      productId: parent?.id ?? product.id,
      variationId: parent ? product.id : 0,
      name: parent ? `${parent.name} - ${product.name}` : product.name,
      quantity,
      subtotalCents: worth,
      totalCents: worth,
      meta: [],
    })
  }
  state.orders.set(order.id, order)
  return order
}

/** Units by stock owner: variations of one pool are one row. */
function unitsByOwner(state: State, basket: ReadonlyMap<Product, number>): Map<number, number> {
  const units = new Map<number, number>()
  for (const [product, quantity] of basket) {
    const owner = stockOwner(state, product)
    if (owner) units.set(owner.id, (units.get(owner.id) ?? 0) + quantity)
  }
  return units
}

function pay(state: State, order: Order): void {
  order.paysAt = undefined
  order.transactionId = `tr_${order.id}`
  setStatus(state, order, 'processing')
}

/** Checkout: refuses what is not there, then either takes it paid or holds it unpaid. */
export function buy(state: State, lines: readonly { sku: string; quantity: number }[]): Purchase {
  const basket = new Map<Product, number>()
  for (const { sku, quantity } of lines) {
    const product = bySku(state, sku)
    if (!isOnSale(product)) return { ok: false, reason: 'unknown_sku' }
    basket.set(product, (basket.get(product) ?? 0) + quantity)
  }
  const units = unitsByOwner(state, basket)
  for (const [product, quantity] of basket) {
    const owner = stockOwner(state, product)
    if (sellable(state, product) < (owner ? (units.get(owner.id) ?? 0) : quantity))
      return { ok: false, reason: 'out_of_stock' }
  }
  const order = fillOrder(state, basket)
  const { random, clock } = state.deps
  if (random.next() < state.options.pendingFraction) {
    state.holds.set(order.id, { expiresAt: clock.now() + state.holdStockMinutes * 60_000, units })
    if (random.next() >= state.options.abandonedFraction) order.paysAt = clock.now() + state.options.paysAfterMs
  } else pay(state, order)
  announceNew(state, order)
  return { ok: true, order: String(order.id) }
}

/** Pays what is due; cancels storefront orders that stayed unpaid for the time of the hold. REST orders are left alone. */
export function tick(state: State): void {
  const now = state.deps.clock.now()
  for (const id of [...state.holds.keys()]) {
    const order = state.orders.get(id)
    const hold = state.holds.get(id)
    if (!order || !hold || order.status !== 'pending') continue
    if (order.paysAt !== undefined && order.paysAt <= now) pay(state, order)
    else if (hold.expiresAt <= now) setStatus(state, order, 'cancelled')
    else continue
    saved(state, order)
  }
}

export function nextTickAt(state: State): number | undefined {
  let next: number | undefined
  for (const [id, hold] of state.holds) {
    const order = state.orders.get(id)
    if (order?.status !== 'pending') continue
    const at = Math.min(order.paysAt ?? hold.expiresAt, hold.expiresAt)
    if (next === undefined || at < next) next = at
  }
  return next
}

const open = ['pending', 'processing', 'on-hold']

export function cancel(state: State, id: string): boolean {
  const order = state.orders.get(Number(id))
  if (!order || !open.includes(order.status)) return false
  setStatus(state, order, 'cancelled')
  saved(state, order)
  return true
}

/** The merchant types the number into the tracking box and completes the order. */
export function ship(state: State, id: string, { carrier, number }: { carrier: string; number: string }): boolean {
  const order = state.orders.get(Number(id))
  if (!order || !['processing', 'on-hold'].includes(order.status)) return false
  const known = newTracking(state, order, { provider: carrier, number })
  const item = known.tracking_provider ? known : { ...known, custom_tracking_provider: carrier }
  storeTrackings(state, order, [...trackingItems(order), item])
  setStatus(state, order, 'completed')
  saved(state, order)
  return true
}

export function setStockByHand(state: State, sku: string, quantity: number): void {
  const product = bySku(state, sku)
  const owner = product && stockOwner(state, product)
  if (!owner) throw new Error(`no stock is counted for ${sku}`)
  setStock(state, owner, quantity)
  touch(state, owner)
  state.emit('product', 'updated', owner.id)
}

/** Counted products on sale; what is unmanaged has no number. */
export function shelf(state: State): ReadonlyMap<string, number> {
  const rows = new Map<string, number>()
  for (const product of state.products.values()) {
    const owner = stockOwner(state, product)
    if (product.sku && owner && isOnSale(product))
      rows.set(product.sku, Math.max(0, (owner.stock ?? 0) - heldUnits(state, owner.id)))
  }
  return rows
}

export function counter(state: State, sku: string): SandboxCounter {
  const product = bySku(state, sku)
  const owner = product && stockOwner(state, product)
  if (!owner) throw new Error(`no stock is counted for ${sku}`)
  return { units: owner.stock ?? 0, heldUnits: heldUnits(state, owner.id) }
}

type Tracking = SandboxOrder['tracking'][number]

/** Wherever a number was written: fulfilments, the plugins' array, or plain meta. */
function trackingOf(order: Order): readonly Tracking[] {
  const parcels = order.fulfilments.flatMap(({ status, meta }): Tracking[] => {
    const number = textOf(metaOf(meta, '_tracking_number'))
    const carrier = textOf(metaOf(meta, '_provider_name')) || textOf(metaOf(meta, '_shipment_provider'))
    return number && status === 'fulfilled' ? [{ carrier, number }] : []
  })
  const items = trackingItems(order).map(
    (item): Tracking => ({
      carrier: textOf(item.tracking_provider) || textOf(item.custom_tracking_provider),
      number: textOf(item.tracking_number),
    }),
  )
  const number = metaText(order, '_tracking_number')
  const plain = number ? [{ carrier: metaText(order, '_tracking_provider'), number }] : []
  return [...parcels, ...items, ...plain]
}

const isReference = (value: unknown): value is string => typeof value === 'string' && value.startsWith('onhand:')

export function orders(state: State): SandboxOrder[] {
  return [...state.orders.values()].map((order) => {
    const reference = [order.transactionId, ...order.meta.map(({ value }) => value)].find(isReference)
    return {
      id: String(order.id),
      name: `#${order.id}`,
      status: order.status,
      createdAt: order.createdAt * 1000,
      cancelled: order.status === 'cancelled',
      shipped: order.status === 'completed' || metaText(order, '_fulfillment_status') === 'fulfilled',
      lines: order.lines.map((line) => ({ sku: productOfLine(state, line)?.sku ?? '', quantity: line.quantity })),
      ...(reference === undefined ? {} : { reference }),
      tracking: trackingOf(order),
    }
  })
}
