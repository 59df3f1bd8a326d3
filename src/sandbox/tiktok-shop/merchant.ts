/** What the seller does in Seller Center to products, and to the webhook addresses of the app. */

import type { SandboxMerchant } from '../shop.ts'
import type { ProductStatus, Shop, Sku, Warehouse } from './model.ts'
import type { Notices } from './notices.ts'

export function skuNamed(shop: Shop, name: string): Sku {
  const sku = shop.skusBySeller.get(name)
  if (!sku) throw new Error(`sku ${name} is not in the sandbox`)
  return sku
}

export function setProductStatus(shop: Shop, name: string, status: ProductStatus): void {
  const { product } = skuNamed(shop, name)
  product.status = status
  product.updatedAt = shop.now()
  shop.emit({ kind: 'product', product, word: status })
}

/** The seller opens a warehouse: every sku is counted there too from now on, and shows these units. Answers its id. */
export function openWarehouse(shop: Shop, name: string, units: ReadonlyMap<string, number>): string {
  const warehouse: Warehouse = {
    id: shop.ids('warehouse'),
    entityId: shop.ids('entity'),
    name,
    type: 'SALES_WAREHOUSE',
    isDefault: false,
  }
  shop.warehouses.push(warehouse)
  for (const sku of shop.skus.values()) {
    sku.stock.set(warehouse.id, { available: units.get(sku.sellerSku) ?? 0, committed: 0 })
    sku.product.updatedAt = shop.now()
  }
  return warehouse.id
}

const statusOf = { active: 'ACTIVATE', inactive: 'SELLER_DEACTIVATED', frozen: 'FREEZE' } as const

export function merchant(shop: Shop, notices: Notices): SandboxMerchant {
  /** The seller edits a product: its time moves, and type 5 is not sent for it. */
  const edited = (sku: Sku) => {
    sku.product.updatedAt = shop.now()
  }
  return {
    subscriptions: () => [...notices.subscriptions].map(([topic, { address }]) => ({ topic, url: address })),
    subscribe({ topic, url }) {
      notices.subscriptions.set(topic, { eventType: topic, address: url, createdAt: shop.now(), updatedAt: shop.now() })
    },
    unsubscribe: (topic) => void notices.subscriptions.delete(topic),
    rename(name, title) {
      const sku = skuNamed(shop, name)
      sku.product.title = title
      edited(sku)
    },
    recode(name, next) {
      const sku = skuNamed(shop, name)
      shop.skusBySeller.delete(name)
      if (next) shop.skusBySeller.set(next, sku)
      sku.sellerSku = next
      edited(sku)
    },
    offer(name, state) {
      setProductStatus(shop, name, statusOf[state])
      return true
    },
    remove: (name) => setProductStatus(shop, name, 'DELETED'),
    restore(name) {
      setProductStatus(shop, name, 'ACTIVATE')
      return true
    },
    erase(name) {
      const sku = skuNamed(shop, name)
      shop.skusBySeller.delete(name)
      shop.skus.delete(sku.id)
      sku.product.skus.splice(sku.product.skus.indexOf(sku), 1)
      if (sku.product.skus.length === 0) shop.products.delete(sku.product.id)
      edited(sku)
    },
  }
}
