/** TikTok orders as readings: one element per unit becomes one line per sku, and every unit's state is counted. Pure. */

import { orderPhaseOf } from '../../mappings/order-states.ts'
import { returnReasonOf } from '../../mappings/return-reasons.ts'
import {
  type Address,
  asId,
  type Fulfilment,
  type ListingId,
  type Money,
  type OrderLine,
  type OrderPhase,
  type OrderReturn,
  type OrderSnapshot,
  type ShipmentSnapshot,
} from '../../src/domain.ts'
import { deliveryOptionId, listingId } from './ids.ts'
import type { Cancellation, LineItem, Order, RecipientAddress, ReturnOrder } from './types.ts'

const platform = 'tiktok-shop'
const hasLeft = new Set<OrderPhase>(['shipped', 'delivered', 'closed'])
/** The seller has arranged the parcel, from when TikTok counts the unit as shipped. `TO_FULFILL` still waits for the seller. */
const packagesUnderWay = new Set(['PROCESSING', 'FULFILLING', 'COMPLETED'])

/** Words outside the documented list do occur (`TO_SHIP`): they are no state of their own. */
function linePhase(unit: LineItem): OrderPhase | undefined {
  const { phase, known } = orderPhaseOf(platform, unit.display_status ?? '')
  return known ? phase : undefined
}

export const isCancelled = (unit: LineItem): boolean => linePhase(unit) === 'cancelled'

export function isShipped(unit: LineItem, orderPhase: OrderPhase): boolean {
  const own = linePhase(unit)
  return (
    hasLeft.has(orderPhase) ||
    (own !== undefined && hasLeft.has(own)) ||
    packagesUnderWay.has(unit.package_status ?? '')
  )
}

export function phaseOf(order: Order): OrderPhase {
  return orderPhaseOf(platform, order.status).phase
}

function fulfilmentOf(order: Order): Fulfilment {
  // TikTok's own warehouses, and in Indonesia Tokopedia's.
  if (order.fulfillment_type && order.fulfillment_type !== 'FULFILLMENT_BY_SELLER') return 'platform'
  return order.shipping_type === 'TIKTOK' ? 'platform_label' : 'seller'
}

/** The id of an aggregated line. TikTok's own line ids name single units and stay behind this file and `tracking.ts`. */
export const lineKey = (unit: LineItem): string => unit.sku_id ?? unit.id

function unitsByLine(order: Order): Map<string, [LineItem, ...LineItem[]]> {
  const lines = new Map<string, [LineItem, ...LineItem[]]>()
  for (const unit of order.line_items) {
    const line = lines.get(lineKey(unit))
    if (line) line.push(unit)
    else lines.set(lineKey(unit), [unit])
  }
  return lines
}

/** Without a warehouse no register is named; the sku alone still shows people what is not linked. */
function listingOf(product: string, sku: string, warehouse: string | undefined): ListingId {
  return warehouse ? listingId({ product, sku, warehouse }) : asId(`${product}/${sku}`)
}

function lineOf(order: Order, key: string, units: readonly [LineItem, ...LineItem[]]): OrderLine {
  const [first] = units
  const phase = phaseOf(order)
  const live = phase === 'cancelled' ? [] : units.filter((unit) => !isCancelled(unit))
  // Stock in TikTok's warehouses is not in any register that is written here.
  const taken = fulfilmentOf(order) === 'platform' ? [] : live
  const price = unitPrice(live.length > 0 ? live : units, order)
  const name = first.product_name ?? first.seller_sku ?? key
  return {
    id: asId(key),
    ...(first.product_id && first.sku_id
      ? { listing: listingOf(first.product_id, first.sku_id, order.warehouse_id) }
      : {}),
    ...(first.seller_sku ? { sku: first.seller_sku } : {}),
    title: first.sku_name && first.sku_name !== 'Default' ? `${name} (${first.sku_name})` : name,
    quantity: live.length,
    takenUnits: taken.length,
    shippedUnits: taken.filter((unit) => isShipped(unit, phase)).length,
    ...(price ? { unitPrice: price } : {}),
    ...(first.combined_listing_skus.length > 0
      ? {
          components: first.combined_listing_skus.map((part) => ({
            listing: listingOf(part.product_id, part.sku_id, order.warehouse_id),
            units: part.sku_count,
          })),
        }
      : {}),
  }
}

/** Units of a sku may be sold at different prices (a gift beside a paid one): then the mean, rounded half up. Exact arithmetic throughout. */
function unitPrice(units: readonly LineItem[], order: Order): Money | undefined {
  const currency = units[0]?.currency ?? order.payment?.currency
  const prices = units.flatMap((unit) => unit.sale_price ?? [])
  const [first] = prices
  if (!currency || first === undefined || prices.length < units.length) return undefined
  if (prices.every((price) => price === first)) return { amount: first, currency }
  const decimals = Math.max(...prices.map((price) => price.split('.')[1]?.length ?? 0))
  const minor = (price: string) => {
    const [whole = '0', fraction = ''] = price.split('.')
    return BigInt(whole + fraction.padEnd(decimals, '0'))
  }
  const count = BigInt(prices.length)
  const sum = prices.reduce((total, price) => total + minor(price), 0n)
  const digits = String((2n * sum + count) / (2n * count)).padStart(decimals + 1, '0')
  return { amount: decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`, currency }
}

const isMasked = (text: string | undefined): boolean => text?.includes('**') === true

/** Missing during ON_HOLD, masked for orders that go out with TikTok's label: a masked address is none. */
function addressOf(to: RecipientAddress | undefined, email: string | undefined): Address | undefined {
  const name = to?.name ?? [to?.first_name, to?.last_name].filter(Boolean).join(' ')
  const line1 = to?.address_line1 ?? to?.address_detail ?? to?.full_address
  if (!to?.region_code || !name || !line1 || isMasked(name) || isMasked(line1)) return undefined
  const line2 = [to.address_line2, to.address_line3, to.address_line4].filter(Boolean).join(', ')
  const region = to.district_info.find((each) => each.address_level === 'L1')?.address_name
  return {
    name,
    line1,
    ...(line2 ? { line2 } : {}),
    postalCode: to.postal_code ?? '',
    city: cityOf(to),
    ...(region ? { region } : {}),
    country: to.region_code,
    ...(to.phone_number && !isMasked(to.phone_number) ? { phone: to.phone_number } : {}),
    ...(email ? { email } : {}),
  }
}

/** UK orders carry the post town; elsewhere the level that is called a city, else the deepest one. */
function cityOf(to: RecipientAddress): string {
  const below = to.district_info.filter((each) => each.address_name && each.address_level !== 'L0')
  const named = below.find((each) => /city|town|municipality/i.test(each.address_level_name ?? ''))
  const deepest = [...below].sort((a, b) => (a.address_level ?? '').localeCompare(b.address_level ?? '')).at(-1)
  return to.post_town ?? named?.address_name ?? deepest?.address_name ?? ''
}

/** Phases in which the buyer's country is hidden, or will never be needed: a provider list would be the wrong one. */
const withoutParcel = new Set<OrderPhase>(['unpaid', 'on_hold', 'cancelled'])

function deliveryOptionOf(order: Order, warehouseRegion: string): string | undefined {
  const buyer = order.recipient_address?.region_code
  if (!order.delivery_option_id || (!buyer && withoutParcel.has(phaseOf(order)))) return undefined
  return deliveryOptionId(order.delivery_option_id, warehouseRegion, buyer ?? '')
}

/** The seller has to answer while it is pending; requests that TikTok or the buyer has settled stay in the list under other words. */
const isOpenRequest = ({ role, cancel_type: type, cancel_status: status }: Cancellation): boolean =>
  (role === 'BUYER' || type === 'BUYER_CANCEL') && status === 'CANCELLATION_REQUEST_PENDING'

/** Units of a return are named one by one; ours are counted per line. A unit that the order does not have goes by its sku. */
function returnOf(order: Order, returned: ReturnOrder): OrderReturn {
  const { return_reason: reason } = returned
  const lineOfUnit = new Map(order.line_items.map((unit) => [unit.id, lineKey(unit)]))
  const perLine = new Map<string, number>()
  for (const { order_line_item_id: unit, sku_id: sku } of returned.return_line_items) {
    const line = lineOfUnit.get(unit ?? '') ?? sku
    if (line !== undefined) perLine.set(line, (perLine.get(line) ?? 0) + 1)
  }
  return {
    id: returned.return_id,
    status: returned.return_status ?? '',
    ...(reason ? { reason, cause: returnReasonOf(platform, reason).reason } : {}),
    lines: [...perLine].map(([line, units]) => ({ line: asId<'line'>(line), units })),
  }
}

/** TikTok states the times it holds a seller to; those it does not state are computed from the market's rules. */
function deadlinesOf(order: Order): OrderSnapshot['deadlines'] {
  const times = {
    ready: order.rts_sla_time,
    transit: order.tts_sla_time,
    delivered: order.delivery_sla_time,
    cancel: order.cancel_order_sla_time,
  }
  const told = Object.entries(times).flatMap(([milestone, at]) => (at === undefined ? [] : [[milestone, at * 1000]]))
  return told.length > 0 ? Object.fromEntries(told) : undefined
}

export function orderSnapshot(order: Order, warehouseRegion: string): OrderSnapshot {
  const currency = order.payment?.currency ?? order.line_items[0]?.currency ?? ''
  const address = addressOf(order.recipient_address, order.buyer_email)
  const deliveryOption = deliveryOptionOf(order, warehouseRegion)
  const request = order.cancellations.find(isOpenRequest)
  const returns = order.return_orders.map((returned) => returnOf(order, returned))
  const deadlines = deadlinesOf(order)
  const { total_amount: total, shipping_fee: shippingFee } = order.payment ?? {}
  return {
    id: asId(order.id),
    name: order.id,
    phase: phaseOf(order),
    status: order.status,
    createdAt: order.create_time * 1000,
    updatedAt: order.update_time * 1000,
    fulfilment: fulfilmentOf(order),
    lines: [...unitsByLine(order)].map(([key, units]) => lineOf(order, key, units)),
    currency,
    ...(total && currency ? { total: { amount: total, currency } } : {}),
    ...(shippingFee && currency ? { shippingPrice: { amount: shippingFee, currency } } : {}),
    ...(address ? { address } : {}),
    ...(order.buyer_message ? { buyerNote: order.buyer_message } : {}),
    ...(deliveryOption ? { deliveryOption } : {}),
    ...(request ? { cancelRequest: request.cancel_id } : {}),
    ...(returns.length > 0 ? { returns } : {}),
    ...(order.paid_time ? { paidAt: order.paid_time * 1000 } : {}),
    // The rules follow the shop, not the buyer: whoever ships from here works on the working days here.
    market: warehouseRegion,
    ...(deadlines ? { deadlines } : {}),
  }
}

/** The parcels of an order that are under way or were called back; one that still waits for the seller is none yet. */
export function shipmentSnapshots(order: Order): ShipmentSnapshot[] {
  const phase = phaseOf(order)
  const packages = new Map<string, LineItem[]>()
  for (const unit of order.line_items) {
    if (!unit.package_id) continue
    packages.set(unit.package_id, [...(packages.get(unit.package_id) ?? []), unit])
  }
  return [...packages].flatMap(([id, units]) => {
    const gone =
      units.every((unit) => unit.package_status === 'CANCELLED' || isCancelled(unit)) || phase === 'cancelled'
    if (!gone && !units.some((unit) => isShipped(unit, phase))) return []
    const carrier = units[0]?.shipping_provider_name ?? order.shipping_provider
    const perLine = new Map<string, number>()
    for (const unit of units) perLine.set(lineKey(unit), (perLine.get(lineKey(unit)) ?? 0) + 1)
    return {
      id: asId<'shipment'>(id),
      order: asId<'order'>(order.id),
      updatedAt: order.update_time * 1000,
      cancelled: gone,
      ...(carrier ? { carrier } : {}),
      numbers: [...new Set(units.flatMap((unit) => unit.tracking_number ?? []))],
      lines: [...perLine].map(([line, count]) => ({ line: asId<'line'>(line), units: count })),
    }
  })
}
