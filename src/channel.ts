/** THE port: what a shop platform's connector must be able to do, and all that the core knows of one. */

import type { ZodType } from 'zod'
import type { Clock, Fetch, Random } from './clock.ts'
import type {
  AccountId,
  Address,
  DeliveryId,
  Instant,
  LineId,
  ListingId,
  ListingSnapshot,
  Money,
  OrderId,
  OrderSnapshot,
  Platform,
  RegisterId,
  ShipmentId,
  ShipmentSnapshot,
  StockLevel,
} from './domain.ts'
import type { Finding, Given, Install } from './install.ts'

// ---------------------------------------------------------------- what comes in

/** A webhook request as it arrived. Header names are lower case; the body is never re-encoded. */
export interface RawRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * What the door makes of a webhook request.
 * `stored: false` is a request that is answered 2xx and thrown away (an unsigned ping that carries nothing).
 * `key` is equal for two deliveries of the same event and different for different events; it falls back to topic + body hash.
 */
export type Verdict =
  | {
      readonly ok: true
      readonly stored: true
      readonly topic: string
      readonly key: string
      readonly shopTime?: Instant
    }
  | { readonly ok: true; readonly stored: false; readonly reason: string }
  | { readonly ok: false; readonly status: 400 | 401; readonly reason: string }

/** One raw message from outside, ready for the inbox. */
export interface RawDelivery {
  readonly source: 'webhook' | 'fetch' | 'poll' | 'import' | 'manual'
  /** The connector's own word for the shape of the body (`orders`, `ORDERS_UPDATED`, `type-1`). */
  readonly topic: string
  /** Equal for the same fact, different for different facts; the inbox keeps one per account and key. */
  readonly key: string
  /** The raw text; ids beyond 2^53 are read from it. */
  readonly body: string
  /** The shop's own time of what the body tells. */
  readonly shopTime?: Instant
  /** When the request that was answered by this body was sent; orders answers of equal `shopTime`. */
  readonly fetchStartedAt?: Instant
  /** Where a walk that was asked for its way is with this delivery; not kept with it. */
  readonly walk?: WalkPoint
}

/** A place in a long walk. With `resume` in the cursor, a walk brings all that comes after this delivery, and maybe some of what came before. */
export interface WalkPoint {
  /** The connector's own words. */
  readonly resume: string
  /** How many of the things that the shop lists are behind it, and how many there are; absent while nobody can say. */
  readonly done: number
  readonly total?: number
}

/** A delivery as kept: what `interpret` is given. */
export interface Delivery extends RawDelivery {
  readonly id: DeliveryId
  readonly account: AccountId
  readonly receivedAt: Instant
}

/** What a delivery means. Listings of a register that is `gone` are looked at again. `unreadable` becomes a problem that shows the reason; `ignored` is only counted. */
export type Reading =
  | { readonly kind: 'hint'; readonly wanted: Wanted }
  | { readonly kind: 'order'; readonly order: OrderSnapshot }
  | { readonly kind: 'shipment'; readonly shipment: ShipmentSnapshot }
  | { readonly kind: 'stock'; readonly level: StockLevel }
  | { readonly kind: 'listing'; readonly listing: ListingSnapshot }
  | { readonly kind: 'providers'; readonly deliveryOption: string; readonly providers: readonly Provider[] }
  | { readonly kind: 'gone'; readonly of: 'order' | 'listing' | 'register'; readonly id: string }
  | { readonly kind: 'connection'; readonly event: 'uninstalled' | 'expiring'; readonly message: string }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** A shipping provider as the platform names it for one delivery option. */
export interface Provider {
  readonly id: string
  readonly name: string
}

// ---------------------------------------------------------------- what is asked for

/**
 * What a fetch should bring. Every list is at most `limits.itemsPerFetch` long.
 * `references` asks for orders that we created, by our own reference. An order or listing the shop no longer has
 * is answered by a delivery that interprets to `gone`, never by silence.
 */
export type Wanted =
  | { readonly kind: 'orders'; readonly ids: readonly OrderId[] }
  | { readonly kind: 'references'; readonly ids: readonly string[] }
  | { readonly kind: 'parcels'; readonly ids: readonly OrderId[] }
  | { readonly kind: 'listings'; readonly ids: readonly ListingId[] }
  | { readonly kind: 'stock'; readonly ids: readonly RegisterId[] }
  | { readonly kind: 'providers'; readonly ids: readonly string[] }

/** What a poll walks through, oldest change first. `stock` walks every register whatever the cursor says. */
export type Topic = 'orders' | 'parcels' | 'listings' | 'stock'

/** Everything that changed at or after this moment, by the shop's clock. */
export interface Cursor {
  readonly since: Instant
  /** Asks for walk points, and goes on from this one; empty for a walk from its beginning. What it no longer understands, a connector begins anew. */
  readonly resume?: string
}

// ---------------------------------------------------------------- what goes out

/** A change of one register. `cas` applies only if the shop still shows `from`. `move` shifts units between two named quantities. */
export type StockOp = { readonly register: RegisterId } & (
  | { readonly kind: 'set'; readonly to: number }
  | { readonly kind: 'adjust'; readonly by: number }
  | { readonly kind: 'move'; readonly by: number; readonly from: string; readonly to: string }
  | { readonly kind: 'cas'; readonly from: number; readonly to: number }
)

export interface NewOrderLine {
  readonly listing: ListingId
  readonly title: string
  readonly units: number
  readonly unitPrice: Money
}

/** A change of one order. Idempotent by our reference: who sends it looks the reference up before any resend. */
export type OrderOp =
  | {
      readonly kind: 'create'
      readonly reference: string
      /** The selling shop's order number, for people. */
      readonly name: string
      readonly placedAt: Instant
      readonly lines: readonly NewOrderLine[]
      readonly currency: string
      readonly shippingPrice?: Money
      readonly address?: Address
      readonly buyerNote?: string
    }
  | { readonly kind: 'cancel'; readonly order: OrderId; readonly restock: boolean; readonly reason: string }
  | {
      readonly kind: 'cancelLines'
      readonly order: OrderId
      readonly lines: readonly { readonly line: LineId; readonly units: number }[]
      readonly restock: boolean
      readonly reason: string
    }
  | { readonly kind: 'approveCancel'; readonly order: OrderId; readonly request: string }
  | { readonly kind: 'changeAddress'; readonly order: OrderId; readonly address: Address }
  | {
      readonly kind: 'return'
      readonly order: OrderId
      readonly lines: readonly { readonly line: LineId; readonly units: number }[]
      readonly restock: boolean
      readonly reason: string
    }

/** A parcel that the selling shop should know. No `lines` means the whole order. */
export interface TrackingOp {
  readonly order: OrderId
  readonly shipment: ShipmentId
  readonly carrier: string
  /** The platform's own id of the carrier, where it has one. */
  readonly provider?: string
  readonly number: string
  readonly url?: string
  readonly lines?: readonly { readonly line: LineId; readonly units: number }[]
  /** Numbers that the shop may have been told for the same goods before: this one takes their place. */
  readonly replaces?: readonly string[]
}

export type Ops =
  | { readonly kind: 'stock'; readonly ops: readonly StockOp[] }
  | { readonly kind: 'order'; readonly op: OrderOp }
  | { readonly kind: 'tracking'; readonly op: TrackingOp }

/**
 * One request to a shop, made once and resent verbatim. It is stored, with the rights it books, before it is sent.
 * `body` is canonical JSON text and, with `method`, all that `write` needs; it carries no secret.
 */
export interface Call {
  /** Unique; the idempotency key where the platform has them. */
  readonly key: string
  readonly kind: Ops['kind']
  /** The connector's own name of the request (`inventoryAdjustQuantities`). */
  readonly method: string
  readonly body: string
  /** How many rows the answer has: one per operation, same order. */
  readonly rows: number
  /** In the units of the account's bucket. */
  readonly cost: number
  /** Resending this body can never act twice (keyed, or naturally so). */
  readonly repeatable: boolean
}

/** What the shop said of one operation of a call. */
export type RowResult =
  | {
      readonly ok: true
      /** The register's quantity as the answer states it, where it does. */
      readonly confirmedUnits?: number
      /** The id the shop gave to what was made. */
      readonly id?: string
      /** The shop accepted it with a remark that people should see. */
      readonly warning?: string
    }
  | {
      readonly ok: false
      /** `stale`: the shop is not as we believe (a compare-and-set saw another value, a warehouse was added): looked at again, then tried. `again`: not done, try later. `zeroRefused`: the shop takes no 0 here. `rejected`: refused. */
      readonly kind: 'rejected' | 'stale' | 'again' | 'zeroRefused'
      readonly code: string
      readonly message: string
    }

export interface CallResult {
  readonly rows: readonly RowResult[]
}

// ---------------------------------------------------------------- what a connector may and can do

/** What the shop allows. Costs and capacity are in the platform's own points, or in requests where it has none. */
export interface Limits {
  readonly bucket: { readonly capacity: number; readonly restorePerSecond: number }
  /** True when the platform publishes no number: start from `bucket`, grow while accepted, shrink when throttled. */
  readonly discovered: boolean
  readonly callsInFlight: number
  /** Registers in one stock call, at most. */
  readonly itemsPerStockCall: number
  readonly itemsPerFetch: number
  /** A stock, order or tracking call costs about this much before it is composed. */
  readonly typicalCallCost: number
}

export interface Abilities {
  readonly relativeWrites: boolean
  readonly compareAndSet: boolean
  readonly idempotencyKeys: boolean
  readonly moves: boolean
  /** Whether a register may be set to 0; learned where `unknown`. */
  readonly zeroWritable: 'yes' | 'no' | 'unknown'
  readonly returnsRestock: boolean
  /** Registers of one group must be written together. */
  readonly writesWholeGroup: boolean
  /** Orders can be created through the API, so that this shop can be the one that ships. */
  readonly createsOrders: boolean
  /** Creating an order through the API lowers the shop's own stock. */
  readonly createdOrdersTakeStock: boolean
  /** The shop counts what is physically there beside what it sells, so that it can be the stock authority. */
  readonly countsOnHand: boolean
  /** An order of ours can be cancelled without its units going back onto the shelf. */
  readonly cancelsWithoutRestock: boolean
  /** How long an unpaid checkout may claim units after it was opened (0: orders take stock at once), and whether it shows up as an order. */
  readonly checkouts: { readonly diesAfterMs: number; readonly areVisible: boolean }
  /** The order list may be behind the shop by an unknown time, so that only the shop's committed units prove that none is missing. */
  readonly orderListLags: boolean
  /** A tracking push needs the id of a provider from the platform's own list. */
  readonly needsProvider: boolean
  readonly polls: readonly Topic[]
}

export type Urgency = 'decrease' | 'normal' | 'bulk'

/** The account's place at the shop's rate limit. Every request but `write` asks it first; `write` was admitted by its caller. */
export interface Pacer {
  admit(cost: number, urgency: Urgency): Promise<void>
  /** What an answer said of the shop's bucket. */
  learn(report: { readonly available: number; readonly capacity: number; readonly restorePerSecond: number }): void
  /** The shop refused for its rate limit. */
  throttled(retryAfterMs?: number): void
  /** An answer that was not throttled, for buckets that are discovered. */
  accepted(): void
}

export interface Secrets<T> {
  current(): T
  /** Persists refreshed credentials; resolves only after they are durable. */
  replace(next: T): Promise<void>
  /**
   * Runs `work` while no other process runs it for this account. `current` is read afresh before it begins, so that tokens
   * which another process has just renewed are seen. Absent where there is only one process.
   */
  exclusively?<R>(work: () => Promise<R>): Promise<R>
}

export interface SubscriptionAudit {
  readonly found: readonly string[]
  readonly missing: readonly string[]
  /** Present but switched off, doubled, or pointing elsewhere. */
  readonly broken: readonly { readonly topic: string; readonly reason: string }[]
}

export interface Channel {
  readonly account: AccountId
  readonly limits: Limits
  readonly abilities: Abilities
  /** Edge-safe: needs nothing of Node. Constant-time. Never throws on a bad request. */
  verify(raw: RawRequest): Promise<Verdict>
  /** Pure. Never throws: what it cannot read is `unreadable`. */
  interpret(delivery: Delivery): Reading[]
  fetch(wanted: Wanted): Promise<RawDelivery[]>
  poll(topic: Topic, since: Cursor): AsyncIterable<RawDelivery>
  /** One result per row, in order; a failure of the whole call is a ChannelError. */
  write(call: Call): Promise<CallResult>
  /** Pure: operations → canonical bodies in the largest batches allowed. `newKey` makes a fresh idempotency key per call. */
  compose(ops: Ops, newKey: () => string): ComposedCall[]
  readonly subscriptions: {
    wanted(): readonly string[]
    audit(): Promise<SubscriptionAudit>
    repair(): Promise<void>
  }
  /** Looks for what is commonly wrong with such a shop. Never throws: what cannot be found out is a finding. */
  diagnose?(): Promise<readonly Finding[]>
}

/** A call with the positions (in the operations given) that its rows stand for. */
export interface ComposedCall {
  readonly call: Call
  readonly positions: readonly number[]
}

export interface ChannelAccount<S = Record<string, unknown>> {
  readonly id: AccountId
  /** The shop's own identity (`store.myshopify.com`, a TikTok shop id, a home URL). */
  readonly shop: string
  /** Where its API is reached; requests go nowhere else. */
  readonly origin: string
  readonly settings: S
  /** Where its webhooks should be sent to. */
  readonly webhookUrl: string
}

export interface ChannelDeps<C = unknown> {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: Random
  readonly pace: Pacer
  readonly secrets: Secrets<C>
}

/** A platform passes on what a buyer or a merchant may demand by law. */
export interface PrivacyDemand {
  /** `tell`: a person gets to know what is kept of them. `forget`: of these orders. `forgetShop`: of all of them. */
  readonly kind: 'tell' | 'forget' | 'forgetShop'
  /** The shop's own identity. */
  readonly shop: string
  readonly orders: readonly OrderId[]
}

/** A connector: what is on the list in `connectors/index.ts`. */
export interface Connector<C = unknown, S = Record<string, unknown>> {
  readonly platform: Platform
  /** What people call it. */
  readonly title: string
  /** What a merchant gives to connect; kept sealed. */
  readonly credentials: ZodType<C>
  /** Per-account choices, with defaults. */
  readonly settings: ZodType<S>
  open(account: ChannelAccount<S>, deps: ChannelDeps<C>): Channel
  /** The shop an app-wide webhook says it is about, before anything is verified; undefined when it does not say. */
  shopOf(raw: RawRequest): string | undefined
  /**
   * Whether an app-wide webhook is signed by the app although no connected shop can be found for it (a shop that was removed, an
   * event that names none). `app` is what was entered for it.
   */
  verifyForApp?(raw: RawRequest, app: Given): Promise<Verdict>
  /** What a verified webhook demands about personal data; undefined when it is about something else. */
  privacyOf?(delivery: Pick<RawDelivery, 'topic' | 'body'>): PrivacyDemand | undefined
  /** How a person connects such a shop; absent where only the API does. */
  readonly install?: Install
}
