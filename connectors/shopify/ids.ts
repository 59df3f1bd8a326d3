/** How Shopify's ids are spelled on each side of the door: numbers in our books, GIDs on the wire, and the keys of deliveries. */

import { asId, type ListingId, type OrderId, type RegisterId } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'

export type GidType =
  | 'Order'
  | 'LineItem'
  | 'Fulfillment'
  | 'FulfillmentOrder'
  | 'ProductVariant'
  | 'InventoryItem'
  | 'Location'

/** A GID may carry a query (`gid://shopify/InventoryLevel/1?inventory_item_id=2`), which is no part of the number. */
const gidShape = /^gid:\/\/shopify\/([A-Za-z]+)\/(\d+)(?:\?.*)?$/

/** Digits → GID. Anything but digits is refused: an id is also text inside search queries. */
export function gid(type: GidType, id: string): string {
  if (!/^\d+$/.test(id))
    throw new ChannelError('rejected', `"${id}" is not a Shopify ${type} id: it must be digits only.`)
  return `gid://shopify/${type}/${id}`
}

/** GID → digits, or undefined when it is not a GID of that type. */
export function digits(type: GidType, text: string): string | undefined {
  const [, found, id] = gidShape.exec(text) ?? []
  return found === type ? id : undefined
}

/** What a merchant types as a location (`123` or `gid://shopify/Location/123`) as digits. */
export const locationDigits = (text: string): string => digits('Location', text) ?? text

/** One counter of Shopify: an inventory item at a location. */
export const registerId = (item: string, location: string): RegisterId => asId<'register'>(`${item}@${location}`)

/** Stands in a register for the location whose stock is kept, where it is not known which that is; no location has this id. */
export const ownLocation = '0'

export function registerParts(register: RegisterId): { item: string; location: string } {
  const [, item, location] = /^(\d+)@(\d+)$/.exec(register) ?? []
  if (!item || !location)
    throw new ChannelError('rejected', `"${register}" is not a Shopify register: expected ITEM@LOCATION in digits.`)
  return { item, location }
}

export const orderId = (id: string): OrderId => asId<'order'>(id)
export const listingId = (id: string): ListingId => asId<'listing'>(id)

/** The first half of the SHA-256 of a text, in hex: equal bodies get equal delivery keys. Web Crypto, so it runs at the edge. */
export async function fingerprint(body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...hash.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
