/** How a merchant connects a Shopify store: what they give, what they choose, and what the app must be allowed to do. */

import { z } from 'zod'

/**
 * Three kinds of app: one with a permanent token (`accessToken`); one whose tokens end and come in pairs (`accessToken`,
 * `refreshToken`, `expiresAt`, `clientId`); and one of the merchant's own organisation, which asks with `clientId` and
 * `clientSecret` alone. Webhooks are signed with the oldest secret that is not revoked, so after a rotation both must be known.
 */
export const credentials = z
  .looseObject({
    clientSecret: z.string().min(1),
    previousClientSecret: z.string().min(1).optional(),
    clientId: z.string().min(1).optional(),
    accessToken: z.string().min(1).optional(),
    refreshToken: z.string().min(1).optional(),
    /** Milliseconds since 1970 UTC, as is the next one. */
    expiresAt: z.number().optional(),
    /** 90 days after the last renewal; a store that was paused for longer has to be connected again. */
    refreshTokenExpiresAt: z.number().optional(),
  })
  .refine((given) => given.accessToken !== undefined || given.clientId !== undefined, {
    path: ['accessToken'],
    message: "An access token is needed, or the client id of the merchant's own app.",
  })
  .refine((given) => given.refreshToken === undefined || given.clientId !== undefined, {
    path: ['clientId'],
    message: 'A refresh token is of no use without the client id of its app.',
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
  /** Listings and shelves of a store with more variants than this are read as one file that Shopify prepares; absent: 2000. */
  bulkAbove: z.number().int().nonnegative().optional(),
  /** After so many minutes a checkout that is paying is taken for dead, and what a decrease took back is free. Shopify says “several”; absent: 10. */
  checkoutMinutes: z.number().int().min(1).max(1440).optional(),
})

/** Forty pages of fifty variants, one by one, take longer than the file. */
export const bulkAboveDefault = 2000

export const checkoutMinutesDefault = 10

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
