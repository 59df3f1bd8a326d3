/** How a merchant connects a Shopify store: what they give, what they choose, and what the app must be allowed to do. */

import { z } from 'zod'

/**
 * An admin-created or Dev Dashboard app's token and client secret. Webhooks are signed with the oldest secret that is not revoked,
 * so after a rotation both must be known. `refreshToken` and `expiresAt` belong to expiring tokens: kept, not used yet.
 */
export const credentials = z.looseObject({
  accessToken: z.string().min(1),
  clientSecret: z.string().min(1),
  previousClientSecret: z.string().min(1).optional(),
  refreshToken: z.string().optional(),
  /** Milliseconds since 1970 UTC. */
  expiresAt: z.number().optional(),
})

export type ShopifyCredentials = z.infer<typeof credentials>

export const settings = z.looseObject({
  /** The location whose stock Onhand keeps, as digits or GID; absent: the only active one. */
  location: z
    .string()
    .regex(/^(gid:\/\/shopify\/Location\/)?\d+$/, 'A location is a number, or gid://shopify/Location/ and a number.')
    .optional(),
  /** The store's own currency; orders in another one are refused instead of being booked at a wrong amount. */
  currency: z.string().length(3).optional(),
})

export type ShopifySettings = z.infer<typeof settings>

/** The least an app must be granted. A missing fulfilment scope gives no error: Shopify then silently shows a part of the parcels. */
export const scopesWanted = [
  'read_products',
  'read_inventory',
  'write_inventory',
  'read_locations',
  'read_orders',
  'write_orders',
  'read_fulfillments',
  'read_merchant_managed_fulfillment_orders',
  'write_merchant_managed_fulfillment_orders',
] as const
