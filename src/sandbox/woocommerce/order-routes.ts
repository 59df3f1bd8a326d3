/** Orders, refunds and notes over HTTP. */

import { type Answer, answerPage, dateFilter, listOrders, sortRows } from './lists.ts'
import { noteJson, orderJson, refundJson } from './order-json.ts'
import { addNote } from './order-status.ts'
import { createOrder, forceDeleteOrder, invalidOrder, matchesSearch, trashOrder, updateOrder } from './orders.ts'
import { apiRoot } from './product-json.ts'
import { createRefund, deleteRefund } from './refunds.ts'
import { RestError } from './rest-error.ts'
import { batch, type Call, created, idFilter, ok, type Route, updates, wordsOf } from './route.ts'
import type { Order, State } from './state.ts'
import { orderSchema, orderStatuses, refundSchema, validate, validateList } from './validate.ts'
import { type Fields, phpBool, textOf } from './values.ts'

const listRules = { orderby: listOrders, statuses: orderStatuses }

function listOrdersOf(state: State, call: Call): Answer {
  const { query } = call
  validateList(query, listRules)
  const [inDates, byId] = [dateFilter(query, state.options.utcOffsetMinutes), idFilter(query)]
  const [statuses, ways] = [wordsOf(query, 'status'), wordsOf(query, 'created_via')]
  const isAny = statuses.size === 0 || statuses.has('any')
  const [search, product] = [query.get('search'), Number(query.get('product') ?? 0)]
  const found = [...state.orders.values()].filter(
    (order) =>
      (isAny ? order.status !== 'trash' : statuses.has(order.status)) &&
      byId(order) &&
      inDates(order) &&
      (ways.size === 0 || ways.has(order.createdVia)) &&
      (!search || matchesSearch(order, search)) &&
      (!product || order.lines.some(({ productId, variationId }) => productId === product || variationId === product)),
  )
  return answerPage(
    sortRows(found, query, ({ id }) => String(id)),
    query,
    call.url,
    (order) => orderJson(state, order),
  )
}

export function findOrder(state: State, id: number, status = 404): Order {
  const order = state.orders.get(id)
  if (!order) throw invalidOrder(status)
  return order
}

function removeOrder(state: State, order: Order, force: boolean): Fields {
  if (force) {
    const body = orderJson(state, order)
    forceDeleteOrder(state, order)
    return body
  }
  trashOrder(state, order)
  return orderJson(state, order)
}

function orderItself(state: State): Route[] {
  const update = (id: number, fields: Fields, status: number) => {
    const order = findOrder(state, id, status)
    updateOrder(state, order, fields)
    return orderJson(state, order)
  }
  return [
    {
      path: 'wc/v3/orders',
      verbs: {
        GET: (call) => listOrdersOf(state, call),
        POST: ({ fields }) => {
          validate(orderSchema, fields)
          const order = createOrder(state, fields)
          return created(orderJson(state, order), `${apiRoot(state)}/orders/${order.id}`)
        },
      },
    },
    {
      path: 'wc/v3/orders/:id',
      verbs: {
        GET: (call) => ok(orderJson(state, findOrder(state, call.id(0)))),
        ...updates((call) => {
          validate(orderSchema, call.fields)
          return ok(update(call.id(0), call.fields, 404))
        }),
        DELETE: (call) => ok(removeOrder(state, findOrder(state, call.id(0)), call.force)),
      },
    },
    {
      path: 'wc/v3/orders/batch',
      verbs: updates(
        batch({
          create: (fields) => orderJson(state, createOrder(state, fields)),
          update: (id, fields) => update(id, fields, 400),
          delete: (id) => removeOrder(state, findOrder(state, id), true),
        }),
      ),
    },
  ]
}

function findRefund(order: Order, id: number) {
  const refund = order.refunds.find((one) => one.id === id)
  if (!refund) throw new RestError(404, 'woocommerce_rest_invalid_order_refund_id', 'Invalid order refund ID.')
  return refund
}

const noTrash = (what: string) =>
  new RestError(501, 'woocommerce_rest_trash_not_supported', `${what} do not support trashing.`)

function refundRoutes(state: State): Route[] {
  const order = (call: Call) => findOrder(state, call.id(0))
  return [
    {
      path: 'wc/v3/orders/:id/refunds',
      verbs: {
        GET: (call) =>
          answerPage(order(call).refunds.toReversed(), call.query, call.url, (one) =>
            refundJson(state, order(call), one),
          ),
        POST: (call) => {
          validate(refundSchema, call.fields)
          const refund = createRefund(state, order(call), call.fields)
          return created(
            refundJson(state, order(call), refund),
            `${apiRoot(state)}/orders/(?P<order_id>[\\d]+)/refunds/${refund.id}`,
          )
        },
      },
    },
    {
      path: 'wc/v3/orders/:id/refunds/:id',
      verbs: {
        GET: (call) => ok(refundJson(state, order(call), findRefund(order(call), call.id(1)))),
        DELETE: (call) => {
          if (!call.force) throw noTrash('Refunds')
          const refund = findRefund(order(call), call.id(1))
          const body = refundJson(state, order(call), refund)
          deleteRefund(state, order(call), refund)
          return ok(body)
        },
      },
    },
  ]
}

/** Notes move no date and tell nobody. */
function noteRoutes(state: State): Route[] {
  return [
    {
      path: 'wc/v3/orders/:id/notes',
      verbs: {
        GET: (call) => {
          const order = findOrder(state, call.id(0))
          const type = call.query.get('type')
          const notes = order.notes.filter(({ toCustomer }) =>
            type === 'customer' ? toCustomer : type !== 'internal' || !toCustomer,
          )
          return ok(notes.map((note) => noteJson(state, order, note)))
        },
        POST: (call) => {
          const order = findOrder(state, call.id(0))
          const text = textOf(call.fields.note)
          if (!text)
            throw new RestError(400, 'rest_missing_callback_param', 'Missing parameter(s): note', {
              status: 400,
              params: ['note'],
            })
          const note = addNote(state, order, text, 'admin', phpBool(call.fields.customer_note))
          return created(noteJson(state, order, note), `${apiRoot(state)}/orders/${order.id}/notes/${note.id}`)
        },
      },
    },
  ]
}

export function orderRoutes(state: State): Route[] {
  return [...orderItself(state), ...refundRoutes(state), ...noteRoutes(state)]
}
