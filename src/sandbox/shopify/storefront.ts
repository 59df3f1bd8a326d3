/** The buyers' and the merchant's side of the shop: no API, no rate limit. */

import type { Purchase, SandboxOrder } from '../shop.ts'
import { fulfil, isOpen, route } from './fulfilment.ts'
import { parseGid } from './ids.ts'
import { currentUnits, fulfilmentStatus, type Order, openUnits, totalsOf } from './model.ts'
import { placeOrder, unitsPerVariant } from './place-order.ts'
import { cancelOrder, hasLiveFulfilment } from './refunds.ts'
import { levelAt, move, sellable } from './stock.ts'
import type { World } from './world.ts'

const buyers = [
  { firstName: 'Sanne', lastName: 'de Vries', address1: 'Prinsengracht 12', zip: '1015 DV', city: 'Amsterdam' },
  { firstName: 'Daan', lastName: 'Bakker', address1: 'Coolsingel 40', zip: '3011 AD', city: 'Rotterdam' },
  { firstName: 'Emma', lastName: 'Jansen', address1: 'Oudegracht 158', zip: '3511 AZ', city: 'Utrecht' },
  { firstName: 'Sem', lastName: 'Visser', address1: 'Grote Markt 1', zip: '9712 HN', city: 'Groningen' },
] as const

/** All lines or none: a basket is refused when one line asks more than is available. */
export function buy(world: World, basket: readonly { sku: string; quantity: number }[]): Purchase {
  const lines = basket.map(({ sku, quantity }) => ({ variant: world.variantBySku.get(sku), quantity }))
  for (const { variant } of lines) if (!variant) return { ok: false, reason: 'unknown_sku' }
  for (const [variant, units] of unitsPerVariant(lines))
    if (units > (sellable(variant) ?? Number.POSITIVE_INFINITY)) return { ok: false, reason: 'out_of_stock' }
  const buyer = buyers[Math.floor(world.deps.random.next() * buyers.length)] ?? buyers[0]
  const order = placeOrder(
    world,
    {
      sourceName: 'web',
      madeByApp: false,
      currency: world.options.currency,
      taxesIncluded: true,
      test: false,
      lines: lines.flatMap(({ variant, quantity }) =>
        variant
          ? {
              variant,
              title: variant.product.title,
              sku: variant.sku,
              quantity,
              unitCents: variant.priceCents,
              requiresShipping: true,
              taxes: [],
              properties: [],
            }
          : [],
      ),
      shipping: [{ title: 'Standard', code: 'Standard', source: 'shopify', cents: 495, taxes: [] }],
      taxes: [],
      gateways: ['shopify_payments'],
      metafields: [],
      financialStatus: 'PAID',
      address: { ...buyer, countryCode: 'NL' },
      tags: [],
      customAttributes: [],
      email: `${buyer.firstName.toLowerCase()}@example.com`,
    },
    true,
  )
  return { ok: true, order: order.id }
}

/** An order is named by its number, as everywhere outside GraphQL, or by its global id. */
const find = (world: World, order: string): Order | undefined => world.orders.get(parseGid(order)?.id ?? order)

export function cancel(world: World, id: string): boolean {
  const order = find(world, id)
  if (!order || order.cancelledAt !== undefined || hasLiveFulfilment(order)) return false
  cancelOrder(world, order, 'CUSTOMER', true, order.financialStatus === 'PAID' ? totalsOf(order).total : 0)
  return true
}

/** The warehouse works from fulfilment orders; if routing is not done yet, it is done now. */
export function ship(world: World, id: string, tracking: { carrier: string; number: string }): boolean {
  const order = find(world, id)
  if (!order || order.cancelledAt !== undefined) return false
  route(world, order)
  const picked = order.fulfilmentOrders
    .filter(isOpen)
    .flatMap((from) => from.lines.map((line) => ({ from, line, units: line.remaining })))
    .filter(({ units }) => units > 0)
  if (!picked.length) return false
  fulfil(world, order, picked, { company: tracking.carrier, numbers: [tracking.number], urls: [] })
  return true
}

/** Sets available; on hand moves by the same difference. */
export function setStockByHand(world: World, sku: string, quantity: number): void {
  const variant = world.variantBySku.get(sku)
  if (!variant) throw new Error(`The shop has no ${sku}`)
  const level = levelAt(world, variant.item, world.place)
  move(world, level, 'available', quantity - level.quantities.available)
}

/** What buyers could have now; an unlimited listing shows its count. */
export const shelf = (world: World): ReadonlyMap<string, number> =>
  new Map(
    [...world.variantBySku].map(([sku, variant]) => [
      sku,
      Math.max(0, levelAt(world, variant.item, world.place).quantities.available),
    ]),
  )

export function orders(world: World): readonly SandboxOrder[] {
  return [...world.orders.values()].map((order) => ({
    id: order.id,
    name: order.name,
    status: fulfilmentStatus(order),
    createdAt: order.createdAt,
    cancelled: order.cancelledAt !== undefined,
    shipped: order.lines.some((line) => line.fulfilled > 0) && order.lines.every((line) => openUnits(line) === 0),
    lines: order.lines.map((line) => ({
      sku: line.sku ?? line.variant?.sku ?? '',
      quantity: order.cancelledAt === undefined ? currentUnits(line) : line.quantity,
    })),
    ...(order.sourceIdentifier?.startsWith('onhand:') ? { reference: order.sourceIdentifier } : {}),
    tracking: order.fulfilments
      .filter((fulfilment) => fulfilment.status === 'SUCCESS')
      .flatMap(({ tracking }) => tracking.numbers.map((number) => ({ carrier: tracking.company ?? '', number }))),
  }))
}
