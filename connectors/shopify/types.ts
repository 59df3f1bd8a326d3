/** What we read of Shopify's answers and webhooks, as loose shapes: unknown fields pass, unknown words stay words. */

import { z } from 'zod'
import { digits, type GidType } from './ids.ts'

const idOf = (type: GidType) =>
  z.string().transform((text, context) => {
    const id = digits(type, text)
    if (id === undefined) context.addIssue({ code: 'custom', message: `expected a ${type} id` })
    return id ?? ''
  })

const instant = z.string().transform((text, context) => {
  const at = Date.parse(text)
  if (Number.isNaN(at)) context.addIssue({ code: 'custom', message: 'expected a time' })
  return at
})

/** An id in a webhook: a bare number, which arrives as a string when a float cannot hold it. */
const webhookId = z.union([z.string().regex(/^\d+$/), z.number().int().nonnegative()]).transform(String)

const text = z.string().nullish()
const units = z.number().int()

export const pageInfo = z.looseObject({ hasNextPage: z.boolean(), endCursor: z.string().nullish() })

/** A page whose nodes are read one by one later, so that one bad node spoils no other. */
export const page = z.looseObject({ nodes: z.array(z.unknown()), pageInfo })
export type Page = z.infer<typeof page>

// ---------------------------------------------------------------- the envelope of every answer

export const costReport = z.looseObject({
  requestedQueryCost: z.number().nullish(),
  throttleStatus: z.looseObject({
    maximumAvailable: z.number(),
    currentlyAvailable: z.number(),
    restoreRate: z.number().positive(),
  }),
})

const graphqlError = z.looseObject({
  message: z.string().catch('(no message)'),
  path: z.array(z.union([z.string(), z.number()])).nullish(),
  extensions: z.looseObject({ code: z.string().nullish() }).nullish(),
})
export type GraphqlError = z.infer<typeof graphqlError>

export const envelope = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  /** A list by the specification; Shopify's HTTP layer also sends a bare text. */
  errors: z
    .union([z.array(graphqlError), z.string().transform((message): GraphqlError[] => [{ message }])])
    .nullish()
    .transform((errors) => errors ?? []),
  extensions: z.looseObject({ cost: z.unknown() }).nullish(),
})

export const userErrors = z
  .array(
    z.looseObject({
      code: z.string().nullish(),
      field: z.array(z.string()).nullish(),
      message: z.string().catch(''),
    }),
  )
  .nullish()
  .transform((errors) => errors ?? [])
export type UserErrors = z.infer<typeof userErrors>

// ---------------------------------------------------------------- orders

/** An amount that cannot be read is absent: it must not hide an order that takes stock. */
const money = z
  .looseObject({
    shopMoney: z.looseObject({ amount: z.string().regex(/^-?\d+(\.\d+)?$/), currencyCode: z.string().min(1) }),
  })
  .nullish()
  .catch(undefined)

/** How many there are of something: never below zero. */
const count = units.nonnegative()

export const orderLine = z.looseObject({
  id: idOf('LineItem'),
  sku: text,
  title: z.string(),
  variantTitle: text,
  quantity: count,
  currentQuantity: count,
  unfulfilledQuantity: count,
  variant: z.looseObject({ id: idOf('ProductVariant') }).nullish(),
  discountedUnitPriceAfterAllDiscountsSet: money,
})
export type ShopifyLine = z.infer<typeof orderLine>

export const refundLine = z.looseObject({
  quantity: count,
  restockType: z.string(),
  restocked: z.boolean().nullish(),
  lineItem: z.looseObject({ id: idOf('LineItem') }),
})
export type ShopifyRefundLine = z.infer<typeof refundLine>

export const address = z.looseObject({
  name: text,
  company: text,
  address1: text,
  address2: text,
  zip: text,
  city: text,
  provinceCode: text,
  countryCodeV2: text,
  phone: text,
})
export type ShopifyAddress = z.infer<typeof address>

export const order = z.looseObject({
  id: idOf('Order'),
  name: z.string(),
  createdAt: instant,
  updatedAt: instant,
  cancelledAt: instant.nullish(),
  currencyCode: z.string(),
  sourceIdentifier: text,
  note: text,
  email: text,
  displayFinancialStatus: text,
  displayFulfillmentStatus: z.string(),
  totalPriceSet: money,
  totalShippingPriceSet: money,
  shippingAddress: address.nullish(),
  lineItems: z.looseObject({ nodes: z.array(orderLine), pageInfo }),
  /** Added by us from a second request, for orders with a line that lost units. */
  refundLines: z.array(refundLine).optional(),
})
export type ShopifyOrder = z.infer<typeof order>

/** The little of an order that decides whether it must be read further. */
export const orderShell = z.looseObject({
  id: z.string(),
  updatedAt: z.string(),
  lineItems: z.looseObject({
    nodes: z.array(z.looseObject({ quantity: units, currentQuantity: units })),
    pageInfo,
  }),
})

// ---------------------------------------------------------------- parcels

export const parcel = z.looseObject({
  id: idOf('Fulfillment'),
  status: z.string(),
  updatedAt: instant,
  trackingInfo: z.array(z.looseObject({ company: text, number: text, url: text })),
  fulfillmentLineItems: z.looseObject({
    nodes: z.array(z.looseObject({ quantity: units.nullish(), lineItem: z.looseObject({ id: idOf('LineItem') }) })),
    pageInfo,
  }),
})

export const parcels = z.looseObject({
  id: idOf('Order'),
  fulfillments: z.array(parcel),
  /** Set by us when the shop has more parcels than we read. */
  cut: z.boolean().optional(),
})

// ---------------------------------------------------------------- listings and stock

export const listing = z.looseObject({
  location: z.string().regex(/^\d+$/),
  variant: z.looseObject({
    id: idOf('ProductVariant'),
    title: text,
    sku: text,
    barcode: text,
    inventoryPolicy: z.string(),
    requiresComponents: z.boolean(),
    updatedAt: instant,
    inventoryItem: z.looseObject({ id: idOf('InventoryItem'), sku: text, tracked: z.boolean() }),
    product: z.looseObject({ title: z.string(), status: z.string(), updatedAt: instant }),
  }),
})
export type ShopifyListing = z.infer<typeof listing>

const quantities = z.array(z.looseObject({ name: z.string(), quantity: units }))

export const stock = z.looseObject({
  location: z.string().regex(/^\d+$/),
  /** `quantities` is null for an item that was never stocked at the location, `gone` marks one the shop does not have. */
  levels: z.array(
    z.looseObject({
      item: z.string().regex(/^\d+$/),
      quantities: quantities.nullable(),
      gone: z.boolean().optional(),
    }),
  ),
})

/** Our own note that the shop answered `null` for an id. */
export const gone = z.looseObject({ gone: z.string().regex(/^\d+$/) })

// ---------------------------------------------------------------- webhooks

export const webhook = {
  order: z.looseObject({ id: webhookId }),
  ofOrder: z.looseObject({ order_id: webhookId }),
  item: z.looseObject({ id: webhookId }),
  level: z.looseObject({ inventory_item_id: webhookId, location_id: webhookId }),
  product: z.looseObject({
    id: webhookId,
    variants: z.array(z.looseObject({ id: webhookId })).nullish(),
    variant_gids: z.array(z.looseObject({ admin_graphql_api_id: idOf('ProductVariant') })).nullish(),
  }),
}

/** A zod error in one line: paths and expected types, never the values, which may be a buyer's. */
export const whatIsWrong = (error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.map(String).join('.') || '(whole)'}: ${issue.message}`)
    .join('; ')
