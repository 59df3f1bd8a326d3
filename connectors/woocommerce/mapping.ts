/** Their orders as readings of ours. Pure. */

import { orderPhaseOf } from '../../mappings/order-states.ts'
import type { Reading } from '../../src/channel.ts'
import {
  type Address,
  asId,
  type Money,
  type OrderLine,
  type OrderPhase,
  type OrderSnapshot,
  parseReference,
} from '../../src/domain.ts'
import { listingId, orderId, type Thing } from './ids.ts'
import { fulfilledLines, metaValue, parcelsOf } from './parcels.ts'
import { optional, unreadable } from './readings.ts'
import {
  type Fulfillment,
  fulfillment,
  type LineItem,
  type Order,
  order as orderSchema,
  type Person,
  type Settings,
} from './types.ts'
import { addMoney, perUnit, readGmt } from './values.ts'

export const referenceMeta = '_onhand_reference'

/** What the shop says of an order, its parcels included. `fulfillments` is given when they were asked for. */
export function orderReadings(raw: unknown, fulfillments: unknown, settings: Settings): readonly Reading[] {
  const read = orderSchema.safeParse(raw)
  if (!read.success) return [unreadable('an order', read.error.issues)]
  const order = read.data
  if (order.status === 'trash') return [{ kind: 'gone', of: 'order', id: order.id }]
  const parcels = readFulfillments(fulfillments)
  const snapshot = orderSnapshot(order, parcels)
  if (!snapshot) return [{ kind: 'unreadable', reason: `order ${order.id} states no UTC times` }]
  const shipments = parcelsOf(order, parcels ?? [], settings)
  return [{ kind: 'order', order: snapshot }, ...shipments.map((shipment): Reading => ({ kind: 'shipment', shipment }))]
}

export function readFulfillments(raw: unknown): readonly Fulfillment[] | undefined {
  if (!Array.isArray(raw)) return undefined
  return raw.flatMap((one) => {
    const read = fulfillment.safeParse(one)
    return read.success ? [read.data] : []
  })
}

function orderSnapshot(order: Order, parcels: readonly Fulfillment[] | undefined): OrderSnapshot | undefined {
  const createdAt = readGmt(order.date_created_gmt)
  const updatedAt = readGmt(order.date_modified_gmt) ?? createdAt
  if (createdAt === undefined || updatedAt === undefined) return undefined
  const shipped = shippedUnits(order, parcels)
  const reference = referenceOf(order)
  const address = addressOf(order)
  return {
    id: orderId(order.id),
    name: `#${order.number || order.id}`,
    phase: phaseOf(order, shipped),
    status: order.status,
    createdAt,
    updatedAt,
    fulfilment: 'seller',
    lines: order.line_items.map((line) => orderLine(line, order, shipped.get(line.id) ?? 0)),
    currency: order.currency,
    ...optional('total', money(order.total, order.currency)),
    ...optional('shippingPrice', money(withTax(order.shipping_total, order.shipping_tax, order), order.currency)),
    ...optional('address', address),
    ...optional('buyerNote', order.customer_note || undefined),
    ...optional('ourReference', reference),
  }
}

/** `_reduced_stock` is the only reliable evidence that a line took stock: refunds shrink it, cancelling removes it. */
export function takenUnits(line: LineItem): number {
  const taken = Number(metaValue(line.meta_data, '_reduced_stock'))
  return Number.isSafeInteger(Math.ceil(taken)) && taken > 0 ? Math.ceil(taken) : 0
}

const allLeft = new Set<OrderPhase>(['shipped', 'delivered'])

/** Taken units that left, by line. A refunded order that had been completed before was shipped before. */
function shippedUnits(order: Order, parcels: readonly Fulfillment[] | undefined): ReadonlyMap<string, number> {
  const { phase } = orderPhaseOf('woocommerce', order.status)
  const left = allLeft.has(phase) || (phase === 'closed' && order.date_completed_gmt !== '')
  const told = parcels && parcels.length > 0
  const allFulfilled = !told && metaValue(order.meta_data, '_fulfillment_status') === 'fulfilled'
  if (left || allFulfilled) return new Map(order.line_items.map((line) => [line.id, takenUnits(line)]))
  const shipped = new Map<string, number>()
  for (const parcel of parcels ?? []) {
    if (parcel.date_deleted || !(parcel.status === 'fulfilled' || parcel.is_fulfilled)) continue
    for (const { line, units } of fulfilledLines(parcel)) shipped.set(line, (shipped.get(line) ?? 0) + units)
  }
  // Fulfilments may claim more than was ordered: nothing that took no stock can leave it.
  return new Map(order.line_items.map((line) => [line.id, Math.min(shipped.get(line.id) ?? 0, takenUnits(line))]))
}

/** Fulfilments leave the status at processing: what left shows in the phase all the same, so that nothing is shipped again. */
function phaseOf(order: Order, shipped: ReadonlyMap<string, number>): OrderPhase {
  const { phase } = orderPhaseOf('woocommerce', order.status)
  if (phase !== 'ready') return phase
  const told = metaValue(order.meta_data, '_fulfillment_status')
  if (told === 'fulfilled') return 'shipped'
  const some = told === 'partially_fulfilled' || [...shipped.values()].some((units) => units > 0)
  return some ? 'partly_shipped' : phase
}

function orderLine(line: LineItem, order: Order, shipped: number): OrderLine {
  const taken = takenUnits(line)
  const thing = thingOfLine(line)
  const unitPrice = money(perUnit(withTax(line.total, line.total_tax, order), line.quantity), order.currency)
  return {
    id: asId(line.id),
    ...optional('listing', thing && listingId(thing)),
    ...optional('sku', line.sku || undefined),
    title: line.name,
    quantity: Math.max(0, Math.ceil(line.quantity)),
    takenUnits: taken,
    shippedUnits: Math.min(shipped, taken),
    ...optional('unitPrice', unitPrice),
  }
}

/** `product_id` is the parent; 0 when the shop never knew or no longer has the product. */
function thingOfLine(line: LineItem): Thing | undefined {
  if (line.product_id === '0') return undefined
  return line.variation_id === '0' ? { id: line.product_id } : { parent: line.product_id, id: line.variation_id }
}

/** Amounts exclude tax; in shops that enter prices with tax, what the buyer saw includes it. */
const withTax = (net: string, tax: string, order: Order): string =>
  order.prices_include_tax ? (addMoney(net, tax || '0') ?? net) : net

const money = (amount: string | undefined, currency: string): Money | undefined =>
  amount && /^-?\d+(\.\d+)?$/.test(amount) && currency ? { amount, currency } : undefined

export function referenceOf(order: Order): string | undefined {
  const candidates = [order.transaction_id, metaValue(order.meta_data, referenceMeta)]
  return candidates.find((text): text is string => typeof text === 'string' && parseReference(text) !== undefined)
}

function addressOf(order: Order): Address | undefined {
  const { shipping, billing } = order
  const person = hasPlace(shipping) ? shipping : hasPlace(billing) ? billing : undefined
  if (!person) return undefined
  const phone = person.phone || billing?.phone
  return {
    name: `${person.first_name} ${person.last_name}`.trim(),
    ...optional('company', person.company || undefined),
    line1: person.address_1,
    ...optional('line2', person.address_2 || undefined),
    postalCode: person.postcode,
    city: person.city,
    ...optional('region', person.state || undefined),
    country: person.country,
    ...optional('phone', phone || undefined),
    ...optional('email', billing?.email || undefined),
  }
}

const hasPlace = (person: Person | null | undefined): person is Person =>
  !!person && (person.address_1 !== '' || (person.city !== '' && person.postcode !== ''))
