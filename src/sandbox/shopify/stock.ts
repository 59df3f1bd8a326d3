/** The counters: every change goes through `move`, which keeps on_hand = available + committed + reserved + damaged + safety_stock + quality_control. */

import type { SandboxProduct } from '../shop.ts'
import {
  availableUnits,
  type Item,
  type Level,
  type Place,
  type Product,
  type QuantityName,
  type Variant,
} from './model.ts'
import { inventoryLevelPayload, productPayload } from './payloads-stock.ts'
import { cents } from './text.ts'
import type { World } from './world.ts'

export function levelAt(world: World, item: Item, place: Place): Level {
  const known = item.levels.get(place.id)
  if (known) return known
  const level: Level = {
    __typename: 'InventoryLevel',
    id: world.newId('InventoryLevel'),
    item,
    place,
    quantities: {
      available: 0,
      committed: 0,
      reserved: 0,
      damaged: 0,
      safety_stock: 0,
      quality_control: 0,
      incoming: 0,
    },
    movedAt: {},
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  item.levels.set(place.id, level)
  world.levels.set(level.id, level)
  return level
}

/** Adds to one quantity. inventory_levels/update knows `available` only, so only that is told. */
export function move(world: World, level: Level, name: QuantityName, delta: number): void {
  if (delta === 0) return
  level.quantities[name] += delta
  level.movedAt[name] = world.now()
  level.updatedAt = world.now()
  world.stockMoves++
  if (name === 'available')
    world.tell({
      topic: 'inventory_levels/update',
      about: level.id,
      payload: () => inventoryLevelPayload(world, level),
    })
}

/** An order's units change hands between available and committed; the product is then "ordered" and told as updated too. */
export function commit(world: World, level: Level, units: number): void {
  move(world, level, 'available', -units)
  move(world, level, 'committed', units)
  tellProducts(world, level.item)
}

function tellProducts(world: World, item: Item): void {
  for (const { product } of item.variants)
    world.tell({ topic: 'products/update', about: product.id, payload: () => productPayload(world, product) })
}

export function addProduct(world: World, wanted: SandboxProduct): void {
  if (world.variantBySku.has(wanted.sku)) throw new Error(`The shop has ${wanted.sku} already`)
  const priceCents = cents(wanted.price)
  if (priceCents === undefined) throw new Error(`${wanted.price} is no price`)
  const times = { createdAt: world.now(), updatedAt: world.now() }
  const product: Product = {
    __typename: 'Product',
    id: world.newId('Product'),
    title: wanted.title,
    handle: wanted.title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, ''),
    variants: [],
    tags: [],
    ...times,
  }
  const item: Item = {
    __typename: 'InventoryItem',
    id: world.newId('InventoryItem'),
    sku: wanted.sku,
    tracked: true,
    levels: new Map(),
    variants: [],
    ...times,
  }
  const variant: Variant = {
    __typename: 'ProductVariant',
    id: world.newId('ProductVariant'),
    sku: wanted.sku,
    title: 'Default Title',
    ...(wanted.gtin === undefined ? {} : { barcode: wanted.gtin }),
    priceCents,
    policy: 'DENY',
    product,
    item,
    ...times,
  }
  product.variants.push(variant)
  item.variants.push(variant)
  world.products.set(product.id, product)
  world.items.set(item.id, item)
  world.variants.set(variant.id, variant)
  world.variantBySku.set(variant.sku, variant)
  const level = levelAt(world, item, world.place)
  level.quantities.available = wanted.quantity
  level.movedAt.available = world.now()
  world.tell({ topic: 'products/create', about: product.id, payload: () => productPayload(world, product) })
}

/** Units a buyer could have now, over all places; undefined when the shop does not limit it. */
export function sellable(variant: Variant): number | undefined {
  if (!variant.item.tracked || variant.policy === 'CONTINUE') return undefined
  return availableUnits(variant.item)
}
