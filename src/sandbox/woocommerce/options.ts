/** What a sandbox WooCommerce shop can be told about itself: its host, its zone, its plugins and its vices. */

export interface ApiKey {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly permissions: 'read' | 'write' | 'read_write'
}

export interface WooOptions {
  /** The shop's own home URL, without a trailing slash: in links, in webhooks and in what OAuth signs. */
  readonly home: string
  /** The shop's zone. Fixed: the sandbox knows no summer time. */
  readonly utcOffsetMinutes: number
  readonly holdStockMinutes: number
  /** The core feature `fulfillments`, off in shops by default. */
  readonly fulfillments: boolean
  /** The Advanced Shipment Tracking plugin and its wc-shipment-tracking/v3 routes. */
  readonly shipmentTracking: boolean
  /** A host or firewall that answers 429 above this rate; none by default, as WooCommerce itself. */
  readonly requestsPerSecond?: number
  readonly currency: string
  /** As real shops: keys in Basic or in the query count only over TLS. False is a proxy that sets HTTPS=on. */
  readonly requireTls: boolean
  /** Accept OAuth signatures over the host that was called next to those over `home`. */
  readonly homeFromRequest: boolean
  /** Fraction of webhook deliveries whose content was cached when the change was queued: later changes are lost. */
  readonly staleHooks: number
  /** Fraction of storefront orders that start unpaid and hold stock that no API shows. */
  readonly pendingFraction: number
  /** How long a buyer takes to pay such an order. */
  readonly paysAfterMs: number
  /** Fraction of the unpaid that never pay; the shop cancels them when the hold ends. */
  readonly abandonedFraction: number
  /** A proxy ends TLS in front of the shop and does not tell it: requests over https look like http to it. */
  readonly hidesHttps: boolean
  /** The host keeps the Authorization header from PHP. */
  readonly stripsAuthorization: boolean
  /** Permalinks are "Plain": the API answers under `?rest_route=` only, and there without keys. */
  readonly plainPermalinks: boolean
  readonly hpos: boolean
  /** False: `DISABLE_WP_CRON`. */
  readonly wpCron: boolean
  /** Keys next to the one of `connection()`. */
  readonly keys: readonly ApiKey[]
  /** `Retry-After` of the maintenance page while dark. */
  readonly darkRetryAfterSeconds: number
}

export const defaultOptions: WooOptions = {
  home: 'http://shop.example',
  utcOffsetMinutes: 60,
  holdStockMinutes: 60,
  fulfillments: false,
  shipmentTracking: false,
  currency: 'EUR',
  requireTls: true,
  homeFromRequest: true,
  staleHooks: 0,
  pendingFraction: 0,
  paysAfterMs: 120_000,
  abandonedFraction: 0,
  hidesHttps: false,
  stripsAuthorization: false,
  plainPermalinks: false,
  hpos: true,
  wpCron: true,
  keys: [],
  darkRetryAfterSeconds: 10,
}
