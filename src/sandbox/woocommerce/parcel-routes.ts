/** Tracking numbers over HTTP: the core's fulfilments and the tracking plugin, both off unless asked for. */

import {
  createFulfilment,
  deleteFulfilment,
  findFulfilment,
  fulfilmentJson,
  lookup,
  updateFulfilment,
} from './fulfilments.ts'
import { findOrder } from './order-routes.ts'
import { RestError } from './rest-error.ts'
import { type Call, created, ok, type Route, updates } from './route.ts'
import type { Order, State } from './state.ts'
import { addTracking, deleteTracking, invalidTracking, providers, trackingItems, trackingJson } from './trackings.ts'

/** These routes have a 404 of their own, with the status as a STRING. */
function orderForFulfilment(state: State, call: Call): Order {
  const order = state.orders.get(call.id(0))
  if (!order) throw new RestError(404, 'woocommerce_rest_order_invalid_id', 'Invalid order ID.', { status: '404' })
  return order
}

function fulfilmentRoutes(state: State): Route[] {
  const order = (call: Call) => orderForFulfilment(state, call)
  const json = (call: Call, at = 1) => fulfilmentJson(state, order(call), findFulfilment(order(call), call.id(at)))
  const update = (call: Call) => {
    updateFulfilment(state, order(call), findFulfilment(order(call), call.id(1)), call.fields)
    return ok(json(call))
  }
  // A guest order's parcels are open to anybody: the shop checks only that the customer is 0.
  const isPublic = (call: Call) => state.orders.get(call.id(0))?.customerId === 0
  const root = 'wc/v3/orders/:id/fulfillments'
  return [
    {
      path: root,
      isPublic,
      verbs: {
        GET: (call) => ok(order(call).fulfilments.map((one) => fulfilmentJson(state, order(call), one))),
        POST: (call) => ({
          status: 201,
          body: fulfilmentJson(state, order(call), createFulfilment(state, order(call), call.fields)),
        }),
      },
    },
    { path: `${root}/lookup`, verbs: { GET: (call) => ok(lookup(call.query.get('tracking_number') ?? '')) } },
    {
      path: `${root}/:id`,
      isPublic,
      verbs: {
        GET: (call) => ok(json(call)),
        ...updates(update),
        DELETE: (call) => {
          deleteFulfilment(state, order(call), findFulfilment(order(call), call.id(1)))
          return ok({ message: 'Fulfillment deleted successfully.' })
        },
      },
    },
    {
      path: `${root}/:id/metadata`,
      isPublic,
      verbs: { GET: (call) => ok(json(call).meta_data), PUT: (call) => ok(update(call).body) },
    },
  ]
}

/** The plugin answers at its own namespace and at the shop's. */
function trackingRoutes(state: State, namespace: string): Route[] {
  const order = (call: Call) => findOrder(state, call.id(0))
  const find = (call: Call) => {
    const item = trackingItems(order(call)).find(({ tracking_id }) => tracking_id === call.parts[1])
    if (!item) throw invalidTracking()
    return item
  }
  const root = `${namespace}/orders/:id/shipment-trackings`
  return [
    {
      path: root,
      verbs: {
        GET: (call) => ok(trackingItems(order(call)).map((item) => trackingJson(state, order(call), item))),
        POST: (call) => {
          const item = addTracking(state, order(call), call.fields)
          const location = `${state.options.home}/wp-json/${namespace}/orders/${call.id(0)}/shipment-trackings/0`
          return created(trackingJson(state, order(call), item), location)
        },
      },
    },
    { path: `${root}/providers`, verbs: { GET: () => ok(providers) } },
    {
      path: `${root}/:word`,
      verbs: {
        GET: (call) => ok(trackingJson(state, order(call), find(call))),
        DELETE: (call) => {
          const item = find(call)
          deleteTracking(state, order(call), item)
          return ok(trackingJson(state, order(call), item))
        },
      },
    },
  ]
}

export function parcelRoutes(state: State): Route[] {
  return [
    ...(state.options.fulfillments ? fulfilmentRoutes(state) : []),
    ...(state.options.shipmentTracking
      ? ['wc-shipment-tracking/v3', 'wc-ast/v3', 'wc/v3'].flatMap((name) => trackingRoutes(state, name))
      : []),
  ]
}
