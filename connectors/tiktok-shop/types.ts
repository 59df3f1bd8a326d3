/** The shapes this connector reads from TikTok Shop, as loose schemas: fields it does not know pass, fields TikTok leaves out or nulls are absent. */

import { z } from 'zod'

/** An id as text. Some webhooks send product ids as bare numbers, which `parseJson` has kept digit by digit. */
export const idText = z.union([z.string().min(1), z.number().int()]).transform(String)

/** A field that TikTok may omit, null or, for words and ids, send empty. */
const maybe = <T extends z.ZodType>(type: T) =>
  z.preprocess((value) => (value === null || value === '' ? undefined : value), type.optional())

/** A field whose strange spelling must not cost the rest: an unreadable price never hides an order that takes stock. */
const soft = <T extends z.ZodType>(type: T) => maybe(type).catch(undefined)

const listOf = <T extends z.ZodType>(item: T) => z.preprocess((value) => value ?? [], z.array(item))
/** A list whose strange entries are left out: a return in a shape of its own must not cost the order it is about. */
const softListOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (Array.isArray(value) ? value.filter((each) => item.safeParse(each).success) : []),
    z.array(item),
  )
const seconds = z.number().int().nonnegative()
/** A time that may not be set yet, which TikTok also says by 0. */
const time = soft(z.number().int().positive())
const units = z.number().int()
/** Amounts are decimal strings; a bare number in their place would have gone through a float, so it is not accepted. */
const decimal = z.string().regex(/^-?\d+(\.\d+)?$/)

// ---------------------------------------------------------------- the envelope

/** Every answer, errors included: mostly HTTP 200, `code` 0 is the success. */
export const envelope = z.looseObject({
  code: z.number().int(),
  message: maybe(z.string()),
  request_id: maybe(z.string()),
  data: z.unknown().optional(),
})
export type Envelope = z.infer<typeof envelope>

// ---------------------------------------------------------------- orders

/** One unit: TikTok has no quantity field, two of a sku are two elements. */
export const lineItem = z.looseObject({
  id: idText,
  product_id: maybe(idText),
  sku_id: maybe(idText),
  seller_sku: maybe(z.string()),
  product_name: maybe(z.string()),
  sku_name: maybe(z.string()),
  sale_price: soft(decimal),
  currency: maybe(z.string()),
  display_status: maybe(z.string()),
  package_id: maybe(idText),
  package_status: maybe(z.string()),
  tracking_number: maybe(z.string()),
  shipping_provider_name: maybe(z.string()),
  combined_listing_skus: listOf(z.looseObject({ sku_id: idText, product_id: idText, sku_count: units.positive() })),
})
export type LineItem = z.infer<typeof lineItem>

export const recipientAddress = z.looseObject({
  name: maybe(z.string()),
  first_name: maybe(z.string()),
  last_name: maybe(z.string()),
  phone_number: maybe(z.string()),
  address_line1: maybe(z.string()),
  address_line2: maybe(z.string()),
  address_line3: maybe(z.string()),
  address_line4: maybe(z.string()),
  address_detail: maybe(z.string()),
  full_address: maybe(z.string()),
  postal_code: maybe(z.string()),
  post_town: maybe(z.string()),
  region_code: maybe(z.string()),
  district_info: listOf(
    z.looseObject({
      address_level: maybe(z.string()),
      address_level_name: maybe(z.string()),
      address_name: maybe(z.string()),
    }),
  ),
})
export type RecipientAddress = z.infer<typeof recipientAddress>

/** A cancellation, of the seller's or the buyer's making. Its status has two spellings for one word: `…_CANCEL` and `…_CANCELLED`. */
export const cancellation = z.looseObject({
  cancel_id: idText,
  cancel_type: maybe(z.string()),
  cancel_status: maybe(z.string()),
  role: maybe(z.string()),
})
export type Cancellation = z.infer<typeof cancellation>

/** One element per unit here too. Statuses and reasons are open lists, kept as they come. */
export const returnOrder = z.looseObject({
  return_id: idText,
  return_status: maybe(z.string()),
  return_reason: maybe(z.string()),
  return_line_items: listOf(z.looseObject({ order_line_item_id: maybe(idText), sku_id: maybe(idText) })),
})
export type ReturnOrder = z.infer<typeof returnOrder>

export const order = z.looseObject({
  id: idText,
  status: z.string().min(1),
  create_time: seconds,
  update_time: seconds,
  fulfillment_type: maybe(z.string()),
  shipping_type: maybe(z.string()),
  paid_time: time,
  /** By when it must be awaiting collection, in transit and delivered, and when TikTok cancels it otherwise. */
  rts_sla_time: time,
  tts_sla_time: time,
  delivery_sla_time: time,
  cancel_order_sla_time: time,
  delivery_option_id: maybe(idText),
  warehouse_id: maybe(idText),
  shipping_provider: maybe(z.string()),
  tracking_number: maybe(z.string()),
  packages: listOf(z.looseObject({ id: idText })),
  buyer_message: maybe(z.string()),
  buyer_email: maybe(z.string()),
  is_buyer_request_cancel: soft(z.boolean()),
  recipient_address: soft(recipientAddress),
  payment: soft(
    z.looseObject({ currency: soft(z.string()), total_amount: soft(decimal), shipping_fee: soft(decimal) }),
  ),
  line_items: listOf(lineItem),
  /** Added by us, under TikTok's own names, from its searches of both. */
  cancellations: softListOf(cancellation),
  return_orders: softListOf(returnOrder),
})
export type Order = z.infer<typeof order>

const orderShell = z.looseObject({
  id: idText,
  update_time: maybe(seconds),
  status: maybe(z.string()),
  is_buyer_request_cancel: soft(z.boolean()),
})
export type OrderShell = z.infer<typeof orderShell>

/** A page of the order search: only what is needed to ask for the details. */
export const orderPage = z.looseObject({ orders: listOf(orderShell), next_page_token: maybe(z.string()) })
export const orderDetails = z.looseObject({ orders: listOf(orderShell) })

const claims = z.looseObject({ order_id: idText })
export const cancellationPage = z.looseObject({ cancellations: softListOf(claims), next_page_token: maybe(z.string()) })
export const returnPage = z.looseObject({ return_orders: softListOf(claims), next_page_token: maybe(z.string()) })
export type Claim = z.infer<typeof claims>

// ---------------------------------------------------------------- products and stock

export const product = z.looseObject({
  id: idText,
  title: maybe(z.string()),
  status: maybe(z.string()),
  product_status: maybe(z.string()),
  update_time: maybe(seconds),
  skus: listOf(
    z.looseObject({
      id: idText,
      seller_sku: maybe(z.string()),
      identifier_code: maybe(z.looseObject({ code: maybe(z.string()) })),
      status_info: maybe(z.looseObject({ status: maybe(z.string()) })),
      inventory: listOf(z.looseObject({ warehouse_id: idText })),
      /** Only the product detail tells: this sku is a bundle, its stock follows its parts. */
      combined_skus: listOf(z.looseObject({ sku_id: maybe(idText) })),
      /** Only the product detail tells: a replica that shares its source's stock. */
      global_listing_policy: maybe(
        z.looseObject({
          inventory_type: maybe(z.string()),
          replicate_source: maybe(z.looseObject({ product_id: maybe(idText) })),
        }),
      ),
    }),
  ),
})
export type Product = z.infer<typeof product>

export type ProductPage = z.infer<typeof productPage>

const rows = listOf(z.looseObject({ warehouse_id: idText }))

export const productPage = z.looseObject({
  products: listOf(
    z.looseObject({
      id: idText,
      update_time: maybe(seconds),
      status: maybe(z.string()),
      skus: listOf(z.looseObject({ id: idText, inventory: rows })),
    }),
  ),
  next_page_token: maybe(z.string()),
  total_count: maybe(units),
})

/** Units that a running campaign or a creator has been given. */
const locked = z.looseObject({ quantity: units.nonnegative() })

export const inventory = z.looseObject({
  product_id: idText,
  skus: listOf(
    z.looseObject({
      id: idText,
      warehouse_inventory: listOf(
        z.looseObject({ warehouse_id: idText, available_quantity: units, committed_quantity: maybe(units) }),
      ),
      total_available_inventory_distribution: soft(
        z.looseObject({ campaign_inventory: listOf(locked), creator_inventory: listOf(locked) }),
      ),
    }),
  ),
})
export type Inventory = z.infer<typeof inventory>

export const inventoryPage = z.looseObject({
  inventory: listOf(
    z.looseObject({ product_id: idText, skus: listOf(z.looseObject({ id: idText, warehouse_inventory: rows })) }),
  ),
})

/** `errors` inside a success: the skus, and their warehouses, that were not written. */
export const inventoryUpdated = z.looseObject({
  errors: listOf(
    z.looseObject({
      code: z.number().int(),
      message: maybe(z.string()),
      detail: maybe(
        z.looseObject({
          sku_id: maybe(idText),
          extra_errors: listOf(
            z.looseObject({ warehouse_id: maybe(idText), code: z.number().int(), message: maybe(z.string()) }),
          ),
        }),
      ),
    }),
  ),
})
export type InventoryUpdated = z.infer<typeof inventoryUpdated>

/** TikTok's own warehouses, for shops that have goods in them. */
export const platformWarehouses = z.looseObject({
  warehouses: listOf(z.looseObject({ fbt_warehouse_id: maybe(idText) })),
})

// ---------------------------------------------------------------- fulfilment and the rest

export const shippingProviders = z.looseObject({
  shipping_providers: listOf(z.looseObject({ id: idText, name: z.string() })),
})

export const packageMarked = z.looseObject({
  package_id: maybe(idText),
  warning: maybe(z.looseObject({ message: maybe(z.string()) })),
})

export const cancellationMade = z.looseObject({ cancel_id: maybe(idText), cancel_status: maybe(z.string()) })

export const webhookList = z.looseObject({
  webhooks: listOf(z.looseObject({ event_type: z.string(), address: maybe(z.string()) })),
})

export const tokens = z.looseObject({
  access_token: z.string().min(1),
  /** Absolute Unix seconds in spite of the name, as is the other one. */
  access_token_expire_in: seconds,
  refresh_token: z.string().min(1),
  refresh_token_expire_in: seconds,
  user_type: maybe(z.number().int()),
  granted_scopes: listOf(z.string()),
})

export const authorizedShops = z.looseObject({
  shops: listOf(
    z.looseObject({
      id: idText,
      name: maybe(z.string()),
      region: maybe(z.string()),
      seller_type: maybe(z.string()),
      cipher: z.string().min(1),
    }),
  ),
})

// ---------------------------------------------------------------- what an account carries

export const credentials = z.object({
  appKey: z.string().min(1),
  appSecret: z.string().min(1),
  accessToken: z.string().min(1),
  /** Unix seconds. */
  accessTokenExpiresAt: z.number().int(),
  refreshToken: z.string().min(1),
  /** Unix seconds; after it the seller has to consent again. */
  refreshTokenExpiresAt: z.number().int(),
  /** Opaque; names the shop in every request. */
  shopCipher: z.string().min(1),
  /** The consent that the tokens are of: the shops of one consent have the same tokens, and a renewal is for all of them. */
  grant: z.string().min(1).optional(),
})
export type Credentials = z.infer<typeof credentials>

export const settings = z.looseObject({
  authOrigin: z.url().default('https://auth.tiktok-shops.com'),
  /** ISO country of the warehouse: which shipping providers an EU order may use depends on it. */
  region: z.string().length(2).default('NL'),
  /**
   * `mark` creates the package with its tracking number, `ship` ships a package known beforehand. `auto` begins with what is
   * documented for the region, and goes on with `ship` once TikTok has said that the region cannot use the other.
   */
  trackingBy: z.enum(['auto', 'mark', 'ship']).default('auto'),
  /** TikTok takes reasons from a list per market and status; this one is sent where the given reason is not of such a list. */
  cancelReason: z.string().default('seller_cancel_reason_out_of_stock'),
})
export type Settings = z.infer<typeof settings>
