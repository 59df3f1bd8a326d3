/** How orders, their lines and refunds answer the Admin API's fields. */

import { seesFulfilmentOrders } from './access.ts'
import { appNamespace } from './app-namespace.ts'
import { gid } from './ids.ts'
import {
  currentUnits,
  fulfilmentStatus,
  type Line,
  type Order,
  type OwnedMetafield,
  openUnits,
  type PostalAddress,
  type Refund,
  type RefundLine,
  type ShippingCharge,
  type Tax,
  totalsOf,
} from './model.ts'
import type { Context, Resolvers } from './resolve.ts'
import type { PageArgs } from './search.ts'
import { utcText } from './text.ts'
import { byPosition, identity, moneyBag, time, times } from './type-helpers.ts'
import type { World } from './world.ts'

type Bag = (order: Order) => unknown
const bag =
  (of: (order: Order) => number): Bag =>
  (order) =>
    moneyBag(order.currency, of(order))

/** A deleted variant is no longer named by the lines that sold it. */
const liveVariant = (world: World, { variant }: Line) => (variant && world.variants.has(variant.id) ? variant : null)

export const orderTypes: Resolvers = {
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
    fulfillmentOrders: (order: Order, args: PageArgs, context: Context) =>
      byPosition(seesFulfilmentOrders(context) ? order.fulfilmentOrders : [], args, ({ id }) => id),
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
    variant: (line: Line, _: unknown, { world }: Context) => liveVariant(world, line),
    product: (line: Line, _: unknown, { world }: Context) => liveVariant(world, line)?.product ?? null,
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
