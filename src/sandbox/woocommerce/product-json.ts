/** Products and variations as wc/v3 shows them. The two shapes differ: a variation read as a product gets the product's keys. */

import { childrenOf, stockOwner, stockStatusOf } from './products.ts'
import type { Product, State } from './state.ts'
import { centsOf, type Fields, fieldsOf, moneyOf, textOf } from './values.ts'

const itemVerbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export function links(self: string, collection: string, more: Record<string, string> = {}, allow = itemVerbs) {
  return {
    self: [{ href: self, targetHints: { allow } }],
    collection: [{ href: collection }],
    ...Object.fromEntries(Object.entries(more).map(([name, href]) => [name, [{ href }]])),
  }
}

export const apiRoot = (state: State) => `${state.options.home}/wp-json/wc/v3`

export function priceOf(state: State, product: Product): string {
  if (product.type !== 'variable') return product.salePrice || product.regularPrice
  const prices = childrenOf(state, product)
    .map((child) => child.salePrice || child.regularPrice)
    .filter((price) => price !== '')
  return prices.toSorted((a, b) => centsOf(a) - centsOf(b))[0] ?? ''
}

function permalink(state: State, product: Product): string {
  const { home } = state.options
  if (product.status === 'trash') return `${home}/?post_type=product&p=${product.id}`
  const parent = product.parentId ? state.products.get(product.parentId) : undefined
  if (!parent) return `${home}/product/${product.slug}/`
  const choice = product.attributes.map<Fields>(fieldsOf)
  const query = choice.map(({ slug, option }) => `attribute_${slug}=${encodeURIComponent(textOf(option))}`).join('&')
  return `${home}/product/${parent.slug}/?${query}`
}

const symbols: Record<string, string> = { EUR: '€', GBP: '£', USD: '$' }
export const currencySymbol = (currency: string) => symbols[currency] ?? currency

function priceHtml(price: string): string {
  if (price === '') return ''
  return `<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol">&euro;</span>${moneyOf(centsOf(price))}</bdi></span>`
}

const metaJson = ({ meta }: Product) => meta.map(({ id, key, value }) => ({ id, key, value }))

/** Dates, prices and what both shapes start with. */
function shared(state: State, product: Product) {
  const created = state.date(product.createdAt)
  const modified = state.date(product.modifiedAt)
  const owner = stockOwner(state, product)
  return {
    dates: {
      date_created: created.local,
      date_created_gmt: created.gmt,
      date_modified: modified.local,
      date_modified_gmt: modified.gmt,
    },
    prices: {
      price: priceOf(state, product),
      regular_price: product.regularPrice,
      sale_price: product.salePrice,
      date_on_sale_from: null,
      date_on_sale_from_gmt: null,
      date_on_sale_to: null,
      date_on_sale_to_gmt: null,
      on_sale: product.salePrice !== '',
    },
    files: { virtual: false, downloadable: false, downloads: [], download_limit: -1, download_expiry: -1 },
    quantity: owner?.stock ?? null,
    backorders: product.backorders,
    backorders_allowed: product.backorders !== 'no',
    backordered: product.backorders !== 'no' && owner !== undefined && (owner.stock ?? 0) < 0,
    dimensions: { length: '', width: '', height: '' },
    stockStatus: stockStatusOf(state, product),
  }
}

/** A product as `/products/{id}`, lists, batches and webhooks show it; a variation's webhook too. */
export function productJson(state: State, product: Product, isWrite = false): Record<string, unknown> {
  const both = shared(state, product)
  const root = apiRoot(state)
  const isVariation = product.parentId > 0
  const parent = isVariation ? state.products.get(product.parentId) : undefined
  return {
    id: product.id,
    name: parent ? `${parent.name} - ${product.name}` : product.name,
    slug: product.slug,
    permalink: permalink(state, product),
    ...both.dates,
    type: product.type,
    status: product.status,
    featured: false,
    catalog_visibility: 'visible',
    description: '',
    short_description: '',
    sku: product.sku,
    ...both.prices,
    purchasable: priceOf(state, product) !== '',
    total_sales: isVariation ? String(product.totalSales) : product.totalSales,
    ...both.files,
    external_url: '',
    button_text: '',
    tax_status: 'taxable',
    tax_class: '',
    manage_stock: product.manageStock || (parent?.manageStock ? 'parent' : false),
    stock_quantity: both.quantity,
    backorders: both.backorders,
    backorders_allowed: both.backorders_allowed,
    backordered: both.backordered,
    low_stock_amount: null,
    sold_individually: false,
    weight: '',
    dimensions: both.dimensions,
    shipping_required: true,
    shipping_taxable: true,
    shipping_class: '',
    shipping_class_id: 0,
    reviews_allowed: !isVariation,
    average_rating: '0.00',
    rating_count: 0,
    upsell_ids: [],
    cross_sell_ids: [],
    parent_id: product.parentId,
    purchase_note: '',
    categories: isVariation ? [] : [{ id: 15, name: 'Uncategorized', slug: 'uncategorized' }],
    brands: [],
    tags: [],
    images: [],
    attributes: product.attributes,
    default_attributes: [],
    variations: state.children.get(product.id) ?? [],
    grouped_products: [],
    menu_order: 0,
    ...product.extra,
    price_html: priceHtml(priceOf(state, product)),
    related_ids: [],
    meta_data: metaJson(product),
    stock_status: both.stockStatus,
    has_options: product.type === 'variable',
    post_password: '',
    global_unique_id: product.gtin,
    ...(isWrite
      ? { permalink_template: `${state.options.home}/product/%pagename%/`, generated_slug: product.slug }
      : {}),
    _links: links(
      `${root}/products/${product.id}`,
      `${root}/products`,
      isVariation ? { up: `${root}/products/${product.parentId}` } : {},
    ),
  }
}

/** A variation as its own routes show it. */
export function variationJson(state: State, variation: Product): Record<string, unknown> {
  const both = shared(state, variation)
  const up = `${apiRoot(state)}/products/${variation.parentId}`
  return {
    id: variation.id,
    type: 'variation',
    ...both.dates,
    description: '',
    permalink: permalink(state, variation),
    sku: variation.sku,
    global_unique_id: variation.gtin,
    ...both.prices,
    status: variation.status,
    purchasable: priceOf(state, variation) !== '',
    ...both.files,
    tax_status: 'taxable',
    tax_class: '',
    manage_stock: variation.manageStock || (stockOwner(state, variation) ? 'parent' : false),
    stock_quantity: both.quantity,
    stock_status: both.stockStatus,
    backorders: both.backorders,
    backorders_allowed: both.backorders_allowed,
    backordered: both.backordered,
    low_stock_amount: null,
    weight: '',
    dimensions: both.dimensions,
    shipping_class: '',
    shipping_class_id: 0,
    image: null,
    attributes: variation.attributes,
    menu_order: 0,
    ...variation.extra,
    meta_data: metaJson(variation),
    name: variation.name,
    parent_id: variation.parentId,
    _links: links(`${up}/variations/${variation.id}`, `${up}/variations`, { up }),
  }
}
