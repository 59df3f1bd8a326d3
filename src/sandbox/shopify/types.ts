/** How the shop's things answer the fields of the Admin API's object types. */

import { appNamespace } from './app-namespace.ts'
import { trackingLink } from './carriers.ts'
import { gid } from './ids.ts'
import {
  availableUnits,
  currentUnits,
  type Fulfilment,
  type FulfilmentLine,
  type FulfilmentOrder,
  type FulfilmentOrderLine,
  fulfilmentStatus,
  type Item,
  type Level,
  type Line,
  type Order,
  type OwnedMetafield,
  onHand,
  openUnits,
  type Place,
  type PostalAddress,
  type Product,
  quantityNames,
  type Refund,
  type RefundLine,
  type ShippingCharge,
  type Tax,
  totalsOf,
  type Variant,
} from './model.ts'
import type { Context, Resolvers } from './resolve.ts'
import { find, refusal } from './resolve.ts'
import { byId, byTime, type PageArgs, page, search } from './search.ts'
import { sellable } from './stock.ts'
import { decimalText, moneyText, utcText } from './text.ts'
import { levelGid } from './world.ts'

const time = (ms: number | undefined) => (ms === undefined ? null : utcText(ms))

const moneyBag = (currency: string, amountCents: number) => {
  const money = { amount: decimalText(amountCents), currencyCode: currency }
  return { shopMoney: money, presentmentMoney: money }
}

/** Fields that most things answer alike. */
const identity = (kind: string) => ({
  id: (thing: { id: string }) => gid(kind, thing.id),
  legacyResourceId: (thing: { id: string }) => thing.id,
})
const times = {
  createdAt: (thing: { createdAt: number }) => utcText(thing.createdAt),
  updatedAt: (thing: { updatedAt: number }) => utcText(thing.updatedAt),
}

const byPosition = <T>(things: readonly T[], args: PageArgs, id: (thing: T) => string) => {
  const positions = new Map(things.map((thing, i) => [thing, i]))
  return page(things, args, (thing) => [positions.get(thing) ?? 0, id(thing)])
}

type LevelArgs = PageArgs & { readonly query?: string | null }

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

const catalogue: Resolvers = {
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

const inventory: Resolvers = {
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

const warehouseAddress = {
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

type Bag = (order: Order) => unknown
const bag =
  (of: (order: Order) => number): Bag =>
  (order) =>
    moneyBag(order.currency, of(order))

const order: Resolvers = {
  Order: {
    ...identity('Order'),
    ...times,
    processedAt: ({ processedAt }: Order) => utcText(processedAt),
    closed: ({ closedAt }: Order) => closedAt !== undefined,
    closedAt: ({ closedAt }: Order) => time(closedAt),
    cancelledAt: ({ cancelledAt }: Order) => time(cancelledAt),
    confirmed: () => true,
    edited: () => false,
    registeredSourceUrl: ({ sourceUrl }: Order) => sourceUrl ?? null,
    attribution: ({ madeByApp }: Order) => (madeByApp ? null : { handle: 'online_store', displayName: 'Online Store' }),
    app: ({ madeByApp }: Order, _: unknown, { world }: Context) =>
      madeByApp ? { id: gid('App', world.appId), name: 'Onhand' } : { id: gid('App', '580111'), name: 'Online Store' },
    currencyCode: ({ currency }: Order) => currency,
    presentmentCurrencyCode: ({ currency }: Order) => currency,
    displayFinancialStatus: ({ financialStatus }: Order) => financialStatus,
    displayFulfillmentStatus: fulfilmentStatus,
    returnStatus: () => 'NO_RETURN',
    fullyPaid: ({ financialStatus }: Order) => financialStatus === 'PAID',
    unpaid: ({ financialStatus }: Order) => financialStatus === 'PENDING' || financialStatus === 'AUTHORIZED',
    fulfillable: ({ lines, cancelledAt }: Order) =>
      cancelledAt === undefined && lines.some((line) => openUnits(line) > 0),
    requiresShipping: ({ lines }: Order) => lines.some((line) => line.requiresShipping),
    paymentGatewayNames: ({ gateways }: Order) => gateways,
    currentSubtotalLineItemsQuantity: ({ lines }: Order) => lines.reduce((n, line) => n + currentUnits(line), 0),
    subtotalLineItemsQuantity: ({ lines }: Order) => lines.reduce((n, line) => n + line.quantity, 0),
    subtotalPriceSet: bag((order) => totalsOf(order).currentSubtotal),
    totalPriceSet: bag((order) => totalsOf(order).total),
    originalTotalPriceSet: bag((order) => totalsOf(order).total),
    currentTotalPriceSet: bag((order) => totalsOf(order).currentTotal),
    totalTaxSet: bag((order) => totalsOf(order).tax),
    totalShippingPriceSet: bag((order) => totalsOf(order).shipping),
    totalDiscountsSet: bag(() => 0),
    totalRefundedSet: bag((order) => totalsOf(order).refunded),
    totalOutstandingSet: bag((order) => (order.financialStatus === 'PENDING' ? totalsOf(order).currentTotal : 0)),
    shippingAddress: ({ address }: Order) => address ?? null,
    billingAddress: ({ billingAddress, address }: Order) => billingAddress ?? address ?? null,
    shippingLine: (order: Order) => order.shipping[0] ?? null,
    shippingLines: (order: Order, args: PageArgs) => byPosition(order.shipping, args, ({ id }) => id),
    lineItems: (order: Order, args: PageArgs) => byPosition(order.lines, args, ({ id }) => id),
    refunds: ({ refunds }: Order, { first }: { first?: number | null }) => refunds.slice(0, first ?? undefined),
    fulfillmentOrders: (order: Order, args: PageArgs) => byPosition(order.fulfilmentOrders, args, ({ id }) => id),
    fulfillments: ({ fulfilments }: Order, { first }: { first?: number | null }) =>
      fulfilments.slice(0, first ?? undefined),
    fulfillmentsCount: ({ fulfilments }: Order) => ({ count: fulfilments.length, precision: 'EXACT' }),
    metafield: (order: Order, { namespace, key }: { namespace?: string; key: string }, { world }: Context) =>
      order.metafields.find((one) => one.key === key && one.namespace === appNamespace(world, namespace)) ?? null,
  },
  Metafield: {
    ...identity('Metafield'),
    createdAt: (field: OwnedMetafield) => utcText(field.createdAt),
    updatedAt: (field: OwnedMetafield) => utcText(field.createdAt),
  },
  MailingAddress: {
    id: (address: PostalAddress) => gid('MailingAddress', address.id),
    name: ({ firstName, lastName }: PostalAddress) => [firstName, lastName].filter(Boolean).join(' ') || null,
    province: ({ provinceCode }: PostalAddress) => provinceCode ?? null,
    country: ({ countryCode }: PostalAddress) => countryCode ?? null,
    countryCodeV2: ({ countryCode }: PostalAddress) => countryCode ?? null,
    formatted: ({ address1, zip, city }: PostalAddress) =>
      [address1, `${zip ?? ''} ${city ?? ''}`.trim()].filter(Boolean),
  },
  LineItem: {
    id: (line: Line) => gid('LineItem', line.id),
    name: ({ title }: Line) => title,
    variantTitle: () => null,
    vendor: () => null,
    currentQuantity: currentUnits,
    refundableQuantity: currentUnits,
    unfulfilledQuantity: openUnits,
    fulfillableQuantity: openUnits,
    nonFulfillableQuantity: (line: Line) => line.quantity - openUnits(line),
    restockable: (line: Line) => line.variant !== undefined,
    isGiftCard: () => false,
    taxable: () => true,
    product: ({ variant }: Line) => variant?.product ?? null,
    lineItemGroup: () => null,
    customAttributes: ({ properties }: Line) => properties,
    originalUnitPriceSet: ({ order, unitCents }: Line) => moneyBag(order.currency, unitCents),
    discountedUnitPriceSet: ({ order, unitCents }: Line) => moneyBag(order.currency, unitCents),
    discountedUnitPriceAfterAllDiscountsSet: ({ order, unitCents }: Line) => moneyBag(order.currency, unitCents),
    originalTotalSet: ({ order, unitCents, quantity }: Line) => moneyBag(order.currency, unitCents * quantity),
    discountedTotalSet: ({ order, unitCents, quantity }: Line) => moneyBag(order.currency, unitCents * quantity),
    totalDiscountSet: ({ order }: Line) => moneyBag(order.currency, 0),
    taxLines: ({ taxes }: Line) => taxes,
  },
  ShippingLine: {
    id: (charge: ShippingCharge) => gid('ShippingLine', charge.id),
    carrierIdentifier: () => null,
    custom: () => false,
    isRemoved: () => false,
    originalPriceSet: ({ cents }: ShippingCharge, _: unknown, { world }: Context) =>
      moneyBag(world.options.currency, cents),
    discountedPriceSet: ({ cents }: ShippingCharge, _: unknown, { world }: Context) =>
      moneyBag(world.options.currency, cents),
    taxLines: ({ taxes }: ShippingCharge) => taxes,
  },
  TaxLine: {
    ratePercentage: ({ rate }: Tax) => rate * 100,
    source: () => null,
    channelLiable: () => null,
    priceSet: ({ cents }: Tax, _: unknown, { world }: Context) => moneyBag(world.options.currency, cents),
  },
  Refund: {
    ...identity('Refund'),
    createdAt: times.createdAt,
    updatedAt: times.createdAt,
    processedAt: times.createdAt,
    note: ({ note }: Refund) => note ?? null,
    totalRefundedSet: ({ order, refundedCents }: Refund) => moneyBag(order.currency, refundedCents),
    refundLineItems: ({ lines }: Refund, args: PageArgs) => byPosition(lines, args, ({ id }) => id),
  },
  RefundLineItem: {
    id: ({ id }: RefundLine) => gid('RefundLineItem', id),
    lineItem: ({ line }: RefundLine) => line,
    restocked: ({ restockType }: RefundLine) => restockType !== 'NO_RESTOCK',
    location: ({ place }: RefundLine) => place ?? null,
    priceSet: ({ line }: RefundLine) => moneyBag(line.order.currency, line.unitCents),
    subtotalSet: ({ line, quantity }: RefundLine) => moneyBag(line.order.currency, line.unitCents * quantity),
    totalTaxSet: ({ line }: RefundLine) => moneyBag(line.order.currency, 0),
  },
}

const actions: Record<FulfilmentOrder['status'], readonly string[]> = {
  OPEN: ['CREATE_FULFILLMENT', 'HOLD', 'MOVE', 'REPORT_PROGRESS', 'SPLIT'],
  IN_PROGRESS: ['CREATE_FULFILLMENT', 'MARK_AS_OPEN', 'MOVE'],
  CLOSED: [],
  CANCELLED: [],
}

const fulfilment: Resolvers = {
  FulfillmentOrder: {
    ...times,
    id: identity('FulfillmentOrder').id,
    requestStatus: () => 'UNSUBMITTED',
    fulfillAt: ({ createdAt }: FulfilmentOrder) => utcText(Math.floor(createdAt / 3_600_000) * 3_600_000),
    fulfillBy: () => null,
    orderId: ({ order }: FulfilmentOrder) => gid('Order', order.id),
    orderName: ({ order }: FulfilmentOrder) => order.name,
    orderProcessedAt: ({ order }: FulfilmentOrder) => utcText(order.processedAt),
    assignedLocation: ({ place }: FulfilmentOrder) => ({ ...warehouseAddress, name: place.name, location: place }),
    supportedActions: ({ status }: FulfilmentOrder) => actions[status].map((action) => ({ action, externalUrl: null })),
    fulfillmentHolds: () => [],
    deliveryMethod: ({ id, lines }: FulfilmentOrder) => ({
      id: gid('DeliveryMethod', id),
      methodType: lines.some(({ line }) => line.requiresShipping) ? 'SHIPPING' : 'NONE',
      presentedName: 'Standard',
      serviceCode: null,
    }),
    lineItems: ({ lines }: FulfilmentOrder, args: PageArgs) => byPosition(lines, args, ({ id }) => id),
    fulfillments: (from: FulfilmentOrder, args: PageArgs) =>
      byPosition(
        from.order.fulfilments.filter((one) => one.from.includes(from)),
        args,
        ({ id }) => id,
      ),
  },
  FulfillmentOrderLineItem: {
    id: identity('FulfillmentOrderLineItem').id,
    sku: ({ line }: FulfilmentOrderLine) => line.sku ?? null,
    productTitle: ({ line }: FulfilmentOrderLine) => line.title,
    variantTitle: () => null,
    vendor: () => null,
    totalQuantity: ({ total }: FulfilmentOrderLine) => total,
    remainingQuantity: ({ remaining }: FulfilmentOrderLine) => remaining,
    requiresShipping: ({ line }: FulfilmentOrderLine) => line.requiresShipping,
    inventoryItemId: ({ line }: FulfilmentOrderLine) =>
      line.variant ? gid('InventoryItem', line.variant.item.id) : null,
    lineItem: ({ line }: FulfilmentOrderLine) => line,
    variant: ({ line }: FulfilmentOrderLine) => line.variant ?? null,
  },
  Fulfillment: {
    ...identity('Fulfillment'),
    ...times,
    displayStatus: ({ status }: Fulfilment) => (status === 'CANCELLED' ? 'CANCELED' : 'FULFILLED'),
    deliveredAt: () => null,
    inTransitAt: () => null,
    estimatedDeliveryAt: () => null,
    requiresShipping: ({ lines }: Fulfilment) => lines.some(({ line }) => line.requiresShipping),
    totalQuantity: ({ lines }: Fulfilment) => lines.reduce((n, { quantity }) => n + quantity, 0),
    location: ({ place }: Fulfilment) => place,
    trackingInfo: ({ tracking }: Fulfilment, { first }: { first?: number | null }) =>
      tracking.numbers
        .map((number, i) => ({
          company: tracking.company ?? null,
          number,
          url: tracking.urls[i] ?? trackingLink(tracking.company, number) ?? null,
        }))
        .slice(0, first ?? undefined),
    events: (_: Fulfilment, args: PageArgs) => page<{ id: string }>([], args, ({ id }) => [0, id]),
    fulfillmentLineItems: ({ lines }: Fulfilment, args: PageArgs) => byPosition(lines, args, ({ id }) => id),
    fulfillmentOrders: ({ from }: Fulfilment, args: PageArgs) => byPosition(from, args, ({ id }) => id),
  },
  FulfillmentLineItem: {
    id: identity('FulfillmentLineItem').id,
    lineItem: ({ line }: FulfilmentLine) => line,
    originalTotalSet: ({ line, quantity }: FulfilmentLine) => moneyBag(line.order.currency, line.unitCents * quantity),
    discountedTotalSet: ({ line, quantity }: FulfilmentLine) =>
      moneyBag(line.order.currency, line.unitCents * quantity),
  },
}

export const typeResolvers: Resolvers = { ...catalogue, ...inventory, ...order, ...fulfilment }
