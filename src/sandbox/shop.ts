/** What every sandbox shop offers to the demo and the tests: the buyers' and the merchant's side of a shop, next to its HTTP. */

import type { Hono } from 'hono'
import type { Clock, Fetch, Random } from '../clock.ts'

export interface SandboxProduct {
  readonly sku: string
  readonly title: string
  /** Decimal string in the shop's currency. */
  readonly price: string
  readonly quantity: number
  readonly gtin?: string
}

export interface SandboxOrder {
  readonly id: string
  readonly name: string
  /** The platform's own status word. */
  readonly status: string
  readonly createdAt: number
  readonly cancelled: boolean
  readonly shipped: boolean
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
  /** `onhand:…` when Onhand made it, as found in the fields the platform keeps it in. */
  readonly reference?: string
  readonly tracking: readonly { readonly carrier: string; readonly number: string }[]
}

export type Purchase =
  | { readonly ok: true; readonly order: string }
  | { readonly ok: false; readonly reason: 'out_of_stock' | 'unknown_sku' }

export interface SandboxCounter {
  /** Units that paying checkouts hold are among them. */
  readonly units: number
  readonly heldUnits: number
}

export interface SandboxStats {
  /** Requests to the API, refused ones included. */
  readonly calls: number
  readonly throttled: number
  /** Requests that changed stock. */
  readonly stockWrites: number
  /** Requests answered while the API was made dark. */
  readonly darkened: number
  readonly webhooksSent: number
  readonly webhooksLost: number
}

/** How badly the shop's webhooks travel. Fractions are of all deliveries; reordering comes from the spread of delays. */
export interface HookChaos {
  readonly medianDelayMs: number
  /** Spread of the log-normal delay (sigma); 0 = always the median. */
  readonly spread: number
  readonly lost: number
  readonly doubled: number
}

export const calmHooks: HookChaos = { medianDelayMs: 0, spread: 0, lost: 0, doubled: 0 }

export interface SandboxDeps {
  readonly clock: Clock
  readonly random: Random
  /** Delivers webhooks. */
  readonly fetch: Fetch
  readonly chaos: HookChaos
}

export interface SandboxShop {
  readonly platform: string
  /** The platform's HTTP: mount it on a port, or hand `app.fetch` to a connector. */
  readonly app: Hono
  /** What a merchant would type into "connect a shop": shop identity and credentials, the way the platform issues them. */
  connection(): { shop: string; credentials: Record<string, unknown>; settings: Record<string, unknown> }
  addProduct(product: SandboxProduct): void
  /** A buyer places an order; the shop refuses what it does not have, as the real storefront does. */
  buy(lines: readonly { sku: string; quantity: number }[]): Purchase
  /** The buyer (or the shop on their behalf) cancels; the shop's stock moves as on the real platform. False when it is too late. */
  cancel(order: string): boolean
  /** The merchant's warehouse ships what is open of an order and types in the number. False when there is nothing to ship. */
  ship(order: string, tracking: { carrier: string; number: string }): boolean
  /** Somebody edits the count by hand in the shop's own admin. */
  setStockByHand(sku: string, quantity: number): void
  /** What the shop would sell now, by sku. */
  shelf(): ReadonlyMap<string, number>
  /** The counter behind a sku as it is, below zero too, and how many of its units checkouts hold that have not paid. */
  counter(sku: string): SandboxCounter
  orders(): readonly SandboxOrder[]
  /** Orders the platform moves by itself as time passes (TikTok: UNPAID → ON_HOLD → AWAITING_SHIPMENT). Call it often. */
  tick(): void
  /** When `tick` will find something to do, as things are now; undefined when it is waiting for nothing. */
  nextTickAt(): number | undefined
  /** The API answers 503 to everything until switched back; the storefront keeps selling and webhooks wait. */
  setDark(dark: boolean): void
  stats(): SandboxStats
  /** Webhook deliveries that are still on their way, retries included. */
  hooksUnderway(): number
}

/** What a merchant, or another app, does to a shop behind our back. */
export interface SandboxMerchant {
  /** The webhook subscriptions as the shop's admin lists them. */
  subscriptions(): readonly SandboxSubscription[]
  /** Another app subscribes, or a person does; in the platform's spelling of the topic. */
  subscribe(subscription: SandboxSubscription): void
  /** Somebody deletes every subscription of a topic. */
  unsubscribe(topic: string): void
  rename(sku: string, title: string): void
  /** Another sku text on the same thing; empty takes it away. */
  recode(sku: string, next: string): void
  /** Puts a thing on sale or off it. False when the platform has no such state. */
  offer(sku: string, state: 'active' | 'inactive' | 'frozen'): boolean
  /** Deletes the product, as the admin's button does. */
  remove(sku: string): void
  /** Takes that back. False where a deletion is for good. */
  restore(sku: string): boolean
  /** Deletes the thing for good, and no webhook tells of it. */
  erase(sku: string): void
}

export interface SandboxSubscription {
  readonly topic: string
  readonly url: string
}
