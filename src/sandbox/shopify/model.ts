/** The things a Shopify shop keeps, as the sandbox holds them. Times are milliseconds, money is integer cents, ids are digits. */

export type QuantityName =
  | 'available'
  | 'committed'
  | 'reserved'
  | 'damaged'
  | 'safety_stock'
  | 'quality_control'
  | 'incoming'

/** on_hand is the sum of these; incoming is not on hand yet. */
export const onHandNames: readonly QuantityName[] = [
  'available',
  'committed',
  'reserved',
  'damaged',
  'safety_stock',
  'quality_control',
]
export const quantityNames: readonly QuantityName[] = [...onHandNames, 'incoming']

export interface Place {
  readonly __typename: 'Location'
  readonly id: string
  name: string
  readonly createdAt: number
  updatedAt: number
  /** A deactivated location stocks nothing, sells nothing and cannot be written to. */
  deactivatedAt?: number
  /** The location that took over its stock and its open work. */
  successor?: Place
}

export const isActive = (place: Place): boolean => place.deactivatedAt === undefined

export interface Level {
  readonly __typename: 'InventoryLevel'
  /** Not the location's id: an InventoryLevel gid has a number of its own. */
  readonly id: string
  readonly item: Item
  readonly place: Place
  readonly quantities: Record<QuantityName, number>
  readonly movedAt: Partial<Record<QuantityName, number>>
  /** Units of checkouts that are paying and that no quantity shows. */
  held: number
  readonly createdAt: number
  updatedAt: number
}

export interface Item {
  readonly __typename: 'InventoryItem'
  readonly id: string
  sku: string
  tracked: boolean
  readonly levels: Map<string, Level>
  readonly variants: Variant[]
  readonly createdAt: number
  updatedAt: number
}

export interface Variant {
  readonly __typename: 'ProductVariant'
  readonly id: string
  sku: string
  readonly title: string
  readonly barcode?: string
  readonly priceCents: number
  readonly policy: 'DENY' | 'CONTINUE'
  readonly product: Product
  readonly item: Item
  readonly createdAt: number
  updatedAt: number
}

export interface Product {
  readonly __typename: 'Product'
  readonly id: string
  title: string
  readonly handle: string
  readonly variants: Variant[]
  readonly tags: string[]
  readonly createdAt: number
  status: 'ACTIVE' | 'DRAFT' | 'ARCHIVED'
  updatedAt: number
}

export interface PostalAddress {
  readonly id: string
  readonly firstName?: string | undefined
  readonly lastName?: string | undefined
  readonly company?: string | undefined
  readonly address1?: string | undefined
  readonly address2?: string | undefined
  readonly city?: string | undefined
  readonly provinceCode?: string | undefined
  readonly zip?: string | undefined
  readonly countryCode?: string | undefined
  readonly phone?: string | undefined
}

export interface Tax {
  readonly title: string
  readonly rate: number
  readonly cents: number
}

export interface Pair {
  readonly key: string
  readonly value: string
}

export interface Line {
  readonly __typename: 'LineItem'
  readonly id: string
  readonly order: Order
  readonly variant?: Variant
  readonly title: string
  readonly sku?: string
  readonly quantity: number
  readonly unitCents: number
  readonly requiresShipping: boolean
  readonly taxes: readonly Tax[]
  readonly properties: readonly Pair[]
  /** Units taken off the order again: cancelled, or refunded. */
  removed: number
  /** Of those, how many had been shipped. */
  returned: number
  fulfilled: number
  /** Units that still sit in committed for this line, by location; none for an order that bypassed inventory. */
  readonly committed: Map<Place, number>
  /** Shipped units that were committed before. */
  taken: number
}

export interface FulfilmentOrder {
  readonly __typename: 'FulfillmentOrder'
  readonly id: string
  readonly order: Order
  place: Place
  readonly lines: FulfilmentOrderLine[]
  readonly createdAt: number
  status: 'OPEN' | 'IN_PROGRESS' | 'CLOSED' | 'CANCELLED'
  updatedAt: number
}

export interface FulfilmentOrderLine {
  readonly __typename: 'FulfillmentOrderLineItem'
  readonly id: string
  readonly line: Line
  total: number
  remaining: number
}

export interface Tracking {
  readonly company?: string | undefined
  readonly numbers: readonly string[]
  readonly urls: readonly string[]
}

export interface FulfilmentLine {
  readonly __typename: 'FulfillmentLineItem'
  readonly id: string
  readonly line: Line
  readonly quantity: number
  /** Of them, units that left committed: what a cancelled fulfilment gives back. */
  readonly taken: number
}

export interface Fulfilment {
  readonly __typename: 'Fulfillment'
  readonly id: string
  readonly name: string
  readonly order: Order
  readonly place: Place
  readonly lines: readonly FulfilmentLine[]
  readonly from: readonly FulfilmentOrder[]
  readonly createdAt: number
  status: 'SUCCESS' | 'CANCELLED'
  tracking: Tracking
  updatedAt: number
}

export type RestockType = 'CANCEL' | 'RETURN' | 'NO_RESTOCK'

export interface RefundLine {
  readonly id: string
  readonly line: Line
  readonly quantity: number
  readonly restockType: RestockType
  readonly place?: Place
}

export interface Refund {
  readonly __typename: 'Refund'
  readonly id: string
  readonly order: Order
  readonly note?: string
  readonly lines: readonly RefundLine[]
  readonly refundedCents: number
  readonly createdAt: number
}

export interface OwnedMetafield {
  readonly id: string
  readonly namespace: string
  readonly key: string
  readonly type: string
  readonly value: string
  readonly createdAt: number
}

export interface Definition {
  readonly id: string
  readonly name: string
  readonly namespace: string
  readonly key: string
  readonly type: string
  readonly ownerType: string
}

export interface ShippingCharge {
  readonly id: string
  readonly title: string
  readonly code?: string | undefined
  readonly source?: string | undefined
  readonly cents: number
  readonly taxes: readonly Tax[]
}

export type CancelReason = 'CUSTOMER' | 'DECLINED' | 'FRAUD' | 'INVENTORY' | 'OTHER' | 'STAFF'

export interface Order {
  readonly __typename: 'Order'
  readonly id: string
  readonly name: string
  readonly number: number
  readonly sourceName: string
  readonly sourceIdentifier?: string | undefined
  readonly sourceUrl?: string | undefined
  readonly madeByApp: boolean
  readonly createdAt: number
  readonly processedAt: number
  readonly currency: string
  readonly taxesIncluded: boolean
  readonly test: boolean
  readonly lines: Line[]
  readonly shipping: readonly ShippingCharge[]
  readonly taxes: readonly Tax[]
  readonly gateways: readonly string[]
  readonly metafields: readonly OwnedMetafield[]
  readonly billingAddress?: PostalAddress | undefined
  readonly fulfilmentOrders: FulfilmentOrder[]
  readonly fulfilments: Fulfilment[]
  readonly refunds: Refund[]
  financialStatus: string
  address?: PostalAddress | undefined
  tags: string[]
  customAttributes: readonly Pair[]
  note?: string | undefined
  email?: string | undefined
  phone?: string | undefined
  poNumber?: string | undefined
  cancelledAt?: number
  cancelReason?: CancelReason
  closedAt?: number
  updatedAt: number
  /** Routing has made its fulfilment orders. */
  routed: boolean
}

export interface Job {
  readonly id: string
  readonly order: Order
  done: boolean
  error?: string
}

export interface BulkOperation {
  readonly __typename: 'BulkOperation'
  readonly id: string
  readonly type: 'QUERY'
  readonly query: string
  readonly createdAt: number
  status: 'CREATED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELING' | 'CANCELED' | 'EXPIRED'
  objectCount: number
  rootObjectCount: number
  errorCode?: 'ACCESS_DENIED' | 'INTERNAL_SERVER_ERROR' | 'TIMEOUT'
  completedAt?: number
  /** The JSON lines; none for an empty result, or when they are no longer kept. */
  text?: string
  fileKey?: string
}

export interface Subscription {
  readonly __typename: 'WebhookSubscription'
  readonly id: string
  readonly topic: string
  uri: string
  name?: string | undefined
  filter?: string | undefined
  includeFields: readonly string[]
  metafieldNamespaces: readonly string[]
  readonly apiVersion: string
  readonly createdAt: number
  updatedAt: number
}

/** Units of a line that are neither shipped nor taken off. */
export const openUnits = (line: Line): number => line.quantity - line.fulfilled - (line.removed - line.returned)

export const onHand = (level: Level): number => onHandNames.reduce((sum, name) => sum + level.quantities[name], 0)

/** What the line is still for, as the shop shows it. */
export const currentUnits = (line: Pick<Line, 'quantity' | 'removed'>): number => line.quantity - line.removed

/** What buyers could still take from one place: checkouts that are paying come first. */
export const freeAt = (level: Level): number => (isActive(level.place) ? level.quantities.available - level.held : 0)

/** What a shop may sell of an item, over all its active places. */
export function availableUnits(item: Item): number {
  let units = 0
  for (const level of item.levels.values()) if (isActive(level.place)) units += level.quantities.available
  return units
}

export const committedUnits = (line: Pick<Line, 'committed'>): number => {
  let units = 0
  for (const count of line.committed.values()) units += count
  return units
}

/** Adds to what a line has committed at a place. */
export function addCommitted(line: Pick<Line, 'committed'>, place: Place, units: number): void {
  const next = (line.committed.get(place) ?? 0) + units
  if (next === 0) line.committed.delete(place)
  else line.committed.set(place, next)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const taxCents = (taxes: readonly Tax[]): number => sum(taxes.map((tax) => tax.cents))

/** What the sums of an order are made of. */
export interface Summed {
  readonly lines: readonly Pick<Line, 'unitCents' | 'quantity' | 'removed' | 'taxes'>[]
  readonly shipping: readonly Pick<ShippingCharge, 'cents' | 'taxes'>[]
  readonly taxes: readonly Tax[]
  readonly taxesIncluded: boolean
  readonly refunds: readonly Pick<Refund, 'refundedCents'>[]
  readonly cancelledAt?: number
}

export interface Totals {
  readonly subtotal: number
  readonly shipping: number
  readonly tax: number
  readonly total: number
  readonly currentSubtotal: number
  readonly currentTotal: number
  readonly refunded: number
}

/** An order's sums in cents. Taxes are in the prices or come on top, as the order says. */
export function totalsOf(order: Summed): Totals {
  const subtotal = sum(order.lines.map((line) => line.unitCents * line.quantity))
  const currentSubtotal = sum(order.lines.map((line) => line.unitCents * currentUnits(line)))
  const shipping = sum(order.shipping.map((charge) => charge.cents))
  const tax = taxCents([
    ...order.taxes,
    ...order.lines.flatMap((line) => line.taxes),
    ...order.shipping.flatMap((charge) => charge.taxes),
  ])
  const total = subtotal + shipping + (order.taxesIncluded ? 0 : tax)
  const currentTotal = order.cancelledAt === undefined ? total - (subtotal - currentSubtotal) : 0
  const refunded = sum(order.refunds.map((refund) => refund.refundedCents))
  return { subtotal, shipping, tax, total, currentSubtotal, currentTotal, refunded }
}

export function fulfilmentStatus(order: Order): 'UNFULFILLED' | 'PARTIALLY_FULFILLED' | 'FULFILLED' {
  if (!order.lines.some((line) => line.fulfilled > 0)) return 'UNFULFILLED'
  return order.lines.every((line) => openUnits(line) === 0) ? 'FULFILLED' : 'PARTIALLY_FULFILLED'
}
