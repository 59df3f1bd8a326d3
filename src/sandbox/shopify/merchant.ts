/** The merchant's catalogue and the app's subscriptions as somebody else changes them. */

import type { SandboxMerchant } from '../shop.ts'
import type { Variant } from './model.ts'
import { disconnectPayload, inventoryItemPayload, productPayload } from './payloads-stock.ts'
import { countSku } from './stock.ts'
import { variantNamed } from './storefront.ts'
import { rawNumber } from './text.ts'
import type { World } from './world.ts'

function edited(world: World, { product }: Variant): void {
  product.updatedAt = world.now()
  world.tell({ topic: 'products/update', about: product.id, payload: () => productPayload(world, product) })
}

function recode(world: World, variant: Variant, next: string): void {
  const { item } = variant
  if (world.variantBySku.get(variant.sku) === variant) world.variantBySku.delete(variant.sku)
  countSku(world, item.sku, -1)
  variant.sku = next
  item.sku = next
  countSku(world, next, 1)
  // A sku is not unique; buyers of this sandbox get the one that had it first.
  if (next && !world.variantBySku.has(next)) world.variantBySku.set(next, variant)
  item.updatedAt = world.now()
  variant.updatedAt = world.now()
  world.tell({ topic: 'inventory_items/update', about: item.id, payload: () => inventoryItemPayload(world, item) })
  edited(world, variant)
}

/** The whole product goes, with its items and levels; orders keep their lines, which then name no variant. */
function remove(world: World, { product }: Variant): void {
  for (const variant of product.variants) {
    const { item } = variant
    world.variants.delete(variant.id)
    if (world.variantBySku.get(variant.sku) === variant) world.variantBySku.delete(variant.sku)
    countSku(world, item.sku, -1)
    world.items.delete(item.id)
    for (const level of item.levels.values()) {
      world.levels.delete(level.id)
      world.tell({ topic: 'inventory_levels/disconnect', about: level.id, payload: () => disconnectPayload(level) })
    }
    world.tell({
      topic: 'inventory_items/delete',
      about: item.id,
      payload: () => ({ id: rawNumber(item.id) }),
    })
  }
  world.products.delete(product.id)
  world.tell({ topic: 'products/delete', about: product.id, payload: () => ({ id: rawNumber(product.id) }) })
}

export function merchant(world: World, act: <T>(what: () => T) => T): SandboxMerchant {
  const onVariant = (sku: string, what: (variant: Variant) => void) => act(() => what(variantNamed(world, sku)))
  return {
    subscriptions: () => [...world.subscriptions.values()].map(({ topic, uri }) => ({ topic, url: uri })),
    subscribe({ topic, url }) {
      const id = world.newId('WebhookSubscription')
      const times = { createdAt: world.now(), updatedAt: world.now() }
      const apiVersion = world.apiVersions.at(-1) ?? ''
      const rest = { includeFields: [], metafieldNamespaces: [], apiVersion, ...times }
      world.subscriptions.set(id, { __typename: 'WebhookSubscription', id, topic, uri: url, ...rest })
    },
    unsubscribe(topic) {
      for (const one of [...world.subscriptions.values()]) if (one.topic === topic) world.subscriptions.delete(one.id)
    },
    rename: (sku, title) =>
      onVariant(sku, (variant) => {
        variant.product.title = title
        edited(world, variant)
      }),
    recode: (sku, next) => onVariant(sku, (variant) => recode(world, variant, next)),
    offer(sku, state) {
      if (state === 'frozen') return false
      onVariant(sku, (variant) => {
        variant.product.status = state === 'active' ? 'ACTIVE' : 'DRAFT'
        edited(world, variant)
      })
      return true
    },
    remove: (sku) => onVariant(sku, (variant) => remove(world, variant)),
    restore: () => false,
    erase(sku) {
      remove(world, variantNamed(world, sku))
      world.news.length = 0
    },
  }
}
