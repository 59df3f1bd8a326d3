/** How products, variants, items, levels and places answer the Admin API's fields. */

import { isOpen } from './fulfilment.ts'
import {
  availableUnits,
  type Item,
  isActive,
  type Level,
  onHand,
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

const levelFields = {
  updated_at: byTime((level: Level) => level.updatedAt),
  created_at: byTime((level: Level) => level.createdAt),
  inventory_item_id: byId((level: Level) => level.item.id),
  id: byId((level: Level) => level.id),
}

/** Levels of a deactivated location are left out unless asked for. */
const isSeen = (level: Level, { includeInactive }: InactiveArgs): boolean => includeInactive || isActive(level.place)

interface InactiveArgs {
  readonly includeInactive?: boolean | null
}

function levelsPage(levels: Iterable<Level>, args: LevelArgs & InactiveArgs) {
  const matches = search(args.query, levelFields)
  return page(
    [...levels].filter((level) => isSeen(level, args) && matches(level)),
    args,
    (level) => ['', level.id],
  )
}

const seenOrNull = (level: Level | undefined, args: InactiveArgs) => (level && isSeen(level, args) ? level : null)

export const catalogueTypes: Resolvers = {
  Product: {
    ...identity('Product'),
    ...times,
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
    availableForSale: (variant: Variant) => variant.product.status === 'ACTIVE' && (sellable(variant) ?? 1) > 0,
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
      Math.max(0, (world.skuCounts.get(item.sku) ?? 0) - 1),
    variant: (item: Item) => item.variants[0],
    variants: (item: Item, args: PageArgs) => byPosition(item.variants, args, ({ id }) => id),
    locationsCount: (item: Item) => ({
      count: [...item.levels.values()].filter(({ place }) => isActive(place)).length,
      precision: 'EXACT',
    }),
    inventoryLevel: (item: Item, args: InactiveArgs & { locationId: string }, { world }: Context) => {
      const place = find('Location', world.places, args.locationId)
      return place ? seenOrNull(item.levels.get(place.id), args) : null
    },
    inventoryLevels: (item: Item, args: LevelArgs & InactiveArgs) => levelsPage(item.levels.values(), args),
  },
  InventoryLevel: {
    ...times,
    id: levelGid,
    isActive: (level: Level) => isActive(level.place),
    canDeactivate: () => false,
    location: (level: Level) => level.place,
    quantities: (level: Level, { names }: { names: readonly string[] }) => names.map((name) => quantity(level, name)),
  },
  Location: {
    ...identity('Location'),
    ...times,
    isActive,
    deactivatedAt: (place: Place) => time(place.deactivatedAt),
    fulfillsOnlineOrders: isActive,
    shipsInventory: isActive,
    isFulfillmentService: () => false,
    hasActiveInventory: (place: Place, _: unknown, { world }: Context) => {
      if (isActive(place)) for (const level of world.levels.values()) if (level.place === place) return true
      return false
    },
    hasUnfulfilledOrders: (place: Place, _: unknown, { world }: Context) =>
      [...world.fulfilmentOrders.values()].some((one) => one.place === place && isOpen(one)),
    fulfillmentService: () => null,
    address: () => ({ ...warehouseAddress, formatted: ['Havenstraat 1', '1234 AB Amsterdam', 'Netherlands'] }),
    inventoryLevel: (place: Place, args: InactiveArgs & { inventoryItemId: string }, { world }: Context) =>
      seenOrNull(find('InventoryItem', world.items, args.inventoryItemId)?.levels.get(place.id), args),
    inventoryLevels: (place: Place, args: LevelArgs & InactiveArgs, { world }: Context) =>
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
