/** Their products and variations as listings and stock levels. Pure. */

import type { Reading } from '../../src/channel.ts'
import type { ListingSnapshot } from '../../src/domain.ts'
import { listingId, parseThing, registerId, type Thing } from './ids.ts'
import { optional, unreadable } from './readings.ts'
import { type Product, productPage, product as productSchema } from './types.ts'
import { readGmt } from './values.ts'

type PageKind = 'listings' | 'stock'

/** What a page of products or of one product's variations says. */
export function productReadings(raw: unknown, kind: PageKind): readonly Reading[] {
  const page = productPage.safeParse(raw)
  if (!page.success) return [unreadable('a page of products', page.error.issues)]
  const { parent, parentName = '', rows, missing } = page.data
  const gone = missing.flatMap((id): Reading[] => (parseThing(id) ? [{ kind: 'gone', of: 'listing', id }] : []))
  return [...rows.flatMap((row) => rowReadings(row, { parent, parentName }, kind)), ...gone]
}

interface Owner {
  readonly parent: string | null
  readonly parentName: string
}

function rowReadings(raw: unknown, { parent, parentName }: Owner, kind: PageKind): readonly Reading[] {
  const read = productSchema.safeParse(raw)
  if (!read.success) return [unreadable('a product', read.error.issues)]
  const product = read.data
  const thing = thingOfProduct(product, parent)
  const listing = (): readonly Reading[] => {
    if (product.status === 'trash') return [{ kind: 'gone', of: 'listing', id: listingId(thing) }]
    const snapshot = listingSnapshot(product, thing, parentName)
    return snapshot ? [{ kind: 'listing', listing: snapshot }] : []
  }
  if (kind === 'listings') return listing()
  // A variation that leaves counting to its parent shows the parent's number, which the parent's own row tells.
  if (product.manage_stock === 'parent') return []
  // Counting was switched off: the shop has no number, which is a fact of the listing.
  if (product.manage_stock !== true || product.stock_quantity === null) return listing()
  const level = { register: registerId(thing), availableUnits: Math.floor(product.stock_quantity) }
  return [{ kind: 'stock', level }, ...(product.status === 'trash' ? listing() : [])]
}

export function thingOfProduct(product: Product, parent: string | null): Thing {
  const owner = parent ?? (product.type === 'variation' ? product.parent_id : '0')
  return owner === '0' ? { id: product.id } : { parent: owner, id: product.id }
}

/** Parents (sold through their variations) and things without stock of their own are no listings. */
const notSoldItself = /^(variable(-.*)?|grouped|external)$/
export const hasVariations = (product: Product): boolean => /^variable(-.*)?$/.test(product.type)

function listingSnapshot(product: Product, thing: Thing, parentName: string): ListingSnapshot | undefined {
  if (notSoldItself.test(product.type)) return undefined
  const counted = product.manage_stock !== false
  const owner = product.manage_stock === 'parent' && thing.parent ? { id: thing.parent } : thing
  const endless = product.backorders === 'yes' || product.backorders === 'notify'
  return {
    id: listingId(thing),
    ...(counted ? { register: registerId(owner) } : {}),
    title: titleOf(product, thing, parentName),
    ...optional('sku', product.sku || undefined),
    ...optional('gtin', /^\d{8,14}$/.test(product.global_unique_id) ? product.global_unique_id : undefined),
    state: product.status === 'publish' || product.status === '' ? 'active' : 'inactive',
    counting: !counted ? 'untracked' : endless ? 'endless' : 'counted',
    updatedAt: readGmt(product.date_modified_gmt) ?? 0,
  }
}

/** Variation names are bare options (`M`) at one address and whole (`Shirt - M`) at another; older versions send none. */
function titleOf(product: Product, thing: Thing, parentName: string): string {
  const options = Array.isArray(product.attributes)
    ? product.attributes.flatMap((one) => (typeof one?.option === 'string' ? [one.option] : []))
    : []
  const name = product.name || options.join(', ')
  if (!name) return product.sku || parentName || listingId(thing)
  return parentName && !name.startsWith(parentName) ? `${parentName} - ${name}` : name
}
