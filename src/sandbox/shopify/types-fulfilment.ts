/** How fulfilment orders and fulfilments answer the Admin API's fields. */

import { seesFulfilmentOrders } from './access.ts'
import { trackingLink } from './carriers.ts'
import { gid } from './ids.ts'
import type { Fulfilment, FulfilmentLine, FulfilmentOrder, FulfilmentOrderLine } from './model.ts'
import type { Context, Resolvers } from './resolve.ts'
import { type PageArgs, page } from './search.ts'
import { utcText } from './text.ts'
import { byPosition, identity, moneyBag, times } from './type-helpers.ts'
import { warehouseAddress } from './types-catalogue.ts'

const actions: Record<FulfilmentOrder['status'], readonly string[]> = {
  OPEN: ['CREATE_FULFILLMENT', 'HOLD', 'MOVE', 'REPORT_PROGRESS', 'SPLIT'],
  IN_PROGRESS: ['CREATE_FULFILLMENT', 'MARK_AS_OPEN', 'MOVE'],
  CLOSED: [],
  CANCELLED: [],
}

export const fulfilmentTypes: Resolvers = {
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
    fulfillmentOrders: ({ from }: Fulfilment, args: PageArgs, context: Context) =>
      byPosition(seesFulfilmentOrders(context) ? from : [], args, ({ id }) => id),
  },
  FulfillmentLineItem: {
    id: identity('FulfillmentLineItem').id,
    lineItem: ({ line }: FulfilmentLine) => line,
    originalTotalSet: ({ line, quantity }: FulfilmentLine) => moneyBag(line.order.currency, line.unitCents * quantity),
    discountedTotalSet: ({ line, quantity }: FulfilmentLine) =>
      moneyBag(line.order.currency, line.unitCents * quantity),
  },
}
