/** Products and variations: what a write means for stock, dates and webhooks. */

import { RestError } from './rest-error.ts'
import { applyMeta, type Product, putMeta, type State } from './state.ts'
import { type Fields, fieldsOf, listOf, phpBool, phpInt, textOf } from './values.ts'

export const invalidId = (status = 404) => new RestError(status, 'woocommerce_rest_product_invalid_id', 'Invalid ID.')

/** The row whose number is sold: its own, its parent's for a variation that reads "parent", none when unmanaged. */
export function stockOwner(state: State, product: Product): Product | undefined {
  if (product.manageStock) return product
  const parent = product.parentId ? state.products.get(product.parentId) : undefined
  return parent?.manageStock ? parent : undefined
}

export const childrenOf = (state: State, product: Product): Product[] =>
  (state.children.get(product.id) ?? []).flatMap((id) => state.products.get(id) ?? [])

/** Computed while stock is managed, whatever was written; hand-set otherwise. */
export function stockStatusOf(state: State, product: Product): string {
  const owner = stockOwner(state, product)
  if (owner) return (owner.stock ?? 0) > 0 ? 'instock' : owner.backorders === 'no' ? 'outofstock' : 'onbackorder'
  if (product.type !== 'variable') return product.stockStatus
  const below = childrenOf(state, product).map((child) => stockStatusOf(state, child))
  return below.length === 0 || below.includes('instock') ? 'instock' : (below[0] ?? 'instock')
}

/** A variation's change moves its parent's date too. */
export function touch(state: State, product: Product): void {
  product.modifiedAt = state.nowSeconds()
  const parent = product.parentId ? state.products.get(product.parentId) : undefined
  if (parent) parent.modifiedAt = product.modifiedAt
}

/** An order's change of stock: atomic in the shop's database, announced for the owner only. */
export function moveStock(state: State, owner: Product, units: number): void {
  owner.stock = (owner.stock ?? 0) + units
  state.stockChanges++
  touch(state, owner)
  state.emit('product', 'updated', owner.id)
}

/** Absolute, also from negative to negative. A write of the number that is there changes nothing but the date. */
export function setStock(state: State, owner: Product, quantity: number): void {
  if (owner.stock === quantity) return
  owner.stock = quantity
  state.stockChanges++
}

/** Null means 0 in a single write and nothing in a batch; `inventory_delta` counts only without a quantity. */
function writeQuantity(state: State, product: Product, fields: Fields, isBatch: boolean): void {
  const quantity = fields.stock_quantity
  if (quantity !== undefined && (quantity !== null || !isBatch)) setStock(state, product, phpInt(quantity))
  else if (fields.inventory_delta !== undefined && fields.inventory_delta !== null)
    setStock(state, product, (product.stock ?? 0) + phpInt(fields.inventory_delta))
}

function writeStock(state: State, product: Product, fields: Fields, isBatch: boolean): void {
  if (fields.backorders !== undefined && fields.backorders !== null) product.backorders = textOf(fields.backorders)
  const manage = fields.manage_stock
  if (manage !== undefined && manage !== null) {
    const on = phpBool(manage)
    if (product.manageStock && !on) {
      product.stock = null
      product.stockStatus = 'instock'
      state.stockChanges++
    }
    product.manageStock = on
  }
  if (product.manageStock) writeQuantity(state, product, fields, isBatch)
  else if (fields.stock_status !== undefined && fields.stock_status !== null)
    product.stockStatus = textOf(fields.stock_status)
}

function freeSku(state: State, sku: string): string {
  for (let n = 1; ; n++) if (!state.bySku.has(`${sku}-${n}`)) return `${sku}-${n}`
}

function writeSku(state: State, product: Product, sku: string): void {
  if (sku === product.sku) return
  if (state.bySku.has(sku))
    throw new RestError(400, 'product_invalid_sku', 'Invalid or duplicated SKU.', {
      status: 400,
      resource_id: state.bySku.get(sku),
      unique_sku: freeSku(state, sku),
    })
  if (product.sku) state.bySku.delete(product.sku)
  if (sku) state.bySku.set(sku, product.id)
  product.sku = sku
}

const keptFields = [
  'description',
  'short_description',
  'featured',
  'catalog_visibility',
  'virtual',
  'downloadable',
  'tax_status',
  'tax_class',
  'low_stock_amount',
  'sold_individually',
  'weight',
  'dimensions',
  'shipping_class',
  'reviews_allowed',
  'purchase_note',
  'menu_order',
]

function attributesOf(given: unknown, isVariation: boolean): readonly unknown[] {
  return listOf(given).map((entry, position) => {
    const { name, option, options, visible, variation } = fieldsOf(entry)
    const label = textOf(name)
    if (isVariation) return { id: 0, name: label, slug: label.toLowerCase(), option: textOf(option) }
    const flags = { visible: phpBool(visible), variation: phpBool(variation) }
    return { id: 0, name: label, slug: label, position, ...flags, options: listOf(options) }
  })
}

/** The fields of one request onto one row. Throws before anything else is written when the sku is taken. */
function applyFields(state: State, product: Product, fields: Fields, isBatch: boolean): void {
  if (typeof fields.sku === 'string') writeSku(state, product, fields.sku.trim())
  if (fields.name !== undefined && !product.parentId) product.name = textOf(fields.name)
  if (fields.regular_price !== undefined) product.regularPrice = textOf(fields.regular_price)
  if (fields.sale_price !== undefined) product.salePrice = textOf(fields.sale_price)
  if (fields.global_unique_id !== undefined) product.gtin = textOf(fields.global_unique_id)
  if (fields.status !== undefined) product.status = textOf(fields.status)
  if (fields.attributes !== undefined) product.attributes = attributesOf(fields.attributes, product.parentId > 0)
  for (const name of keptFields) if (fields[name] !== undefined) product.extra[name] = fields[name]
  writeStock(state, product, fields, isBatch)
  applyMeta(state, product.meta, fields.meta_data)
}

const slugOf = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

function uniqueSlug(state: State, name: string): string {
  const slug = slugOf(name) || 'product'
  const seen = (state.slugs.get(slug) ?? 0) + 1
  state.slugs.set(slug, seen)
  return seen === 1 ? slug : `${slug}-${seen}`
}

function blank(state: State, type: string, parentId: number): Product {
  const now = state.nowSeconds()
  return {
    id: state.nextId(),
    parentId,
    type,
    name: parentId ? '' : 'Product',
    slug: '',
    sku: '',
    gtin: '',
    status: 'publish',
    regularPrice: '',
    salePrice: '',
    createdAt: now,
    modifiedAt: now,
    manageStock: false,
    stock: null,
    backorders: 'no',
    stockStatus: 'instock',
    totalSales: 0,
    attributes: [],
    meta: [],
    extra: {},
  }
}

/** A new product, or a variation of `parent`. */
export function createProduct(state: State, fields: Fields, isBatch = false, parent?: Product): Product {
  const product = blank(state, parent ? 'variation' : textOf(fields.type) || 'simple', parent?.id ?? 0)
  applyFields(state, product, fields, isBatch)
  if (parent) {
    product.name = product.attributes.map((entry) => textOf(fieldsOf(entry).option)).join(', ')
    state.children.set(parent.id, [...(state.children.get(parent.id) ?? []), product.id])
    parent.modifiedAt = product.createdAt
  }
  product.slug = uniqueSlug(state, parent ? `${parent.name} ${product.name}` : product.name)
  state.products.set(product.id, product)
  state.emit('product', 'created', product.id)
  return product
}

/** Every save moves the date and announces, even one that changes nothing: our own writes echo. */
export function updateProduct(state: State, product: Product, fields: Fields, isBatch = false): void {
  const wasTrash = product.status === 'trash'
  applyFields(state, product, fields, isBatch)
  touch(state, product)
  if (wasTrash && product.status !== 'trash') {
    for (const key of ['_wp_trash_meta_status', '_wp_trash_meta_time', '_wp_desired_post_slug'])
      putMeta(state, product.meta, key, null)
    product.slug = product.slug.replace(/__trashed$/, '')
    state.emit('product', 'restored', product.id)
  }
  state.emit('product', 'updated', product.id)
}

/** Trash tells; its rows stay readable by id and keep working, they only leave the lists. */
export function trashProduct(state: State, product: Product): void {
  if (product.status === 'trash')
    throw new RestError(410, 'woocommerce_rest_already_trashed', 'The product has already been deleted.')
  putMeta(state, product.meta, '_wp_trash_meta_status', product.status)
  putMeta(state, product.meta, '_wp_trash_meta_time', String(state.nowSeconds()))
  putMeta(state, product.meta, '_wp_desired_post_slug', product.slug)
  product.status = 'trash'
  product.slug += '__trashed'
  touch(state, product)
  state.emit('product', 'deleted', product.id)
}

/** Permanent, and nobody is told. */
export function forceDeleteProduct(state: State, product: Product): void {
  for (const child of childrenOf(state, product)) forceDeleteProduct(state, child)
  state.products.delete(product.id)
  state.children.delete(product.id)
  const siblings = state.children.get(product.parentId)
  if (siblings)
    state.children.set(
      product.parentId,
      siblings.filter((id) => id !== product.id),
    )
  if (product.sku) state.bySku.delete(product.sku)
}

/** Variations follow their parent into the trash. */
export function isListed(state: State, product: Product): boolean {
  const parent = product.parentId ? state.products.get(product.parentId) : undefined
  return product.status !== 'trash' && parent?.status !== 'trash'
}
