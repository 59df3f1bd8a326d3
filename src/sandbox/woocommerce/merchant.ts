/** The merchant's catalogue and webhook pages: changes that reach nobody through the API that asked for them. */

import type { SandboxMerchant } from '../shop.ts'
import { forceDeleteProduct, trashProduct, updateProduct } from './products.ts'
import { metaOf, type Product, type State } from './state.ts'
import { textOf } from './values.ts'
import type { Webhooks } from './webhooks.ts'

function named(state: State, sku: string): Product {
  const product = state.products.get(state.bySku.get(sku) ?? 0)
  if (!product) throw new Error(`The shop has no ${sku}`)
  return product
}

export function merchant(state: State, webhooks: Webhooks): SandboxMerchant {
  return {
    subscriptions: () => [...webhooks.rows.values()].map(({ topic, deliveryUrl }) => ({ topic, url: deliveryUrl })),
    subscribe({ topic, url }) {
      webhooks.create({ topic, delivery_url: url, name: 'Another app', secret: 'of-another-app' })
    },
    unsubscribe(topic) {
      for (const webhook of [...webhooks.rows.values()]) if (webhook.topic === topic) webhooks.rows.delete(webhook.id)
    },
    rename: (sku, title) => updateProduct(state, named(state, sku), { name: title }),
    recode: (sku, next) => updateProduct(state, named(state, sku), { sku: next }),
    offer(sku, offered) {
      if (offered === 'frozen') return false
      updateProduct(state, named(state, sku), { status: offered === 'active' ? 'publish' : 'draft' })
      return true
    },
    remove: (sku) => trashProduct(state, named(state, sku)),
    restore(sku) {
      const product = named(state, sku)
      updateProduct(state, product, { status: textOf(metaOf(product.meta, '_wp_trash_meta_status')) || 'draft' })
      return true
    },
    erase: (sku) => forceDeleteProduct(state, named(state, sku)),
  }
}
