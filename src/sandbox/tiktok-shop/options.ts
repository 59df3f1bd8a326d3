/** What may differ between one sandbox TikTok shop and another; every unsure fact of the platform is a setting here. */

const hour = 3_600_000

export interface TiktokOptions {
  /** The remorse window after payment. */
  readonly holdMs: number
  /** How long a buyer takes to pay; 0 = paid at once, so the order starts ON_HOLD. */
  readonly unpaidMs: number
  /** Which part of the buyers never pays: the platform cancels their orders when `unpaidMs` is over. */
  readonly abandonedFraction: number
  /** From "shipped" to the carrier's first scan. */
  readonly collectMs: number
  /** From the first scan to the door. */
  readonly transitMs: number
  /** Bucket size and refill per second; a request beyond it is answered HTTP 429 with 36009002. */
  readonly requestsPerSecond: number
  /** Hourly limit of a development shop (36009037); absent = none. */
  readonly sandboxPerHour?: number
  /** Whether `quantity: 0` is refused: the documented range is 1 to 99,999, what the platform does with 0 is not known. */
  readonly refuseZero: boolean
  /** How far orders/search runs behind; the order detail never does. */
  readonly listLagMs: number
  readonly accessTokenLifeMs: number
  readonly refreshTokenLifeMs: number
  /** Whether a refresh token dies when it is used; not known of the platform, so the stricter way. */
  readonly refreshOnce: boolean
  readonly region: string
  /** Shops of the same seller, opened by the same consent. They are only listed. */
  readonly otherShops: readonly { readonly id: string; readonly name: string; readonly region: string }[]
  /** 0 seller, 1 creator, 3 partner: whose account consents. */
  readonly userType: number
  /** The scopes that a consent grants. */
  readonly grantedScopes: readonly string[]
  /** The address in Partner Center that a consent leads back to. */
  readonly redirectUrl?: string
  /** Buyers live here, taking turns. */
  readonly buyerRegions: readonly string[]
  /** `mark`: Mark Package As Shipped is allowed. `ship`: it answers 21008106 and packages exist up front. */
  readonly market: 'mark' | 'ship'
  readonly currency: string
  /** Sales warehouses; every sku is stocked in each. */
  readonly warehouses: number
  /** Type 68 has two documented shapes; `off` sends none. */
  readonly inventoryEvents: 'off' | 'flat' | 'envelope'
  /** The app's own webhook address, for what the shop has no subscription for. */
  readonly appWebhookUrl?: string
  /** Whether a webhook address must be HTTPS on a domain without a port, as on the platform; off, so that a demo runs on 127.0.0.1. */
  readonly strictWebhookAddress: boolean
  /** HTTP status of refused tokens and signatures; the platform's is not documented. */
  readonly refusedStatus: number
  /** Whether 429 answers carry Retry-After; documented in one revision only. */
  readonly sendRetryAfter: boolean
}

export const defaults: TiktokOptions = {
  holdMs: hour,
  unpaidMs: 0,
  abandonedFraction: 0,
  collectMs: 4 * hour,
  transitMs: 24 * hour,
  requestsPerSecond: 20,
  refuseZero: false,
  listLagMs: 0,
  accessTokenLifeMs: 7 * 24 * hour,
  refreshTokenLifeMs: 358 * 24 * hour,
  refreshOnce: true,
  region: 'NL',
  otherShops: [],
  userType: 0,
  grantedScopes: [
    'seller.authorization.info',
    'seller.product.basic',
    'seller.product.write',
    'seller.order.info',
    'seller.fulfillment.basic',
    'seller.logistics',
    'seller.return_refund.basic',
  ],
  buyerRegions: ['NL'],
  market: 'mark',
  currency: 'EUR',
  warehouses: 1,
  inventoryEvents: 'off',
  strictWebhookAddress: false,
  refusedStatus: 200,
  sendRetryAfter: false,
}
