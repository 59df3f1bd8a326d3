/** How the API words a product and its stock. */

import { seconds } from './ids.ts'
import type { Product, Sku } from './model.ts'
import { lockedUnits, totalAvailable, totalCommitted } from './stock.ts'

const skuInventory = (sku: Sku) =>
  [...sku.stock].map(([warehouse_id, { available }]) => ({ warehouse_id, quantity: available }))

const skuView = (sku: Sku, currency: string) => ({
  id: sku.id,
  seller_sku: sku.sellerSku,
  price: { currency, sale_price: sku.price, tax_exclusive_price: sku.price },
  inventory: skuInventory(sku),
  status_info: { status: sku.product.status === 'ACTIVATE' ? 'NORMAL' : 'DEACTIVATED' },
})

const productHead = (product: Product) => ({
  id: product.id,
  title: product.title,
  status: product.status,
  audit: { status: 'APPROVED' },
  create_time: seconds(product.createdAt),
  update_time: seconds(product.updatedAt),
  has_draft: false,
  is_not_for_sale: false,
})

export const productSummary = (product: Product, { region, currency }: { region: string; currency: string }) => ({
  ...productHead(product),
  sales_regions: [region],
  skus: product.skus.map((sku) => skuView(sku, currency)),
})

export const productDetail = (product: Product, currency: string) => ({
  ...productHead(product),
  product_status: product.status,
  description: `<p>${product.title}</p>`,
  is_cod_allowed: false,
  main_images: [],
  skus: product.skus.map((sku) => ({
    ...skuView(sku, currency),
    sales_attributes: [],
    identifier_code: sku.gtin === undefined ? undefined : { code: sku.gtin, type: 'GTIN' },
  })),
})

export const inventoryView = (sku: Sku) => ({
  id: sku.id,
  seller_sku: sku.sellerSku,
  total_available_quantity: totalAvailable(sku),
  total_committed_quantity: totalCommitted(sku),
  warehouse_inventory: [...sku.stock].map(([warehouse_id, { available, committed }]) => ({
    warehouse_id,
    available_quantity: available,
    committed_quantity: committed,
  })),
  total_available_inventory_distribution: {
    in_shop_inventory: { quantity: totalAvailable(sku) - lockedUnits(sku) },
    campaign_inventory: sku.locks
      .filter(({ kind }) => kind === 'campaign')
      .map(({ name, quantity }) => ({ campaign_name: name, quantity })),
    creator_inventory: sku.locks
      .filter(({ kind }) => kind === 'creator')
      .map(({ name, quantity }) => ({ creator_name: name, quantity })),
  },
})
