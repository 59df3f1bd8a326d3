/** How an order leaves the building: routing makes fulfilment orders, a fulfilment takes units out of committed and on hand. */

import {
  addCommitted,
  type Fulfilment,
  type FulfilmentLine,
  type FulfilmentOrder,
  type Line,
  type Order,
  openUnits,
  type Place,
  type Tracking,
} from './model.ts'
import { fulfilmentPayload, orderPayload, routingPayload } from './payloads-order.ts'
import { successorOf } from './places.ts'
import { levelAt, move } from './stock.ts'
import { mainPlace, type World } from './world.ts'

export function touch(world: World, order: Order): void {
  order.updatedAt = world.now()
  world.tell({ topic: 'orders/updated', about: order.id, payload: () => orderPayload(world, order) })
}

/** What order routing does some time after the order. A cancelled order gets nothing. */
export function route(world: World, order: Order): void {
  if (order.routed) return
  order.routed = true
  if (order.cancelledAt !== undefined) return
  const byPlace = new Map<Place, OpenLine[]>()
  for (const line of order.lines)
    for (const { place, units } of routed(line, mainPlace(world)))
      byPlace.set(place, [...(byPlace.get(place) ?? []), { line, units }])
  for (const [place, open] of byPlace) {
    const made = addFulfilmentOrder(world, order, place, open)
    world.tell({
      topic: 'fulfillment_orders/order_routing_complete',
      about: made.id,
      payload: () => routingPayload(made),
    })
  }
}

export interface OpenLine {
  readonly line: Line
  readonly units: number
}

/** The open units of a line by the place that committed them; what nobody committed is for the first location. */
function routed(line: Line, first: Place): { place: Place; units: number }[] {
  let left = openUnits(line)
  const parts = [...line.committed].map(([place, committed]) => ({ place, units: Math.min(left, committed) }))
  for (const { units } of parts) left -= units
  const atFirst = parts.find(({ place }) => place === first)
  if (atFirst) atFirst.units += left
  else parts.push({ place: first, units: left })
  return parts.filter(({ units }) => units > 0)
}

export function addFulfilmentOrder(
  world: World,
  order: Order,
  place: Place,
  open: readonly OpenLine[],
): FulfilmentOrder {
  const fulfilmentOrder: FulfilmentOrder = {
    __typename: 'FulfillmentOrder',
    id: world.newId('FulfillmentOrder'),
    order,
    place,
    lines: open.map(({ line, units }) => ({
      __typename: 'FulfillmentOrderLineItem',
      id: world.newId('FulfillmentOrderLineItem'),
      line,
      total: units,
      remaining: units,
    })),
    status: 'OPEN',
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  order.fulfilmentOrders.push(fulfilmentOrder)
  world.fulfilmentOrders.set(fulfilmentOrder.id, fulfilmentOrder)
  return fulfilmentOrder
}

export const isOpen = (fulfilmentOrder: FulfilmentOrder): boolean =>
  fulfilmentOrder.status === 'OPEN' || fulfilmentOrder.status === 'IN_PROGRESS'

/** One line of a fulfilment order and how much of it ships. */
export interface Picked {
  readonly from: FulfilmentOrder
  readonly line: FulfilmentOrder['lines'][number]
  readonly units: number
}

/** Ships what was picked, which the caller has checked to be open. */
export function fulfil(world: World, order: Order, picked: readonly Picked[], tracking: Tracking): Fulfilment {
  const from = [...new Set(picked.map((pick) => pick.from))]
  const place = from[0]?.place ?? mainPlace(world)
  const lines = picked.map(({ line: { line }, units }): FulfilmentLine => {
    const taken = Math.min(units, line.committed.get(place) ?? 0)
    line.fulfilled += units
    addCommitted(line, place, -taken)
    line.taken += taken
    if (line.variant && taken > 0) move(world, levelAt(world, line.variant.item, place), 'committed', -taken)
    return { __typename: 'FulfillmentLineItem', id: world.newId('FulfillmentLineItem'), line, quantity: units, taken }
  })
  for (const { line, units } of picked) line.remaining -= units
  for (const one of from) {
    one.status = one.lines.every((line) => line.remaining === 0) ? 'CLOSED' : 'IN_PROGRESS'
    one.updatedAt = world.now()
  }
  const fulfilment: Fulfilment = {
    __typename: 'Fulfillment',
    id: world.newId('Fulfillment'),
    name: `${order.name}-F${order.fulfilments.length + 1}`,
    order,
    place,
    lines,
    from,
    status: 'SUCCESS',
    tracking,
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  order.fulfilments.push(fulfilment)
  world.fulfilments.set(fulfilment.id, fulfilment)
  tellFulfilment(world, fulfilment, 'fulfillments/create')
  touch(world, order)
  if (order.lines.every((line) => openUnits(line) === 0))
    world.tell({ topic: 'orders/fulfilled', about: order.id, payload: () => orderPayload(world, order) })
  return fulfilment
}

function tellFulfilment(world: World, fulfilment: Fulfilment, topic: string): void {
  world.tell({ topic, about: fulfilment.id, payload: () => fulfilmentPayload(world, fulfilment) })
}

/** The new tracking replaces the old; whether Shopify merges instead is not documented. */
export function retrack(world: World, fulfilment: Fulfilment, tracking: Tracking): void {
  fulfilment.tracking = tracking
  fulfilment.updatedAt = world.now()
  tellFulfilment(world, fulfilment, 'fulfillments/update')
  touch(world, fulfilment.order)
}

/** The units become open again in a new fulfilment order, and are committed again as far as they were before. */
export function unfulfil(world: World, fulfilment: Fulfilment): void {
  fulfilment.status = 'CANCELLED'
  fulfilment.updatedAt = world.now()
  const place = successorOf(fulfilment.place)
  for (const { line, quantity, taken } of fulfilment.lines) {
    line.fulfilled -= quantity
    line.taken -= taken
    addCommitted(line, place, taken)
    if (line.variant && taken > 0) move(world, levelAt(world, line.variant.item, place), 'committed', taken)
  }
  addFulfilmentOrder(
    world,
    fulfilment.order,
    place,
    fulfilment.lines.map(({ line, quantity }) => ({ line, units: quantity })),
  )
  tellFulfilment(world, fulfilment, 'fulfillments/update')
  touch(world, fulfilment.order)
}
