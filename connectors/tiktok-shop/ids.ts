/** The spelling of TikTok Shop's counters: `PRODUCT/SKU@WAREHOUSE`, and its shorter forms that a webhook can know. */

import { asId, type ListingId, type RegisterId } from '../../src/domain.ts'

export interface Counter {
  readonly product: string
  readonly sku: string
  readonly warehouse: string
}

/** A listing is its register: one sku in one warehouse. */
export const listingId = (at: Counter): ListingId => asId(`${at.product}/${at.sku}@${at.warehouse}`)
export const registerId = (at: Counter): RegisterId => asId(`${at.product}/${at.sku}@${at.warehouse}`)

/** Letters, digits, `_` and `-` only: an id goes into a path that is signed as it stands. */
const spelling = /^([\w-]+)(?:\/([\w-]+)(?:@([\w-]+))?)?$/

/** `PRODUCT`, `PRODUCT/SKU` or `PRODUCT/SKU@WAREHOUSE`; undefined when it is none of these. */
export function parseAnyId(id: string): { product: string; sku?: string; warehouse?: string } | undefined {
  const [, product, sku, warehouse] = spelling.exec(id) ?? []
  if (!product) return undefined
  return { product, ...(sku ? { sku } : {}), ...(warehouse ? { warehouse } : {}) }
}

/** A whole counter; undefined when a part is missing. */
export function parseCounter(id: string): Counter | undefined {
  const { product, sku, warehouse } = parseAnyId(id) ?? {}
  return product && sku && warehouse ? { product, sku, warehouse } : undefined
}

export const isPlainId = (id: string): boolean => /^[\w-]+$/.test(id)

/** The delivery option that a provider list depends on: `OPTION|WAREHOUSE_REGION|BUYER_REGION`, the last one may be empty. */
export const deliveryOptionId = (option: string, warehouseRegion: string, buyerRegion: string): string =>
  `${option}|${warehouseRegion}|${buyerRegion}`
