/** What a sandbox TikTok shop holds: products with their stock, orders of single units, parcels, cancellations and returns. */

import type { SandboxDeps } from '../shop.ts'
import { createTimeline, type Timeline } from '../timeline.ts'
import { createIds, type Ids } from './ids.ts'
import type { TiktokOptions } from './options.ts'

export type ProductStatus =
  | 'DRAFT'
  | 'PENDING'
  | 'FAILED'
  | 'ACTIVATE'
  | 'SELLER_DEACTIVATED'
  | 'PLATFORM_DEACTIVATED'
  | 'FREEZE'
  | 'DELETED'

export type OrderStatus =
  | 'UNPAID'
  | 'ON_HOLD'
  | 'AWAITING_SHIPMENT'
  | 'PARTIALLY_SHIPPING'
  | 'AWAITING_COLLECTION'
  | 'IN_TRANSIT'
  | 'DELIVERED'
  | 'CANCELLED'

export interface Stock {
  available: number
  committed: number
}

export interface Sku {
  readonly id: string
  readonly product: Product
  sellerSku: string
  readonly price: string
  readonly gtin?: string
  /** By warehouse id; every sku is stocked in every sales warehouse. */
  readonly stock: Map<string, Stock>
  /** Units set aside for campaigns and creators: inside available, and not to be written away. */
  readonly locks: Lock[]
}

export interface Lock {
  readonly kind: 'campaign' | 'creator'
  readonly name: string
  quantity: number
}

export interface Product {
  readonly id: string
  title: string
  readonly createdAt: number
  readonly skus: Sku[]
  status: ProductStatus
  updatedAt: number
}

export interface Warehouse {
  readonly id: string
  readonly entityId: string
  readonly name: string
  readonly type: 'SALES_WAREHOUSE' | 'RETURN_WAREHOUSE'
  readonly isDefault: boolean
}

/** One unit: the platform has no quantities on order lines. */
export interface Line {
  readonly id: string
  readonly sku: Sku
  readonly warehouse: string
  parcel?: Parcel
  cancelled: boolean
}

export interface Provider {
  readonly id: string
  readonly name: string
}

export interface Parcel {
  readonly id: string
  readonly order: Order
  readonly lines: Line[]
  readonly createdAt: number
  updatedAt: number
  status: 'TO_FULFILL' | 'PROCESSING' | 'FULFILLING' | 'COMPLETED' | 'CANCELLED'
  shippedAt?: number
  provider?: Provider
  number?: string
  /** Corrections of the tracking number since it was shipped. */
  updates: number
}

export interface Order {
  readonly id: string
  readonly user: string
  /** Counts orders of the shop from 0; picks the buyer. */
  readonly ordinal: number
  readonly buyerRegion: string
  readonly createdAt: number
  readonly lines: Line[]
  readonly parcels: Parcel[]
  /** Status changes, oldest first; orders/search may run behind and shows an earlier one. */
  readonly history: { readonly at: number; readonly status: OrderStatus }[]
  status: OrderStatus
  updatedAt: number
  paidAt?: number
  readyAt?: number
  shippedAt?: number
  collectedAt?: number
  deliveredAt?: number
  cancelledAt?: number
  cancelledBy?: 'BUYER' | 'SELLER' | 'SYSTEM'
  cancelReason?: string
  /** The buyer's request that waits for the seller. */
  pending?: Cancellation
}

export type CancelStatus =
  | 'CANCELLATION_REQUEST_PENDING'
  | 'CANCELLATION_REQUEST_SUCCESS'
  | 'CANCELLATION_REQUEST_CANCELLED'
  | 'CANCELLATION_REQUEST_COMPLETE'

export interface Cancellation {
  readonly id: string
  readonly order: Order
  readonly lines: readonly Line[]
  readonly role: 'BUYER' | 'SELLER' | 'SYSTEM'
  /** BUYER_CANCEL is a request that the seller answers. */
  readonly type: 'CANCEL' | 'BUYER_CANCEL'
  readonly reason: string
  readonly createdAt: number
  status: CancelStatus
  updatedAt: number
}

export interface Return {
  readonly id: string
  readonly order: Order
  readonly lines: readonly Line[]
  readonly createdAt: number
  updatedAt: number
  status: string
}

/** What the shop tells its subscribers; `notices.ts` makes webhooks of it. */
export type ShopEvent =
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'split'; readonly order: Order; readonly at: number }
  | { readonly kind: 'cancellation'; readonly cancellation: Cancellation }
  | { readonly kind: 'return'; readonly returned: Return }
  | { readonly kind: 'product'; readonly product: Product; readonly word: string }
  | { readonly kind: 'created'; readonly product: Product }
  | { readonly kind: 'deauthorized' }
  | {
      readonly kind: 'stock'
      readonly sku: Sku
      readonly source: StockSource
      readonly available: number
      readonly committed: number
      readonly campaign?: number
      readonly creator?: number
    }

export type StockSource =
  | `${Lock['kind']}_${'lock' | 'unlock'}`
  | 'order_created'
  | 'order_canceled'
  | 'order_shipped'
  | 'manual_adjustment'
  | 'api_sync'

export interface Shop {
  readonly id: string
  readonly name: string
  readonly cipher: string
  readonly openId: string
  readonly appKey: string
  readonly appSecret: string
  readonly options: TiktokOptions
  readonly ids: Ids
  readonly timeline: Timeline
  readonly warehouses: Warehouse[]
  readonly deliveryOption: { readonly id: string; readonly name: string }
  readonly products: Map<string, Product>
  /** The product that takes the next sku of a title. */
  readonly openProducts: Map<string, Product>
  readonly skus: Map<string, Sku>
  readonly skusBySeller: Map<string, Sku>
  readonly orders: Map<string, Order>
  readonly parcels: Map<string, Parcel>
  readonly cancellations: Map<string, Cancellation>
  readonly returns: Map<string, Return>
  /** Tracking numbers in use, by the parcel that has each. */
  readonly numbers: Map<string, Parcel>
  now(): number
  /** A float in [0, 1): what a buyer does by chance. */
  chance(): number
  emit(event: ShopEvent): void
}

function createWarehouses(ids: Ids, count: number): Warehouse[] {
  const sales = Array.from({ length: Math.max(1, count) }, (_, i) => ({
    id: ids('warehouse'),
    entityId: ids('entity'),
    name: i === 0 ? 'Hoofdmagazijn' : `Magazijn ${i + 1}`,
    type: 'SALES_WAREHOUSE' as const,
    isDefault: i === 0,
  }))
  // The same site takes returns under a warehouse id of its own, with the same entity id.
  const returns = sales.slice(0, 1).map(({ entityId, name }) => ({
    id: ids('warehouse'),
    entityId,
    name: `${name} retouren`,
    type: 'RETURN_WAREHOUSE' as const,
    isDefault: false,
  }))
  return [...sales, ...returns]
}

export function createShop(
  { clock, random }: SandboxDeps,
  options: TiktokOptions,
  emit: (event: ShopEvent) => void,
): Shop {
  const ids = createIds(random)
  const secretText = () => random.uuid().replaceAll('-', '')
  return {
    id: ids('shop'),
    name: 'Sandbox TikTok Shop',
    cipher: `ROW_${secretText().slice(0, 26)}`,
    openId: ids('user'),
    appKey: secretText().slice(0, 12),
    appSecret: secretText() + secretText().slice(0, 8),
    options,
    ids,
    timeline: createTimeline(),
    warehouses: createWarehouses(ids, options.warehouses),
    deliveryOption: { id: ids('deliveryOption'), name: 'Verzonden door verkoper' },
    products: new Map(),
    openProducts: new Map(),
    skus: new Map(),
    skusBySeller: new Map(),
    orders: new Map(),
    parcels: new Map(),
    cancellations: new Map(),
    returns: new Map(),
    numbers: new Map(),
    now: () => clock.now(),
    chance: () => random.next(),
    emit,
  }
}

export const salesWarehouses = (shop: Shop): readonly Warehouse[] =>
  shop.warehouses.filter((warehouse) => warehouse.type === 'SALES_WAREHOUSE')
