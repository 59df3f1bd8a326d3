/** How an order comes into being, from the storefront or from the API: stock is claimed, routing follows, webhooks go out. */

import { route } from './fulfilment.ts'
import {
  addCommitted,
  type Line,
  type Order,
  type OwnedMetafield,
  type Pair,
  type PostalAddress,
  type ShippingCharge,
  type Tax,
  type Variant,
} from './model.ts'
import { orderPayload } from './payloads-order.ts'
import { type Portion, portions } from './places.ts'
import { commit, levelAt } from './stock.ts'
import type { World } from './world.ts'

export interface LineDraft {
  readonly variant?: Variant | undefined
  readonly title: string
  readonly sku?: string | undefined
  readonly quantity: number
  readonly unitCents: number
  readonly requiresShipping: boolean
  readonly taxes: readonly Tax[]
  readonly properties: readonly Pair[]
  /** Where its units were reserved; left out, they are looked for when the order is placed. */
  readonly from?: readonly Portion[]
}

export interface OrderDraft {
  readonly name?: string | undefined
  readonly sourceName: string
  readonly sourceIdentifier?: string | undefined
  readonly sourceUrl?: string | undefined
  readonly madeByApp: boolean
  readonly processedAt?: number | undefined
  readonly currency: string
  readonly taxesIncluded: boolean
  readonly test: boolean
  readonly lines: readonly LineDraft[]
  readonly shipping: readonly Omit<ShippingCharge, 'id'>[]
  readonly taxes: readonly Tax[]
  readonly gateways: readonly string[]
  readonly metafields: readonly Omit<OwnedMetafield, 'id' | 'createdAt'>[]
  readonly financialStatus: string
  readonly address?: Omit<PostalAddress, 'id'> | undefined
  readonly billingAddress?: Omit<PostalAddress, 'id'> | undefined
  readonly tags: readonly string[]
  readonly customAttributes: readonly Pair[]
  readonly note?: string | undefined
  readonly email?: string | undefined
  readonly phone?: string | undefined
  readonly poNumber?: string | undefined
}

const firstNumber = 1001

/** Units wanted per variant over all lines, because one order may name a variant twice. */
export function unitsPerVariant(
  lines: readonly { readonly variant?: Variant | undefined; readonly quantity: number }[],
) {
  const units = new Map<Variant, number>()
  for (const { variant, quantity } of lines) if (variant) units.set(variant, (units.get(variant) ?? 0) + quantity)
  return units
}

function addLine(world: World, order: Order, draft: LineDraft, claims: boolean): void {
  const { variant, sku, from, ...rest } = draft
  const line: Line = {
    __typename: 'LineItem',
    id: world.newId('LineItem'),
    order,
    ...(variant ? { variant } : {}),
    ...(sku === undefined ? {} : { sku }),
    ...rest,
    removed: 0,
    returned: 0,
    fulfilled: 0,
    committed: new Map(),
    taken: 0,
  }
  order.lines.push(line)
  if (!claims || !variant?.item.tracked) return
  for (const { place, units } of from ?? portions(world, variant, draft.quantity)) {
    addCommitted(line, place, units)
    commit(world, levelAt(world, variant.item, place), units)
  }
}

/**
 * Books an order whose stock the caller has checked. `claims: false` is a BYPASS order: its units are in no counter.
 * `id`: the number a checkout was given when the buyer began to pay.
 */
export function placeOrder(world: World, draft: OrderDraft, claims: boolean, id = world.newId('Order')): Order {
  const number = firstNumber + world.orders.size
  const now = world.now()
  const address = (given: Omit<PostalAddress, 'id'> | undefined) =>
    given && { ...given, id: world.newId('MailingAddress') }
  const order: Order = {
    __typename: 'Order',
    id,
    name: draft.name ?? `#${number}`,
    number,
    sourceName: draft.sourceName,
    sourceIdentifier: draft.sourceIdentifier,
    sourceUrl: draft.sourceUrl,
    madeByApp: draft.madeByApp,
    createdAt: now,
    processedAt: Math.min(draft.processedAt ?? now, now),
    currency: draft.currency,
    taxesIncluded: draft.taxesIncluded,
    test: draft.test,
    lines: [],
    shipping: draft.shipping.map((charge) => ({ id: world.newId('ShippingLine'), ...charge })),
    taxes: draft.taxes,
    gateways: draft.gateways,
    metafields: draft.metafields.map((field) => ({ ...field, id: world.newId('Metafield'), createdAt: now })),
    address: address(draft.address),
    billingAddress: address(draft.billingAddress),
    fulfilmentOrders: [],
    fulfilments: [],
    refunds: [],
    financialStatus: draft.financialStatus,
    tags: [...draft.tags],
    customAttributes: draft.customAttributes,
    note: draft.note,
    email: draft.email,
    phone: draft.phone,
    poNumber: draft.poNumber,
    updatedAt: now,
    routed: false,
  }
  for (const line of draft.lines) addLine(world, order, line, claims)
  world.orders.set(order.id, order)
  world.tell({ topic: 'orders/create', about: order.id, payload: () => orderPayload(world, order) })
  world.later(world.options.routingMs, () => route(world, order))
  return order
}
