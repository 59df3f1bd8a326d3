/** What may differ between one sandbox Shopify shop and another; what Shopify does not document is a setting here. */

export interface ShopOptions {
  readonly shop: string
  readonly plan: { readonly capacity: number; readonly restorePerSecond: number }
  readonly currency: string
  readonly timeZone: string
  /** Development and trial stores take 5 new API orders a minute. */
  readonly devStore: boolean
  /** Order routing makes fulfilment orders this long after the order. */
  readonly routingMs: number
  /** A cancellation job takes this long. */
  readonly jobMs: number
  /** A new order is found by search only after this time; how long it really takes is not documented. */
  readonly searchLagMs: number
  /** How long an answer takes after the request has had its effect. */
  readonly latencyMs: number
  /** The fraction of requests that act and are then answered 504, as when a proxy loses patience. */
  readonly lostAnswers: number
  /** The names of its locations; the first is where products are stocked. */
  readonly locations: readonly string[]
  /** How long a buyer pays; 0 = at once. Meanwhile the units are reserved. */
  readonly payingMs: number
  /** The fraction of buyers who never finish paying; their reservation lasts `reservationMs`. */
  readonly abandonedFraction: number
  /** How long a reservation lasts at most: “several minutes”, Shopify says no more. */
  readonly reservationMs: number
  /**
   * Where paying checkouts are seen. `hidden`: outside every quantity, and a claim takes from available whatever it is by then.
   * `reserved`: they have left available for the quantity `reserved` already.
   */
  readonly reservations: 'hidden' | 'reserved'
  /** A bulk operation takes this long, and then so many objects a second. */
  readonly bulkMs: number
  readonly bulkObjectsPerSecond: number
  /** The fraction of bulk operations that fail halfway (TIMEOUT) and leave partial data. */
  readonly bulkFailures: number
  /** What the app may do with the token of `connection()`, and asks for with client credentials. */
  readonly scopes: readonly string[]
  /** The most a merchant grants on the consent page; left out, all that is asked. */
  readonly grantedScopes?: readonly string[]
  /** Whether the app and the store are of one organisation: only then client credentials work. */
  readonly ownStore: boolean
  /** Where the consent page may send people back to; left out, anywhere. */
  readonly redirectUris?: readonly string[]
  readonly accessTokenLifeMs: number
  readonly refreshTokenLifeMs: number
  /** Whether a refresh kills the access token before; not documented. */
  readonly oldTokenDies: boolean
  /** What the app is approved for: all customer data, orders without name, address, phone and e-mail (level 1), or no order at all. */
  readonly customerData: 'all' | 'level1' | 'none'
  /** The versions that are supported, oldest first. An older one is answered by the first. */
  readonly apiVersions: readonly string[]
  /** The version of webhook bodies; left out, that of the request that subscribed. The documentation says both. */
  readonly webhookVersion?: string
}

export const defaultOptions: ShopOptions = {
  shop: 'onhand-demo.myshopify.com',
  plan: { capacity: 2000, restorePerSecond: 100 },
  currency: 'EUR',
  timeZone: 'Europe/Amsterdam',
  devStore: false,
  routingMs: 1000,
  jobMs: 500,
  searchLagMs: 0,
  latencyMs: 0,
  lostAnswers: 0,
  locations: ['Warehouse'],
  payingMs: 0,
  abandonedFraction: 0,
  reservationMs: 300_000,
  reservations: 'hidden',
  bulkMs: 1000,
  bulkObjectsPerSecond: 5000,
  bulkFailures: 0,
  scopes: [
    ...['read_products', 'read_inventory', 'write_inventory', 'read_locations', 'read_orders', 'write_orders'],
    ...['read_fulfillments', 'read_merchant_managed_fulfillment_orders', 'write_merchant_managed_fulfillment_orders'],
  ],
  ownStore: true,
  accessTokenLifeMs: 3_600_000,
  refreshTokenLifeMs: 7_776_000_000,
  oldTokenDies: false,
  customerData: 'all',
  apiVersions: ['2026-01', '2026-04', '2026-07', '2026-10'],
}
