/** What a WooCommerce shop sends and what a merchant gives, as schemas: loose, because plugins add fields everywhere. */

import { z } from 'zod'

// ---------------------------------------------------------------- what a merchant gives

export const credentials = z.object({
  consumerKey: z.string().min(1),
  consumerSecret: z.string().min(1),
  /** Signs the webhooks. Absent until the first repair of the subscriptions makes one. */
  webhookSecret: z.string().min(1).optional(),
})
export type Credentials = z.infer<typeof credentials>

/** Order meta keys under which some tool leaves a tracking number. */
const trackingKeys = z.object({
  number: z.string().min(1),
  provider: z.string().min(1).optional(),
  url: z.string().min(1).optional(),
})

export const settings = z.object({
  /** For hosts that strip the Authorization header: keys go in the query string, where access logs show them. */
  keysInQuery: z.boolean().default(false),
  /** The shop's own `woocommerce_hold_stock_minutes`, for people: holds are not visible through the API. */
  holdStockMinutes: z.number().int().positive().optional(),
  /** What `created_via` says on orders that we create. */
  createdVia: z
    .string()
    .regex(/^[\w-]{1,50}$/)
    .default('onhand'),
  /** How a tracking number is told to this shop. */
  trackingBy: z.enum(['fulfillments', 'shipment-tracking', 'meta']).default('meta'),
  /** Set the order to completed when all of it has left (the shop mails its customer then). */
  completeWhenShipped: z.boolean().default(true),
  /** Let the fulfilment plugin mail the customer. */
  notifyCustomer: z.boolean().default(false),
  /** Tax class of the lines of orders we create (`zero-rate` keeps amounts that already hold the tax). The shop's default when absent. */
  taxClass: z.string().optional(),
  /** Where other tools leave a tracking number; such keys are in the wild without a standard. */
  trackingKeys: z.array(trackingKeys).default([
    { number: '_tracking_number', provider: '_tracking_provider', url: '_tracking_url' },
    { number: '_aftership_tracking_number', provider: '_aftership_tracking_provider_name' },
  ]),
})
export type Settings = z.infer<typeof settings>

// ---------------------------------------------------------------- what a shop sends

/** Ids are JSON numbers in core; a string of digits is taken too. */
export const id = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/)]).transform(String)

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
/** Decimal strings; some plugins send numbers. */
const amount = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? ''))

const meta = z.looseObject({ key: z.string(), value: z.unknown().optional() })
export type Meta = z.infer<typeof meta>
/** A plugin's filter may turn an entry or the whole list into something else: what cannot be read is left out. */
const metaList = z
  .unknown()
  .optional()
  .transform((value): Meta[] =>
    Array.isArray(value)
      ? value.flatMap((entry) => {
          const read = meta.safeParse(entry)
          return read.success ? [read.data] : []
        })
      : [],
  )

/** A number as JSON or as text. Whatever is neither is no number: an empty text must not count as 0. */
const numeric = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .refine((value) => Math.abs(value) < Number.MAX_SAFE_INTEGER)

const lineItem = z.looseObject({
  id,
  name: text,
  product_id: id,
  variation_id: id.nullish().transform((value) => value ?? '0'),
  /** A number; plugins allow fractions. */
  quantity: numeric,
  total: amount,
  total_tax: amount,
  sku: text,
  meta_data: metaList,
})
export type LineItem = z.infer<typeof lineItem>

const person = z.looseObject({
  first_name: text,
  last_name: text,
  company: text,
  address_1: text,
  address_2: text,
  city: text,
  state: text,
  postcode: text,
  country: text,
  email: text,
  phone: text,
})
export type Person = z.infer<typeof person>

export const order = z.looseObject({
  id,
  status: z.string(),
  number: z
    .union([z.string(), z.number()])
    .nullish()
    .transform((value) => String(value ?? '')),
  currency: text,
  prices_include_tax: z.boolean().nullish(),
  date_created: text,
  date_created_gmt: text,
  date_modified: text,
  date_modified_gmt: text,
  date_completed_gmt: text,
  total: amount,
  shipping_total: amount,
  shipping_tax: amount,
  billing: person.nullish(),
  shipping: person.nullish(),
  transaction_id: text,
  created_via: text,
  customer_note: text,
  meta_data: metaList,
  line_items: z.array(lineItem),
})
export type Order = z.infer<typeof order>

export const fulfillment = z.looseObject({
  id,
  status: text,
  is_fulfilled: z.boolean().nullish(),
  date_updated: text,
  date_deleted: z.string().nullish(),
  meta_data: metaList,
})
export type Fulfillment = z.infer<typeof fulfillment>

/** A product or a variation. Variations of older versions carry no `parent_id`, `type` or `name`. */
export const product = z.looseObject({
  id,
  parent_id: id.nullish().transform((value) => value ?? '0'),
  type: text,
  name: text,
  sku: text,
  global_unique_id: text,
  status: text,
  manage_stock: z.union([z.boolean(), z.literal('parent')]),
  /** Whole in core; plugins allow fractions. Null while nothing is counted. */
  stock_quantity: numeric.nullish().transform((value) => value ?? null),
  backorders: text,
  date_modified_gmt: text,
  attributes: z.unknown().optional(),
})
export type Product = z.infer<typeof product>

/** One answer about products, ready for the inbox: `parent` is set when the rows are its variations. */
export const productPage = z.object({
  parent: z.string().nullable(),
  /** Variations at their own address are called by their options alone (`M`). */
  parentName: z.string().optional(),
  rows: z.array(z.unknown()),
  /** Asked for by id and no longer there. */
  missing: z.array(z.string()).default([]),
})
export type ProductPage = z.input<typeof productPage>

export const webhook = z.looseObject({
  id,
  name: text,
  status: text,
  topic: text,
  delivery_url: text,
})
export type Webhook = z.infer<typeof webhook>

export const shipmentTracking = z.looseObject({ tracking_id: text, tracking_number: text })

/** `code` may be the number 0, `data` a number, and `data.status` a string. */
export const apiError = z.looseObject({
  code: z.union([z.string(), z.number()]),
  message: text,
  data: z.unknown().optional(),
})

export const batchAnswer = z.looseObject({
  update: z.array(
    z.looseObject({
      id: z.unknown().optional(),
      stock_quantity: z.unknown().optional(),
      manage_stock: z.unknown().optional(),
      error: apiError.nullish(),
    }),
  ),
})

// ---------------------------------------------------------------- what a shop says of itself

export const systemStatus = z.looseObject({
  environment: z
    .looseObject({
      home_url: z.string().optional(),
      version: z.string().optional(),
      wp_cron: z.boolean().optional(),
    })
    .optional(),
  settings: z
    .looseObject({
      currency: z.string().optional(),
      HPOS_enabled: z.boolean().optional(),
      enabled_features: z.array(z.string()).optional(),
    })
    .optional(),
  active_plugins: z.array(z.looseObject({ plugin: z.string(), name: z.string() })).optional(),
})
export type SystemStatus = z.infer<typeof systemStatus>
