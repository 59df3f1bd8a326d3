/** The words of the product as types: what every stage, connector and page means by the same name. */

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type MerchantId = Branded<'merchant'>
export type PoolId = Branded<'pool'>
/** The merchant's own code of a physical thing that is counted. */
export type SkuId = Branded<'sku'>
export type AccountId = Branded<'account'>
/** One sellable thing on one account, in the spelling its connector chose (unique within the account). */
export type ListingId = Branded<'listing'>
/** One counter in one shop, in the spelling its connector chose (unique within the account). */
export type RegisterId = Branded<'register'>
/** An order's id in its shop: a string from the raw text, several platforms exceed 2^53. */
export type OrderId = Branded<'order'>
export type LineId = Branded<'line'>
export type ShipmentId = Branded<'shipment'>
export type DeliveryId = Branded<'delivery'>

/** Names a string from outside as an id. The text is kept as it is; a brand only stops two kinds from being swapped. */
export const asId = <T extends string>(text: string): Branded<T> => text as Branded<T>

/** One merchant and one pool per installation today; rows carry both, so that more of either is data. */
export const MERCHANT = asId<'merchant'>('main')
export const POOL = asId<'pool'>('main')

/** Milliseconds since 1970 UTC. */
export type Instant = number

/** A decimal string in major units with its ISO 4217 code; never a float. */
export interface Money {
  readonly amount: string
  readonly currency: string
}

/** A shop platform's name, an open string: `shopify`, `woocommerce`, `tiktok-shop`, or a third party's own. */
export type Platform = string

/**
 * Where an order stands, in the shop's own words brought down to ours by `mappings/order-states.json`.
 * `draft` is nothing yet and takes no stock. `unpaid` and `on_hold` hold stock but must not be shipped or exported.
 */
export type OrderPhase =
  | 'draft'
  | 'unpaid'
  | 'on_hold'
  | 'ready'
  | 'partly_shipped'
  | 'shipped'
  | 'delivered'
  | 'closed'
  | 'cancelled'

/**
 * How far an order is, by the shop's word and by what our own books know of it; an order is in exactly one.
 * `seen` holds no stock yet (a draft, or a line linked to nothing). `exported` has its copy in the shop that ships.
 * `shipping` has parcels, but not all of it or not yet to the knowledge of the shop that sold it.
 */
export type OrderState =
  | 'seen'
  | 'reserved'
  | 'ready'
  | 'exported'
  | 'shipping'
  | 'shipped'
  | 'delivered'
  | 'closed'
  | 'cancelled'
  | 'returned'

/** Who must act next for an order to move on. */
export type Actor = 'shop' | 'buyer' | 'merchant' | 'onhand' | 'nobody'

/** What an order has to reach in time; by `cancel` a marketplace cancels what has not left. */
export type Milestone = 'ready' | 'transit' | 'delivered' | 'cancel'

/** Who ships an order: `seller` with a label of their own, `platform_label` the seller with the platform's label, `platform` from the platform's warehouse. */
export type Fulfilment = 'seller' | 'platform_label' | 'platform'

export interface OrderLine {
  readonly id: LineId
  /** Absent when the shop names no product (a custom line, a deleted product). */
  readonly listing?: ListingId
  /** The shop's own text, for people and matching; never a key. */
  readonly sku?: string
  readonly title: string
  /** Units ordered, less what was removed or cancelled from the line. */
  readonly quantity: number
  /** Units that took stock from the line's register and have not given it back, shipped ones included. */
  readonly takenUnits: number
  /** Of the taken units, how many have left the building. */
  readonly shippedUnits: number
  /** Net of discounts, per unit. */
  readonly unitPrice?: Money
  /** What a platform-side bundle really consists of; replaces `listing` for stock when present. */
  readonly components?: readonly { readonly listing: ListingId; readonly units: number }[]
}

export interface Address {
  readonly name: string
  readonly company?: string
  readonly line1: string
  readonly line2?: string
  readonly postalCode: string
  readonly city: string
  readonly region?: string
  /** ISO 3166-1 alpha-2, an open string. */
  readonly country: string
  readonly phone?: string
  readonly email?: string
}

/** Goods that a buyer sends back, or money they want back, as the shop tells it. It moves no stock: somebody inspects first. */
export interface OrderReturn {
  readonly id: string
  /** The shop's status word, verbatim. */
  readonly status: string
  /** The shop's reason, verbatim. */
  readonly reason?: string
  /** The same brought down to ours by `mappings/return-reasons.json`. */
  readonly cause?: string
  readonly lines: readonly { readonly line: LineId; readonly units: number }[]
}

/** Everything the shop says of one order at one time. A newer one replaces an older one whole. */
export interface OrderSnapshot {
  readonly id: OrderId
  /** What people call it (`#1001`). */
  readonly name: string
  readonly phase: OrderPhase
  /** The shop's status word, verbatim. */
  readonly status: string
  readonly createdAt: Instant
  /** The shop's own update time: orders versions of this order. */
  readonly updatedAt: Instant
  readonly fulfilment: Fulfilment
  readonly lines: readonly OrderLine[]
  readonly currency: string
  readonly total?: Money
  readonly shippingPrice?: Money
  readonly address?: Address
  readonly buyerNote?: string
  /** Present on an order that we created: `reference` of the order it stands for. */
  readonly ourReference?: string
  /** The delivery option the tracking provider list depends on, with both regions where the platform asks for them. */
  readonly deliveryOption?: string
  /** The buyer's open request to cancel, where the seller has to answer it: its id in the shop. */
  readonly cancelRequest?: string
  readonly returns?: readonly OrderReturn[]
  readonly paidAt?: Instant
  /** The country (ISO 3166-1 alpha-2) whose marketplace rules the order is under; absent where the shop sets its own. */
  readonly market?: string
  /** The times the shop itself states; they win over any that are computed. */
  readonly deadlines?: { readonly [M in Milestone]?: Instant }
}

/** A parcel that left, as the shop that ships tells it. */
export interface ShipmentSnapshot {
  readonly id: ShipmentId
  readonly order: OrderId
  readonly updatedAt: Instant
  readonly cancelled: boolean
  /** The shop's text (`PostNL`), absent when it names none. */
  readonly carrier?: string
  readonly numbers: readonly string[]
  readonly url?: string
  readonly lines: readonly { readonly line: LineId; readonly units: number }[]
}

/** A register as the shop shows it at one time. */
export interface StockLevel {
  readonly register: RegisterId
  /** What the shop says it may sell now; may be negative. */
  readonly availableUnits: number
  /** Sold and not yet shipped, where the shop tells. */
  readonly committedUnits?: number
  /** Of the available units, those that the platform keeps for a campaign or a creator: shown, but not to be taken back. */
  readonly lockedUnits?: number
  /** Physically there, sold and unshipped ones included, where the shop counts that. */
  readonly onHandUnits?: number
  /** Held by checkouts that are paying, where the shop takes them out of the available units and tells. */
  readonly heldUnits?: number
}

export interface ListingSnapshot {
  readonly id: ListingId
  /** The counter it reads; absent when the shop does not count it. */
  readonly register?: RegisterId
  /** Registers with the same group are written together or not at all (TikTok: every warehouse of one sku). */
  readonly group?: string
  readonly title: string
  readonly sku?: string
  readonly gtin?: string
  readonly state: 'active' | 'inactive' | 'frozen' | 'deleted'
  /** `endless` sells below zero without end; `derived` has its stock computed by the shop and is never written. */
  readonly counting: 'counted' | 'untracked' | 'endless' | 'derived'
  readonly updatedAt: Instant
}

/** Whose deliveries those are that the app signed and no connected shop is named in. */
export const NOBODY: AccountId = asId('')

/** Names an order to the shops that get a copy of it, and finds it again: `onhand:ACCOUNT:ORDER`. */
export const reference = (account: AccountId, order: OrderId): string => `onhand:${account}:${order}`

/** The order a reference stands for, or undefined when the text is not one of ours. */
export function parseReference(text: string): { account: AccountId; order: OrderId } | undefined {
  const [ours, account, ...rest] = text.split(':')
  const order = rest.join(':')
  if (ours !== 'onhand' || !account || !order) return undefined
  return { account: asId(account), order: asId(order) }
}
