/** Pure: what a webhook tells us to fetch. Its content is never believed: webhooks come late, twice and out of order. */

import type { Reading } from '../../src/channel.ts'
import { listingId, locationDigits, orderId, ownLocation, registerId } from './ids.ts'
import type { ShopifySettings } from './install.ts'
import { webhook } from './types.ts'

/** Topics the account subscribes to, in the spelling of `WebhookSubscriptionTopic`. */
export const subscribedTopics = [
  'ORDERS_CREATE',
  'ORDERS_UPDATED',
  'ORDERS_CANCELLED',
  'FULFILLMENTS_CREATE',
  'FULFILLMENTS_UPDATE',
  'INVENTORY_LEVELS_UPDATE',
  'INVENTORY_ITEMS_DELETE',
  'PRODUCTS_UPDATE',
  'PRODUCTS_DELETE',
  'APP_UNINSTALLED',
] as const

type HintReader = (body: unknown, settings: ShopifySettings) => Reading[]

const families: readonly { readonly topics: RegExp; readonly read: HintReader }[] = [
  { topics: /^ORDERS_DELETE$/, read: (body) => [{ kind: 'gone', of: 'order', id: webhook.order.parse(body).id }] },
  { topics: /^ORDERS_/, read: (body) => [wantedOrder(webhook.order.parse(body).id)] },
  { topics: /^REFUNDS_/, read: (body) => [wantedOrder(webhook.ofOrder.parse(body).order_id)] },
  { topics: /^FULFILLMENTS_/, read: parcelHint },
  { topics: /^INVENTORY_LEVELS_/, read: levelHint },
  { topics: /^INVENTORY_ITEMS_DELETE$/, read: deletedItem },
  { topics: /^PRODUCTS_DELETE$/, read: deletedProduct },
  { topics: /^PRODUCTS_/, read: productHint },
  { topics: /^APP_UNINSTALLED$/, read: uninstalled },
]

export function readHint(settings: ShopifySettings, topic: string, body: unknown): Reading[] {
  const family = families.find(({ topics }) => topics.test(topic))
  return family ? family.read(body, settings) : [{ kind: 'ignored', reason: `Nothing is done for ${topic}.` }]
}

const wantedOrder = (id: string): Reading => ({ kind: 'hint', wanted: { kind: 'orders', ids: [orderId(id)] } })

function parcelHint(body: unknown): Reading[] {
  const id = webhook.ofOrder.parse(body).order_id
  return [{ kind: 'hint', wanted: { kind: 'parcels', ids: [orderId(id)] } }, wantedOrder(id)]
}

function levelHint(body: unknown, settings: ShopifySettings): Reading[] {
  const level = webhook.level.parse(body)
  if (settings.location && locationDigits(settings.location) !== level.location_id)
    return [{ kind: 'ignored', reason: 'The stock of another location changed.' }]
  const register = registerId(level.inventory_item_id, level.location_id)
  return [{ kind: 'hint', wanted: { kind: 'stock', ids: [register] } }]
}

/** Every variant has an item, and loses it when it is deleted: alone, which no product webhook tells, or with its product. */
function deletedItem(body: unknown, settings: ShopifySettings): Reading[] {
  const { id } = webhook.item.parse(body)
  const register = registerId(id, settings.location ? locationDigits(settings.location) : ownLocation)
  return [{ kind: 'hint', wanted: { kind: 'stock', ids: [register] } }]
}

/** A big product names all its variants only in `variant_gids`; `variants` is cut at an unpublished length. */
function variantIds(body: unknown): string[] {
  const product = webhook.product.parse(body)
  const ids = [
    ...(product.variants ?? []).map(({ id }) => id),
    ...(product.variant_gids ?? []).map((variant) => variant.admin_graphql_api_id),
  ]
  return [...new Set(ids)]
}

/** A fetch takes this many listings; a product may have 2048. */
const listingsPerHint = 50

function productHint(body: unknown): Reading[] {
  const ids = variantIds(body).map(listingId)
  if (ids.length === 0) return [{ kind: 'ignored', reason: 'The product has no variants.' }]
  const hints: Reading[] = []
  for (let at = 0; at < ids.length; at += listingsPerHint)
    hints.push({ kind: 'hint', wanted: { kind: 'listings', ids: ids.slice(at, at + listingsPerHint) } })
  return hints
}

/** Shopify's own payload names the product only; its variants are told by their items. */
function deletedProduct(body: unknown): Reading[] {
  const ids = variantIds(body)
  if (ids.length === 0)
    return [{ kind: 'ignored', reason: 'A product was deleted; what becomes of its variants, their items tell.' }]
  return ids.map((id) => ({ kind: 'gone', of: 'listing', id }))
}

function uninstalled(): Reading[] {
  return [
    {
      kind: 'connection',
      event: 'uninstalled',
      message:
        'The app was removed from the Shopify store. Its stock is no longer kept in step: connect the store again.',
    },
  ]
}
