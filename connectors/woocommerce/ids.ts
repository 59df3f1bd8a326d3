/** How this connector spells listings, registers and parcels: `p12` a product, `v12/34` variation 34 of product 12. */

import { asId, type ListingId, type OrderId, type RegisterId, type ShipmentId } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'

/** A product (`parent` absent) or a variation. */
export interface Thing {
  readonly id: string
  readonly parent?: string
}

const spell = ({ id, parent }: Thing): string => (parent ? `v${parent}/${id}` : `p${id}`)

export const listingId = (thing: Thing): ListingId => asId(spell(thing))
/** The counter a thing keeps itself; a variation that leaves counting to its parent reads `registerId({ id: parent })`. */
export const registerId = (thing: Thing): RegisterId => asId(spell(thing))
export const orderId = (id: string): OrderId => asId(id)
/** Stable for one parcel of one source, whatever order the shop lists them in. */
export const shipmentId = (order: string, source: string, idOrNumber: string): ShipmentId =>
  asId(`${order}/${source}:${idOrNumber}`)

/** The thing behind an id of ours, or undefined when it is not of this connector. */
export function parseThing(text: string): Thing | undefined {
  const product = /^p([1-9]\d*)$/.exec(text)
  if (product?.[1]) return { id: product[1] }
  const variation = /^v([1-9]\d*)\/([1-9]\d*)$/.exec(text)
  return variation?.[1] && variation[2] ? { parent: variation[1], id: variation[2] } : undefined
}

/** The thing behind an id that must be one of ours. */
export function thingOf(text: string): Thing {
  const thing = parseThing(text)
  if (!thing) throw new ChannelError('rejected', `"${text}" is not a WooCommerce product or variation of this account.`)
  return thing
}

/** An order's id as it stands in a path. */
export function orderNumber(text: string): string {
  if (!/^[1-9]\d*$/.test(text)) throw new ChannelError('rejected', `"${text}" is not a WooCommerce order id.`)
  return text
}

/** An id as the JSON number that WooCommerce wants; its ids are database keys far below 2^53. */
export function jsonId(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value <= 0)
    throw new ChannelError('rejected', `"${text}" is not an id that WooCommerce can have.`)
  return value
}
