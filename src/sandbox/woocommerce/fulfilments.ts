/** The core feature `fulfillments` (off by default): meta rows per parcel, hardly checked, with errors of its own shape. */

import { saved } from './orders.ts'
import { RestError } from './rest-error.ts'
import { type Fulfilment, type Meta, metaOf, type Order, putMeta, type State } from './state.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from './values.ts'

const refused = (message: string) => new RestError(400, 0, message)

/** Not found is a 400 with the number 0. */
export function findFulfilment(order: Order, id: number): Fulfilment {
  const found = order.fulfilments.find((one) => one.id === id)
  if (!found) throw refused('Fulfillment not found.')
  return found
}

/** Shop time with a space, unlike every other date of the API. */
const stamp = (state: State, seconds: number) => (state.date(seconds).local ?? '').replace('T', ' ')

export function fulfilmentJson(state: State, order: Order, fulfilment: Fulfilment): Record<string, unknown> {
  return {
    id: fulfilment.id,
    entity_type: 'WC_Order',
    entity_id: String(order.id),
    status: fulfilment.status,
    is_fulfilled: fulfilment.status === 'fulfilled',
    date_updated: stamp(state, fulfilment.updatedAt),
    date_deleted: null,
    meta_data: fulfilment.meta.map(({ id, key, value }) => ({ id, key, value })),
  }
}

/** An entry without `id` is dropped without a word, unless the key is there already. */
function readMeta(state: State, given: unknown, before: readonly Meta[]): Meta[] {
  if (given === undefined || given === null)
    throw new RestError(400, 'rest_missing_callback_param', 'Missing parameter(s): meta_data', {
      status: 400,
      params: ['meta_data'],
    })
  return listOf(given)
    .map<Fields>(fieldsOf)
    .flatMap((entry) => {
      const key = textOf(entry.key)
      const old = before.find((row) => row.key === key)
      if (entry.id === undefined && !old) return []
      return [{ id: old?.id ?? state.nextRowId('meta'), key, value: entry.value }]
    })
}

function itemsOf(meta: readonly Meta[]): readonly Fields[] {
  const items = listOf(metaOf(meta, '_items')).filter(isFields)
  if (items.length === 0) throw refused('The fulfillment should contain at least one item.')
  return items
}

const statusOf = (given: unknown): Fulfilment['status'] => (given === 'fulfilled' ? 'fulfilled' : 'unfulfilled')

/** The order gets a mark, not another status, and its webhook does not hold the number. */
function mark(state: State, order: Order): void {
  const sent = new Map<unknown, number>()
  const done = order.fulfilments.filter(({ status }) => status === 'fulfilled')
  for (const { item_id, qty } of done.flatMap(({ meta }) => itemsOf(meta)))
    sent.set(item_id, (sent.get(item_id) ?? 0) + Number(qty))
  const isWhole = order.lines.every(({ id, quantity }) => (sent.get(id) ?? 0) >= quantity)
  putMeta(
    state,
    order.meta,
    '_fulfillment_status',
    done.length === 0 ? null : isWhole ? 'fulfilled' : 'partially_fulfilled',
  )
  saved(state, order)
}

function stampFulfilled(state: State, fulfilment: Fulfilment): void {
  if (fulfilment.status === 'fulfilled')
    putMeta(state, fulfilment.meta, '_date_fulfilled', stamp(state, fulfilment.updatedAt))
}

/** Quantities, items, providers and repeated numbers are not checked. */
export function createFulfilment(state: State, order: Order, fields: Fields): Fulfilment {
  const meta = readMeta(state, fields.meta_data, [])
  itemsOf(meta)
  const id = state.nextRowId('fulfilment')
  const fulfilment: Fulfilment = { id, status: statusOf(fields.status), updatedAt: state.nowSeconds(), meta }
  stampFulfilled(state, fulfilment)
  order.fulfilments.push(fulfilment)
  mark(state, order)
  return fulfilment
}

/** All meta is replaced: keys that are not sent are gone. */
export function updateFulfilment(state: State, order: Order, fulfilment: Fulfilment, fields: Fields): void {
  const meta = readMeta(state, fields.meta_data, fulfilment.meta)
  itemsOf(meta)
  fulfilment.meta = meta
  if (fields.status !== undefined) fulfilment.status = statusOf(fields.status)
  fulfilment.updatedAt = state.nowSeconds()
  stampFulfilled(state, fulfilment)
  mark(state, order)
}

export function deleteFulfilment(state: State, order: Order, fulfilment: Fulfilment): void {
  order.fulfilments = order.fulfilments.filter((other) => other !== fulfilment)
  mark(state, order)
}

/** A guess of the carrier by the look of the number; PostNL's come back as DHL, as in a real shop. */
export function lookup(number: string): Record<string, unknown> {
  const url = `https://www.dhl.de/en/privatkunden/dhl-sendungsverfolgung.html?piececode=${encodeURIComponent(number)}`
  return { tracking_number: number, shipping_provider: 'dhl', tracking_url: url }
}
