/** The counters: every change goes through `move`, which keeps on_hand = available + committed + reserved + damaged + safety_stock + quality_control. */

import type { SandboxProduct } from '../shop.ts'
import { freeAt, type Item, type Level, type Place, type Product, type QuantityName, type Variant } from './model.ts'
import { inventoryLevelPayload, productPayload } from './payloads-stock.ts'
import { cents } from './text.ts'
import { mainPlace, type World } from './world.ts'

/** The level of an item at a place; made, and told of, where there is none. */
export function levelAt(world: World, item: Item, place: Place): Level {
  const known = item.levels.get(place.id)
  if (known) return known
  const level = newLevel(world, item, place)
  world.tell({
    topic: 'inventory_levels/connect',
    about: level.id,
    payload: () => inventoryLevelPayload(world, level),
  })
  return level
}

function newLevel(world: World, item: Item, place: Place): Level {
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
    held: 0,
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
  if (name === 'available' && world.levels.has(level.id))
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
  const product = newProduct(world, wanted.title)
  addVariant(world, product, wanted, 'Default Title')
  world.tell({ topic: 'products/create', about: product.id, payload: () => productPayload(world, product) })
}

/** A whole catalogue as it was before the app came: no webhook tells of it. Neighbours with one title are variants of one product. */
export function addProducts(world: World, catalogue: Iterable<SandboxProduct>): void {
  let product: Product | undefined
  for (const wanted of catalogue) {
    if (product?.title !== wanted.title) product = newProduct(world, wanted.title)
    addVariant(world, product, wanted, wanted.sku)
  }
  world.news.length = 0
}

function newProduct(world: World, title: string): Product {
  const product: Product = {
    __typename: 'Product',
    id: world.newId('Product'),
    title,
    handle: title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, ''),
    variants: [],
    tags: [],
    status: 'ACTIVE',
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  world.products.set(product.id, product)
  return product
}

function addVariant(world: World, product: Product, wanted: SandboxProduct, title: string): void {
  if (world.variantBySku.has(wanted.sku)) throw new Error(`The shop has ${wanted.sku} already`)
  const priceCents = cents(wanted.price)
  if (priceCents === undefined) throw new Error(`${wanted.price} is no price`)
  const times = { createdAt: world.now(), updatedAt: world.now() }
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
    title,
    ...(wanted.gtin === undefined ? {} : { barcode: wanted.gtin }),
    priceCents,
    policy: 'DENY',
    product,
    item,
    ...times,
  }
  product.variants.push(variant)
  item.variants.push(variant)
  world.items.set(item.id, item)
  countSku(world, item.sku, 1)
  world.variants.set(variant.id, variant)
  world.variantBySku.set(variant.sku, variant)
  const level = newLevel(world, item, mainPlace(world))
  level.quantities.available = wanted.quantity
  level.movedAt.available = world.now()
}

export function countSku(world: World, sku: string, by: 1 | -1): void {
  const count = (world.skuCounts.get(sku) ?? 0) + by
  if (count > 0) world.skuCounts.set(sku, count)
  else world.skuCounts.delete(sku)
}

/** Units a buyer could have now, over all places, less what others are paying for. */
export function freeUnits(item: Item): number {
  let units = 0
  for (const level of item.levels.values()) units += freeAt(level)
  return units
}

/** As `freeUnits`; undefined when the shop does not limit it. */
export function sellable(variant: Variant): number | undefined {
  if (!variant.item.tracked || variant.policy === 'CONTINUE') return undefined
  return freeUnits(variant.item)
}
