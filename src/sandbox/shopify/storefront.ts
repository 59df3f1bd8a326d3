/** The buyers' and the merchant's side of the shop: no API, no rate limit. */

import type { SandboxCounter, SandboxOrder } from '../shop.ts'
import { fulfil, isOpen, route } from './fulfilment.ts'
import { parseGid } from './ids.ts'
import { currentUnits, fulfilmentStatus, type Order, openUnits, type Place, totalsOf, type Variant } from './model.ts'
import { cancelOrder, hasLiveFulfilment } from './refunds.ts'
import { freeUnits, levelAt, move } from './stock.ts'
import { mainPlace, type World } from './world.ts'

export function variantNamed(world: World, sku: string): Variant {
  const variant = world.variantBySku.get(sku)
  if (!variant) throw new Error(`The shop has no ${sku}`)
  return variant
}

/** An order is named by its number, as everywhere outside GraphQL, or by its global id. */
const find = (world: World, order: string): Order | undefined => world.orders.get(parseGid(order)?.id ?? order)

export function cancel(world: World, id: string): boolean {
  const order = find(world, id)
  if (!order || order.cancelledAt !== undefined || hasLiveFulfilment(order)) return false
  cancelOrder(world, order, 'CUSTOMER', true, order.financialStatus === 'PAID' ? totalsOf(order).total : 0)
  return true
}

/** Each location ships its own parcel from its fulfilment orders; if routing is not done yet, it is done now. */
export function ship(world: World, id: string, tracking: { carrier: string; number: string }): boolean {
  const order = find(world, id)
  if (!order || order.cancelledAt !== undefined) return false
  route(world, order)
  const picked = order.fulfilmentOrders
    .filter(isOpen)
    .flatMap((from) => from.lines.map((line) => ({ from, line, units: line.remaining })))
    .filter(({ units }) => units > 0)
  if (!picked.length) return false
  for (const place of new Set(picked.map(({ from }) => from.place))) {
    const here = picked.filter(({ from }) => from.place === place)
    fulfil(world, order, here, { company: tracking.carrier, numbers: [tracking.number], urls: [] })
  }
  return true
}

/** Sets available at one location; on hand moves by the same difference. */
export function setStockByHand(world: World, sku: string, quantity: number, place: Place = mainPlace(world)): void {
  const level = levelAt(world, variantNamed(world, sku).item, place)
  move(world, level, 'available', quantity - level.quantities.available)
}

/** What buyers could have now; an unlimited listing shows its count, one that is not on sale nothing. */
export const shelf = (world: World): ReadonlyMap<string, number> =>
  new Map(
    [...world.variantBySku].map(([sku, { item, product }]) => [
      sku,
      product.status === 'ACTIVE' ? Math.max(0, freeUnits(item)) : 0,
    ]),
  )

/** Where checkouts are seen, their units have left available already; a buyer who pays takes them from there. */
export function counter(world: World, sku: string): SandboxCounter {
  const { levels } = variantNamed(world, sku).item
  let units = 0
  let heldUnits = 0
  for (const { quantities, held } of levels.values()) {
    units += quantities.available + quantities.reserved
    heldUnits += held + quantities.reserved
  }
  return { units, heldUnits }
}

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
