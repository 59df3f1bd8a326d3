/** The root queries. */

import { appNamespace } from './app-namespace.ts'
import { gid } from './ids.ts'
import type { Item, Order, Place, Product, Variant } from './model.ts'
import { availableUnits, onHandNames, quantityNames } from './model.ts'
import { orderByCustomId } from './order-input.ts'
import { type Context, find, look, type Resolvers, readGid, refusal } from './resolve.ts'
import {
  byExact,
  byFlag,
  byId,
  byTime,
  byWords,
  type FieldTest,
  type PageArgs,
  page,
  type SortKey,
  search,
} from './search.ts'
import { utcText } from './text.ts'
import { mainPlace, type World } from './world.ts'

type Id = { readonly id: string }
type ListArgs = PageArgs & { readonly query?: string | null; readonly sortKey?: string | null }

/** Sorts by a key the sandbox knows; any other official key is refused rather than misunderstood. */
function sorted<T extends Id>(things: Iterable<T>, args: ListArgs, keys: Record<string, (thing: T) => SortKey>) {
  const key = keys[args.sortKey ?? 'ID']
  if (!key) throw refusal(`The sandbox does not sort by ${args.sortKey}`, 'SANDBOX_UNSUPPORTED')
  return page(things, args, key)
}

const wholeSeconds = (ms: number) => Math.floor(ms / 1000)

const orderFields: Record<string, FieldTest<Order>> = {
  '': byWords((order) => order.name),
  id: byId((order) => order.id),
  name: byWords((order) => order.name),
  source_identifier: byExact((order) => order.sourceIdentifier),
  source_name: byExact((order) => order.sourceName),
  created_at: byTime((order) => order.createdAt),
  processed_at: byTime((order) => order.processedAt),
  updated_at: byTime((order) => order.updatedAt),
  tag: (order, _, value) => order.tags.some((tag) => tag.toLowerCase() === value.toLowerCase()),
  test: byFlag((order) => order.test),
  financial_status: byExact((order) => order.financialStatus),
  status: (order, _, value) =>
    value === 'any' ||
    (value === 'cancelled'
      ? order.cancelledAt !== undefined
      : (value === 'closed') === (order.closedAt !== undefined) && (value === 'open' || value === 'closed')),
}

const orderKeys: Record<string, (order: Order) => SortKey> = {
  ID: ({ id }) => ['', id],
  CREATED_AT: ({ createdAt, id }) => [wholeSeconds(createdAt), id],
  UPDATED_AT: ({ updatedAt, id }) => [wholeSeconds(updatedAt), id],
  PROCESSED_AT: ({ processedAt, id }) => [wholeSeconds(processedAt), id],
  ORDER_NUMBER: ({ number, id }) => [number, id],
}

function listOrders(_: unknown, args: ListArgs, { world }: Context) {
  const matches = search(args.query, orderFields)
  const indexedUntil = world.now() - world.options.searchLagMs
  const found: Order[] = []
  for (const order of world.orders.values())
    if ((!args.query || order.createdAt <= indexedUntil) && matches(order)) found.push(order)
  return sorted(found, args, orderKeys)
}

const variantFields: Record<string, FieldTest<Variant>> = {
  '': byWords((variant) => `${variant.product.title} ${variant.sku}`),
  id: byId((variant) => variant.id),
  sku: byWords((variant) => variant.sku),
  barcode: byWords((variant) => variant.barcode),
  product_id: byId((variant) => variant.product.id),
  title: byWords((variant) => variant.title),
  updated_at: byTime((variant) => variant.updatedAt),
  requires_components: byFlag(() => false),
}

const productFields: Record<string, FieldTest<Product>> = {
  '': byWords((product) => product.title),
  id: byId((product) => product.id),
  title: byWords((product) => product.title),
  handle: byExact((product) => product.handle),
  status: byExact((product) => product.status.toLowerCase()),
  sku: (product, operator, value) =>
    product.variants.some((variant) => byWords(() => variant.sku)(variant, operator, value)),
  created_at: byTime((product) => product.createdAt),
  updated_at: byTime((product) => product.updatedAt),
  tag: (product, _, value) => product.tags.some((tag) => tag.toLowerCase() === value.toLowerCase()),
}

const itemFields: Record<string, FieldTest<Item>> = {
  '': byWords((item) => item.sku),
  id: byId((item) => item.id),
  sku: byWords((item) => item.sku),
  created_at: byTime((item) => item.createdAt),
  updated_at: byTime((item) => item.updatedAt),
}

const placeFields: Record<string, FieldTest<Place>> = {
  '': byWords((place) => place.name),
  id: byId((place) => place.id),
  name: byWords((place) => place.name),
  active: byFlag(({ deactivatedAt }) => deactivatedAt === undefined),
}

const both =
  <T>(a: (thing: T) => boolean, b: (thing: T) => boolean) =>
  (thing: T): boolean =>
    a(thing) && b(thing)

interface CountArgs {
  readonly query?: string | null
  readonly limit?: number | null
}

/** Counts no further than the limit, 10,000 unless another is asked for; null counts on. */
function counted<T>(things: Iterable<T>, { query, limit }: CountArgs, fields: Record<string, FieldTest<T>>) {
  const matches = search(query, fields)
  const most = limit === null ? Number.POSITIVE_INFINITY : (limit ?? 10_000)
  let count = 0
  for (const thing of things) {
    if (!matches(thing)) continue
    if (count >= most) return { count, precision: 'AT_LEAST' }
    count++
  }
  return { count, precision: 'EXACT' }
}

const byIdKey = ({ id }: Id): SortKey => ['', id]

function node(world: World, text: string): unknown {
  const { kind, id } = readGid(text)
  const shelves: Record<string, ReadonlyMap<string, unknown>> = {
    Location: world.places,
    Product: world.products,
    ProductVariant: world.variants,
    InventoryItem: world.items,
    InventoryLevel: world.levels,
    Order: world.orders,
    FulfillmentOrder: world.fulfilmentOrders,
    Fulfillment: world.fulfilments,
    Refund: world.refunds,
    WebhookSubscription: world.subscriptions,
    BulkOperation: world.bulkOperations,
  }
  return shelves[kind]?.get(id) ?? null
}

interface Identifier {
  readonly id?: string
  readonly customId?: { readonly namespace?: string | null; readonly key: string; readonly value: string }
}

const shop = (world: World) => ({
  id: gid('Shop', world.shopId),
  name: 'Onhand demo',
  email: 'owner@onhand.example',
  myshopifyDomain: world.options.shop,
  currencyCode: world.options.currency,
  ianaTimezone: world.options.timeZone,
  timezoneAbbreviation: 'CET',
  taxesIncluded: true,
  createdAt: utcText(world.createdAt),
  plan: {
    displayName: world.options.devStore ? 'Development' : 'Basic',
    publicDisplayName: world.options.devStore ? 'Development' : 'Basic',
    shopifyPlus: false,
    partnerDevelopment: world.options.devStore,
  },
})

const quantityProperties = () => [
  ...quantityNames.map((name) => ({
    name,
    displayName: name.replaceAll('_', ' '),
    isInUse: true,
    comprises: [],
    belongsTo: name === 'incoming' ? [] : ['on_hand'],
  })),
  { name: 'on_hand', displayName: 'on hand', isInUse: true, comprises: onHandNames, belongsTo: [] },
]

export const queryResolvers: Resolvers = {
  QueryRoot: {
    shop: (_: unknown, __: unknown, { world }: Context) => shop(world),
    currentAppInstallation: (_: unknown, __: unknown, { world, grant }: Context) => ({
      id: gid('AppInstallation', '7001'),
      accessScopes: [...grant.scopes].map((handle) => ({ handle, description: handle })),
      app: { id: gid('App', world.appId), title: 'Onhand', handle: 'onhand', apiKey: world.tokens.clientId },
    }),
    inventoryProperties: () => ({ quantityNames: quantityProperties() }),
    location: (_: unknown, { id }: { id?: string | null }, { world }: Context) =>
      id == null ? mainPlace(world) : look('Location', world.places, id),
    locations: (_: unknown, args: ListArgs & { includeInactive?: boolean | null }, { world }: Context) =>
      sorted(
        [...world.places.values()].filter(
          both(
            ({ deactivatedAt }) => args.includeInactive || deactivatedAt === undefined,
            search(args.query, placeFields),
          ),
        ),
        { ...args, sortKey: args.sortKey ?? 'NAME' },
        {
          ID: byIdKey,
          NAME: ({ name, id }) => [name, id],
        },
      ),
    product: (_: unknown, { id }: Id, { world }: Context) => look('Product', world.products, id),
    products: (_: unknown, args: ListArgs, { world }: Context) =>
      sorted([...world.products.values()].filter(search(args.query, productFields)), args, {
        ID: byIdKey,
        TITLE: ({ title, id }) => [title, id],
        CREATED_AT: ({ createdAt, id }) => [wholeSeconds(createdAt), id],
        UPDATED_AT: ({ updatedAt, id }) => [wholeSeconds(updatedAt), id],
      }),
    productVariant: (_: unknown, { id }: Id, { world }: Context) => look('ProductVariant', world.variants, id),
    productVariants: (_: unknown, args: ListArgs, { world }: Context) =>
      sorted([...world.variants.values()].filter(search(args.query, variantFields)), args, {
        ID: byIdKey,
        SKU: ({ sku, id }) => [sku, id],
        INVENTORY_QUANTITY: ({ item, id }) => [availableUnits(item), id],
      }),
    productVariantsCount: (_: unknown, args: CountArgs, { world }: Context) =>
      counted(world.variants.values(), args, variantFields),
    productsCount: (_: unknown, args: CountArgs, { world }: Context) =>
      counted(world.products.values(), args, productFields),
    locationsCount: (_: unknown, args: CountArgs, { world }: Context) =>
      counted(world.places.values(), args, placeFields),
    inventoryItem: (_: unknown, { id }: Id, { world }: Context) => look('InventoryItem', world.items, id),
    inventoryItems: (_: unknown, args: ListArgs, { world }: Context) =>
      page([...world.items.values()].filter(search(args.query, itemFields)), args, byIdKey),
    inventoryLevel: (_: unknown, { id }: Id, { world }: Context) => look('InventoryLevel', world.levels, id),
    node: (_: unknown, { id }: Id, { world }: Context) => node(world, id),
    nodes: (_: unknown, { ids }: { ids: readonly string[] }, { world }: Context) => ids.map((id) => node(world, id)),
    order: (_: unknown, { id }: Id, { world }: Context) => look('Order', world.orders, id),
    orders: (_: unknown, args: ListArgs, context: Context) =>
      listOrders(_, { ...args, sortKey: args.sortKey ?? 'PROCESSED_AT' }, context),
    orderByIdentifier: (_: unknown, { identifier }: { identifier: Identifier }, { world }: Context) => {
      const { id, customId } = identifier
      if (id != null) return find('Order', world.orders, id) ?? null
      if (!customId) return null
      return orderByCustomId(world, appNamespace(world, customId.namespace), customId.key, customId.value) ?? null
    },
    job: (_: unknown, { id }: Id, { world }: Context) => look('Job', world.jobs, id),
    fulfillment: (_: unknown, { id }: Id, { world }: Context) => look('Fulfillment', world.fulfilments, id),
    refund: (_: unknown, { id }: Id, { world }: Context) => look('Refund', world.refunds, id),
    fulfillmentOrder: (_: unknown, { id }: Id, { world }: Context) =>
      look('FulfillmentOrder', world.fulfilmentOrders, id),
  },
}
