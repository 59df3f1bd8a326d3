/** Webhook bodies of products, items, levels and the shop, in the shape of Shopify's published REST samples. */

import { gid } from './ids.ts'
import { availableUnits, type Item, isActive, type Level, type Place, type Product } from './model.ts'
import { orNull } from './payload-helpers.ts'
import { moneyText, rawNumber, utcText } from './text.ts'
import { levelGid, mainPlace, type World } from './world.ts'

export const inventoryLevelPayload = (world: World, level: Level) => ({
  inventory_item_id: rawNumber(level.item.id),
  location_id: rawNumber(level.place.id),
  available: level.quantities.available,
  updated_at: world.shopTime(level.updatedAt),
  admin_graphql_api_id: levelGid(level),
})

export const disconnectPayload = (level: Level) => ({
  inventory_item_id: rawNumber(level.item.id),
  location_id: rawNumber(level.place.id),
})

export const locationPayload = (world: World, place: Place) => ({
  id: rawNumber(place.id),
  name: place.name,
  address1: 'Havenstraat 1',
  address2: null,
  city: 'Amsterdam',
  zip: '1234 AB',
  province: null,
  country: 'NL',
  phone: null,
  created_at: world.shopTime(place.createdAt),
  updated_at: world.shopTime(place.updatedAt),
  country_code: 'NL',
  country_name: 'Netherlands',
  province_code: null,
  legacy: false,
  active: isActive(place),
  admin_graphql_api_id: gid('Location', place.id),
})

export const inventoryItemPayload = (world: World, item: Item) => ({
  id: rawNumber(item.id),
  sku: item.sku,
  created_at: world.shopTime(item.createdAt),
  updated_at: world.shopTime(item.updatedAt),
  requires_shipping: true,
  cost: null,
  country_code_of_origin: null,
  province_code_of_origin: null,
  harmonized_system_code: null,
  tracked: item.tracked,
  country_harmonized_system_codes: [],
  weight_value: 0,
  weight_unit: 'kg',
  admin_graphql_api_id: gid('InventoryItem', item.id),
})

export const productPayload = (world: World, product: Product) => ({
  admin_graphql_api_id: gid('Product', product.id),
  body_html: null,
  created_at: world.shopTime(product.createdAt),
  handle: product.handle,
  id: rawNumber(product.id),
  product_type: '',
  published_at: world.shopTime(product.createdAt),
  template_suffix: null,
  title: product.title,
  updated_at: world.shopTime(product.updatedAt),
  vendor: 'Onhand',
  status: product.status.toLowerCase(),
  published_scope: 'global',
  tags: product.tags.join(', '),
  variants: product.variants.map((variant, i) => ({
    admin_graphql_api_id: gid('ProductVariant', variant.id),
    barcode: orNull(variant.barcode),
    compare_at_price: null,
    created_at: world.shopTime(variant.createdAt),
    id: rawNumber(variant.id),
    inventory_policy: variant.policy.toLowerCase(),
    position: i + 1,
    price: moneyText(variant.priceCents),
    product_id: rawNumber(product.id),
    sku: variant.sku,
    taxable: true,
    title: variant.title,
    updated_at: world.shopTime(variant.updatedAt),
    option1: variant.title,
    option2: null,
    option3: null,
    image_id: null,
    inventory_item_id: rawNumber(variant.item.id),
    inventory_quantity: availableUnits(variant.item),
    old_inventory_quantity: availableUnits(variant.item),
  })),
  options: [],
  images: [],
  image: null,
  media: [],
  variant_gids: product.variants.map((variant) => ({
    admin_graphql_api_id: gid('ProductVariant', variant.id),
    updated_at: utcText(variant.updatedAt).replace('Z', '.000Z'),
  })),
  has_variants_that_requires_components: false,
  category: null,
})

export const shopPayload = (world: World) => ({
  id: rawNumber(world.shopId),
  name: 'Onhand demo',
  email: 'owner@onhand.example',
  domain: null,
  country: 'NL',
  created_at: null,
  updated_at: null,
  country_code: 'NL',
  country_name: 'Netherlands',
  currency: world.options.currency,
  timezone: '(GMT+01:00) Amsterdam',
  iana_timezone: null,
  plan_display_name: 'Shopify',
  plan_name: 'professional',
  myshopify_domain: null,
  primary_location_id: rawNumber(mainPlace(world).id),
  multi_location_enabled: true,
  enabled_presentment_currencies: [world.options.currency],
})
