/** Pure: what a delivery from a Shopify store means. Bodies are our own wrappings of its answers, or its webhooks. */

import { z } from 'zod'
import { orderPhaseOf } from '../../mappings/order-states.ts'
import type { Delivery, Reading } from '../../src/channel.ts'
import {
  type Address,
  asId,
  type ListingSnapshot,
  type Money,
  type OrderLine,
  type OrderPhase,
  type OrderSnapshot,
  type ShipmentSnapshot,
} from '../../src/domain.ts'
import { parseJson } from '../json.ts'
import { readHint } from './hints.ts'
import { listingId, orderId, registerId } from './ids.ts'
import type { ShopifySettings } from './install.ts'
import { readScopes, scopesTopic } from './scopes.ts'
import * as types from './types.ts'
import { answeredInAnother, sentInAnother, splitTopic, versionTopic } from './version.ts'

/** Topics of our own fetches and polls; webhook topics are upper case and can never be one of these. */
export const topics = { order: 'order', parcels: 'parcels', listing: 'listing', stock: 'stock' } as const

const readers: Readonly<Record<string, (body: unknown) => Reading[]>> = {
  [topics.order]: readOrder,
  [topics.parcels]: readParcels,
  [topics.listing]: readListing,
  [topics.stock]: readStock,
  [versionTopic]: readVersion,
  [scopesTopic]: readScopes,
}

/** Never throws: what it cannot read is `unreadable`, with the paths that are wrong and none of the values. */
export function interpret(settings: ShopifySettings, delivery: Delivery): Reading[] {
  try {
    const body = parseJson(delivery.body)
    const reader = Object.hasOwn(readers, delivery.topic) ? readers[delivery.topic] : undefined
    if (reader) return reader(body)
    const { topic, version } = splitTopic(delivery.topic)
    const hints = readHint(settings, topic, body)
    return version === undefined ? hints : [...hints, sentInAnother(version)]
  } catch (cause) {
    return [unreadable(delivery.topic, cause)]
  }
}

function unreadable(topic: string, cause: unknown): Reading {
  if (isZodError(cause)) return { kind: 'unreadable', reason: `${topic}: ${types.whatIsWrong(cause)}` }
  // A SyntaxError quotes the text it failed on, which may hold a buyer's data.
  const reason =
    cause instanceof SyntaxError ? 'the body is not JSON' : cause instanceof Error ? cause.message : 'unknown'
  return { kind: 'unreadable', reason: `${topic}: ${reason}` }
}

const isZodError = (cause: unknown): cause is { issues: { path: PropertyKey[]; message: string }[] } =>
  cause instanceof Error && 'issues' in cause && Array.isArray(cause.issues)

const versions = z.looseObject({ asked: z.string(), answered: z.string() })

function readVersion(body: unknown): Reading[] {
  const { asked, answered } = versions.parse(body)
  return [answeredInAnother(asked, answered)]
}

const goneId = (body: unknown): string | undefined => types.gone.safeParse(body).data?.gone

// ---------------------------------------------------------------- orders

function readOrder(body: unknown): Reading[] {
  const missing = goneId(body)
  if (missing) return [{ kind: 'gone', of: 'order', id: missing }]
  const order = types.order.parse(body)
  const { nodes, pageInfo } = order.lineItems
  if (pageInfo.hasNextPage)
    return [{ kind: 'unreadable', reason: `Order ${order.name} has more lines than could be read together.` }]
  const lostUnits = nodes.some((line) => line.currentQuantity < line.quantity)
  if (lostUnits && !order.refundLines)
    return [{ kind: 'unreadable', reason: `Order ${order.name}: its refunds could not be read whole.` }]
  return [{ kind: 'order', order: snapshot(order) }]
}

function snapshot(order: types.ShopifyOrder): OrderSnapshot {
  const kept = keptUnits(order.refundLines ?? [])
  return {
    id: orderId(order.id),
    name: order.name,
    phase: phaseOf(order),
    status: order.displayFulfillmentStatus,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    fulfilment: 'seller',
    // Test orders count like others: Shopify takes stock for them. Draft orders never come here: they are no orders yet.
    lines: order.lineItems.nodes.map((line) => orderLine(line, kept.get(line.id) ?? 0)),
    currency: order.currencyCode,
    ...defined('total', moneyOf(order.totalPriceSet)),
    ...defined('shippingPrice', moneyOf(order.totalShippingPriceSet)),
    ...defined('address', order.shippingAddress ? addressOf(order.shippingAddress, order.email) : undefined),
    ...defined('buyerNote', order.note || undefined),
    ...defined('ourReference', order.sourceIdentifier?.startsWith('onhand:') ? order.sourceIdentifier : undefined),
  }
}

function phaseOf(order: types.ShopifyOrder): OrderPhase {
  if (order.cancelledAt) return 'cancelled'
  return orderPhaseOf('shopify', order.displayFulfillmentStatus, order.displayFinancialStatus).phase
}

/** Per line, the units that were refunded or removed without going back into stock. */
function keptUnits(refunds: readonly types.ShopifyRefundLine[]): Map<string, number> {
  const kept = new Map<string, number>()
  for (const refund of refunds) {
    if (refund.restockType !== 'NO_RESTOCK' && refund.restocked !== false) continue
    kept.set(refund.lineItem.id, (kept.get(refund.lineItem.id) ?? 0) + refund.quantity)
  }
  return kept
}

/**
 * `currentQuantity` leaves out refunded and removed units; those that were not restocked still count as taken, and as shipped:
 * Shopify takes them off its on-hand count for good. A cancelled order whose lines lost nothing keeps its units: the shop
 * has not said that it gave them back. Unsure: whether an order edit that removes units without restocking shows as a refund.
 */
function orderLine(line: types.ShopifyLine, kept: number): OrderLine {
  const current = Math.max(0, line.currentQuantity)
  const keptHere = Math.min(kept, Math.max(0, line.quantity - current))
  const shipped = Math.max(0, current - line.unfulfilledQuantity)
  return {
    id: asId<'line'>(line.id),
    ...defined('listing', line.variant ? listingId(line.variant.id) : undefined),
    ...defined('sku', line.sku || undefined),
    title: line.variantTitle ? `${line.title} - ${line.variantTitle}` : line.title,
    quantity: current,
    takenUnits: current + keptHere,
    shippedUnits: shipped + keptHere,
    ...defined('unitPrice', moneyOf(line.discountedUnitPriceAfterAllDiscountsSet)),
  }
}

const moneyOf = (set: { shopMoney: { amount: string; currencyCode: string } } | null | undefined): Money | undefined =>
  set ? { amount: set.shopMoney.amount, currency: set.shopMoney.currencyCode } : undefined

function addressOf(address: types.ShopifyAddress, email: string | null | undefined): Address {
  return {
    name: address.name ?? '',
    ...defined('company', address.company || undefined),
    line1: address.address1 ?? '',
    ...defined('line2', address.address2 || undefined),
    postalCode: address.zip ?? '',
    city: address.city ?? '',
    ...defined('region', address.provinceCode || undefined),
    country: address.countryCodeV2 ?? '',
    ...defined('phone', address.phone || undefined),
    ...defined('email', email || undefined),
  }
}

/** A property only when there is a value, so that an absent one is absent. */
function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const part: { [P in K]?: V } = {}
  if (value !== undefined) part[key] = value
  return part
}

// ---------------------------------------------------------------- parcels

const failedParcel = new Set(['CANCELLED', 'ERROR', 'FAILURE'])
/** Legacy words for a parcel that a fulfilment service has not accepted yet: nothing has left. */
const notYetParcel = new Set(['OPEN', 'PENDING'])

function readParcels(body: unknown): Reading[] {
  const missing = goneId(body)
  if (missing) return [{ kind: 'gone', of: 'order', id: missing }]
  const { id, fulfillments, cut } = types.parcels.parse(body)
  if (cut || fulfillments.some((parcel) => parcel.fulfillmentLineItems.pageInfo.hasNextPage))
    return [{ kind: 'unreadable', reason: `Order ${id} has more parcels or parcel lines than could be read together.` }]
  const left = fulfillments.filter((parcel) => !notYetParcel.has(parcel.status))
  if (left.length === 0) return [{ kind: 'ignored', reason: 'The order has no parcels yet.' }]
  return left.map((parcel) => {
    const numbers = parcel.trackingInfo.flatMap(({ number }) => number || [])
    const shipment: ShipmentSnapshot = {
      id: asId<'shipment'>(parcel.id),
      order: orderId(id),
      updatedAt: parcel.updatedAt,
      cancelled: failedParcel.has(parcel.status),
      ...defined('carrier', parcel.trackingInfo.find(({ company }) => company)?.company || undefined),
      numbers: [...new Set(numbers)],
      ...defined('url', parcel.trackingInfo.find(({ url }) => url)?.url || undefined),
      lines: parcel.fulfillmentLineItems.nodes.map(({ lineItem, quantity }) => ({
        line: asId<'line'>(lineItem.id),
        units: quantity ?? 0,
      })),
    }
    return { kind: 'shipment', shipment }
  })
}

// ---------------------------------------------------------------- listings

/** UNLISTED products are sold to whoever has the link. A word we have not heard of is taken as on sale, which is the cautious side. */
const inactiveProduct = new Set(['DRAFT', 'ARCHIVED'])

function readListing(body: unknown): Reading[] {
  const missing = goneId(body)
  if (missing) return [{ kind: 'gone', of: 'listing', id: missing }]
  const { variant, location } = types.listing.parse(body)
  const counting = countingOf(variant)
  const isCounted = counting === 'counted' || counting === 'endless'
  const snapshot: ListingSnapshot = {
    id: listingId(variant.id),
    ...defined('register', isCounted ? registerId(variant.inventoryItem.id, location) : undefined),
    title:
      variant.title && variant.title !== 'Default Title'
        ? `${variant.product.title} - ${variant.title}`
        : variant.product.title,
    ...defined('sku', variant.sku || variant.inventoryItem.sku || undefined),
    ...defined('gtin', variant.barcode || undefined),
    state: inactiveProduct.has(variant.product.status) ? 'inactive' : 'active',
    counting,
    updatedAt: Math.max(variant.updatedAt, variant.product.updatedAt),
  }
  return [{ kind: 'listing', listing: snapshot }]
}

/** A bundle's stock is worked out from its parts and refuses writes; an untracked item has no stock to run out of. */
function countingOf(variant: types.ShopifyListing['variant']): ListingSnapshot['counting'] {
  if (variant.requiresComponents) return 'derived'
  if (!variant.inventoryItem.tracked) return 'untracked'
  return variant.inventoryPolicy === 'CONTINUE' ? 'endless' : 'counted'
}

// ---------------------------------------------------------------- stock

function readStock(body: unknown): Reading[] {
  const { location, levels } = types.stock.parse(body)
  if (levels.length === 0) return [{ kind: 'ignored', reason: 'No stock levels on this page.' }]
  return levels.map(({ item, quantities, gone }): Reading => {
    const register = registerId(item, location)
    if (gone) return { kind: 'gone', of: 'register', id: register }
    // Never stocked here: the shop sells nothing of it from this location.
    if (!quantities) return { kind: 'stock', level: { register, availableUnits: 0, committedUnits: 0 } }
    const units = (name: string) => quantities.find((quantity) => quantity.name === name)?.quantity
    const available = units('available')
    if (available === undefined)
      return { kind: 'unreadable', reason: `Register ${register} came without its available quantity.` }
    return {
      kind: 'stock',
      level: {
        register,
        availableUnits: available,
        ...defined('committedUnits', units('committed')),
        ...defined('onHandUnits', units('on_hand')),
        // What is reserved while a buyer pays has left the available quantity; a shop that shows none says 0.
        ...defined('heldUnits', units('reserved')),
      },
    }
  })
}
