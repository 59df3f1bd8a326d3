/** How products, variants, items, levels and places answer the Admin API's fields. */

import {
  availableUnits,
  type Item,
  type Level,
  onHand,
  openUnits,
  type Place,
  type Product,
  quantityNames,
  type Variant,
} from './model.ts'
import { type Context, find, type Resolvers, refusal } from './resolve.ts'
import { byId, byTime, type PageArgs, page, search } from './search.ts'
import { sellable } from './stock.ts'
import { moneyText } from './text.ts'
import { byPosition, identity, type LevelArgs, time, times } from './type-helpers.ts'
import { levelGid } from './world.ts'

export const levelsPage = (levels: Iterable<Level>, args: LevelArgs) =>
  page(
    [...levels].filter(
      search(args.query, {
        updated_at: byTime((level: Level) => level.updatedAt),
        created_at: byTime((level: Level) => level.createdAt),
        inventory_item_id: byId((level: Level) => level.item.id),
        id: byId((level: Level) => level.id),
      }),
    ),
    args,
    (level) => ['', level.id],
  )

export const catalogueTypes: Resolvers = {
  Product: {
    ...identity('Product'),
    ...times,
    status: () => 'ACTIVE',
    vendor: () => 'Onhand',
    productType: () => '',
    totalInventory: (product: Product) => product.variants.reduce((n, { item }) => n + availableUnits(item), 0),
    tracksInventory: (product: Product) => product.variants.some(({ item }) => item.tracked),
    hasOnlyDefaultVariant: (product: Product) => product.variants.length === 1,
    hasVariantsThatRequiresComponents: () => false,
    variantsCount: (product: Product) => ({ count: product.variants.length, precision: 'EXACT' }),
    variants: (product: Product, args: PageArgs) => byPosition(product.variants, args, ({ id }) => id),
  },
  ProductVariant: {
    ...identity('ProductVariant'),
    ...times,
    barcode: (variant: Variant) => variant.barcode ?? null,
    displayName: (variant: Variant) => `${variant.product.title} - ${variant.title}`,
    price: (variant: Variant) => moneyText(variant.priceCents),
    compareAtPrice: () => null,
    position: (variant: Variant) => variant.product.variants.indexOf(variant) + 1,
    inventoryPolicy: (variant: Variant) => variant.policy,
    inventoryQuantity: (variant: Variant) => availableUnits(variant.item),
    sellableOnlineQuantity: (variant: Variant) => Math.max(0, availableUnits(variant.item)),
    availableForSale: (variant: Variant) => (sellable(variant) ?? 1) > 0,
    taxable: () => true,
    requiresComponents: () => false,
    inventoryItem: (variant: Variant) => variant.item,
    productVariantComponents: (_: Variant, args: PageArgs) => page<{ id: string }>([], args, ({ id }) => [0, id]),
  },
}

export const inventoryTypes: Resolvers = {
  InventoryItem: {
    ...identity('InventoryItem'),
    ...times,
    requiresShipping: () => true,
    duplicateSkuCount: (item: Item, _: unknown, { world }: Context) =>
      [...world.items.values()].filter((other) => other !== item && other.sku === item.sku).length,
    variant: (item: Item) => item.variants[0],
    variants: (item: Item, args: PageArgs) => byPosition(item.variants, args, ({ id }) => id),
    locationsCount: (item: Item) => ({ count: item.levels.size, precision: 'EXACT' }),
    inventoryLevel: (item: Item, { locationId }: { locationId: string }, { world }: Context) => {
      const place = find('Location', world.places, locationId)
      return place ? (item.levels.get(place.id) ?? null) : null
    },
    inventoryLevels: (item: Item, args: LevelArgs) => levelsPage(item.levels.values(), args),
  },
  InventoryLevel: {
    ...times,
    id: levelGid,
    isActive: () => true,
    canDeactivate: () => false,
    location: (level: Level) => level.place,
    quantities: (level: Level, { names }: { names: readonly string[] }) => names.map((name) => quantity(level, name)),
  },
  Location: {
    ...identity('Location'),
    createdAt: times.createdAt,
    updatedAt: times.createdAt,
    isActive: () => true,
    fulfillsOnlineOrders: () => true,
    shipsInventory: () => true,
    isFulfillmentService: () => false,
    hasActiveInventory: (_: Place, __: unknown, { world }: Context) => world.items.size > 0,
    hasUnfulfilledOrders: (_: Place, __: unknown, { world }: Context) =>
      [...world.orders.values()].some((order) => order.lines.some((line) => openUnits(line) > 0)),
    fulfillmentService: () => null,
    address: () => ({ ...warehouseAddress, formatted: ['Havenstraat 1', '1234 AB Amsterdam', 'Netherlands'] }),
    inventoryLevel: (place: Place, { inventoryItemId }: { inventoryItemId: string }, { world }: Context) =>
      find('InventoryItem', world.items, inventoryItemId)?.levels.get(place.id) ?? null,
    inventoryLevels: (place: Place, args: LevelArgs, { world }: Context) =>
      levelsPage(
        [...world.levels.values()].filter((level) => level.place === place),
        args,
      ),
  },
}

export const warehouseAddress = {
  address1: 'Havenstraat 1',
  address2: null,
  city: 'Amsterdam',
  zip: '1234 AB',
  province: null,
  provinceCode: null,
  country: 'Netherlands',
  countryCode: 'NL',
  phone: null,
}

function quantity(level: Level, name: string) {
  const known = quantityNames.find((one) => one === name)
  if (!known && name !== 'on_hand') throw refusal(`The quantity name ${name} is invalid.`, 'BAD_REQUEST')
  return {
    id: `gid://shopify/InventoryQuantity/${level.id}?inventory_item_id=${level.item.id}&name=${name}`,
    name,
    quantity: known ? level.quantities[known] : onHand(level),
    updatedAt: time(known ? level.movedAt[known] : level.updatedAt),
  }
}
