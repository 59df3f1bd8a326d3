/** Telling TikTok Shop a tracking number: mark the order's package as shipped, or ship a package known beforehand. */

import { z } from 'zod'
import type { RowResult } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Client } from './client.ts'
import type { TrackingBody } from './compose.ts'
import type { Refusal } from './errors.ts'
import { isCancelled, isShipped, lineKey, phaseOf } from './orders.ts'
import { isAboutAnId } from './reading.ts'
import { type LineItem, type Order, order, packageMarked } from './types.ts'

const notInThisRegion = 21008106
const nameTheLines = 21011048
const alreadyShipped = new Set([21011006, 21011020, 21042056, 21008099])

/** What a refusal asks of people, where TikTok's words leave it open. Source: fulfilment error tables. */
const advice: Readonly<Record<number, string>> = {
  11028006: 'The tracking number matches no carrier: check number and carrier.',
  21004012: 'The tracking number has characters that TikTok does not take.',
  21004015: 'The tracking number does not fit the carrier: check number and carrier.',
  21004016: 'The carrier does not serve this order: choose another provider.',
  21011022: 'The tracking number or the provider is not valid for this order.',
  21011025: 'The tracking number is already used by another parcel.',
  21011026: 'The tracking number is used too often.',
  21034012: 'The tracking number is already used by another parcel.',
  21011007: 'The buyer has asked to cancel or return: settle that request first.',
  21011004: 'This order goes out with a label by TikTok: it takes no other tracking number.',
  21008025: 'TikTok ships this order itself.',
  21011033: 'The order has been combined with others: send it by its package in the seller center.',
  21011046: 'The order cannot be split: send all of it under one number.',
  21011036: 'Units of one sku cannot go in different parcels here.',
  21011041: 'The order has been cancelled: do not send it.',
  21011042: 'The order has been cancelled: do not send it.',
  25001010: 'The return of this order is complete: do not send it.',
  21011030: 'The parcel is delivered: its number cannot be corrected any more.',
  21011043: 'The parcel is not shipped yet, so there is no number to correct.',
  21011049: 'TikTok Shop does not let this number be corrected.',
  21011050: 'The time in which TikTok Shop lets a number be corrected (72 hours) has passed.',
  21011051: 'TikTok Shop lets a number be corrected once, and it was.',
  21011052: 'TikTok Shop lets a number be corrected only so often, and it was.',
  21004019: 'An invoice is required first.',
  21004020: 'An invoice is required first.',
  21008111: 'The order belongs to another seller.',
}

const refusedRow = (code: number | string, message: string): RowResult => ({
  ok: false,
  kind: 'rejected',
  code: String(code),
  message,
})
const rowOfRefusal = ({ code, message }: Refusal): RowResult =>
  refusedRow(code, advice[code] ? `${advice[code]} ${message}` : message)

const orders = z.looseObject({ orders: z.array(order).default([]) })

/** `first` is the call to begin with; which one the market takes is learned from its refusal. */
export function createTracking(client: Client, first: 'mark' | 'ship') {
  let way = first

  /** Requests beside the one that was admitted ask for their own place. */
  async function readOrder(id: string): Promise<Order> {
    const { data } = await client.call({
      method: 'GET',
      path: '/order/202507/orders',
      query: { ids: id },
      answer: orders,
      repeatable: true,
      urgency: 'normal',
    })
    const found = data.orders.find((each) => each.id === id)
    if (!found) throw new ChannelError('rejected', `TikTok Shop does not know order ${id}.`)
    return found
  }

  async function mark(body: TrackingBody, lineItemIds: readonly string[] | undefined): Promise<RowResult> {
    const { data } = await client.call({
      method: 'POST',
      path: `/fulfillment/202309/orders/${body.order}/packages`,
      body: {
        ...(lineItemIds ? { order_line_item_ids: lineItemIds } : {}),
        tracking_number: body.number,
        shipping_provider_id: body.provider,
      },
      answer: packageMarked,
      repeatable: false,
    })
    const warning = data.warning?.message
    return { ok: true, ...(data.package_id ? { id: data.package_id } : {}), ...(warning ? { warning } : {}) }
  }

  async function ship(body: TrackingBody, known?: Order): Promise<RowResult> {
    const from = known ?? (await readOrder(body.order))
    const done = alreadyTold(from, body)
    if (done) return done
    const [only, ...others] = packagesOf(from, body)
    if (!only)
      return refusedRow(notInThisRegion, 'TikTok has no package for this order yet: arrange it in the seller center.')
    if (others.length > 0)
      return refusedRow(nameTheLines, 'The order has several packages and the parcel does not say which of them it is.')
    await client.call({
      method: 'POST',
      path: `/fulfillment/202309/packages/${only}/ship`,
      body: { self_shipment: { tracking_number: body.number, shipping_provider_id: body.provider } },
      answer: z.unknown(),
      repeatable: false,
    })
    return { ok: true, id: only }
  }

  /** Part of an order: its units have to be named, and which are left only the order tells. */
  async function markUnits(body: TrackingBody): Promise<RowResult> {
    const from = await readOrder(body.order)
    const done = alreadyTold(from, body)
    if (done) return done
    const units = unitsFor(from, body)
    if (typeof units === 'string') return refusedRow('units', units)
    return mark(body, units)
  }

  /** TikTok takes a correction within 72 hours of shipping, and only so often: its refusals say which it was. */
  async function correct(body: TrackingBody): Promise<RowResult | undefined> {
    const from = await readOrder(body.order)
    const done = alreadyTold(from, body)
    if (done) return done
    const told = from.line_items.find(
      (unit) => unit.tracking_number !== undefined && body.replaces?.includes(unit.tracking_number),
    )
    const parcel = told?.package_id
    if (!parcel) return undefined
    await client.call({
      method: 'POST',
      path: `/fulfillment/202309/packages/${parcel}/shipping_info/update`,
      body: { tracking_number: body.number, shipping_provider_id: body.provider },
      answer: z.unknown(),
      repeatable: true,
    })
    return { ok: true, id: parcel }
  }

  async function afterRefusal(error: Refusal, body: TrackingBody): Promise<RowResult> {
    if (error.code === notInThisRegion) {
      // The market does not change while the program runs: every further parcel goes the other way at once.
      way = 'ship'
      return ship(body)
    }
    if (error.code === nameTheLines && !body.lines) return markUnits(body)
    if (!alreadyShipped.has(error.code)) return rowOfRefusal(error)
    const from = await readOrder(body.order)
    const done = alreadyTold(from, body)
    if (done) return done
    const numbers = [...new Set(from.line_items.flatMap((unit) => unit.tracking_number ?? []))]
    const other = numbers.length > 0 ? `under ${numbers.join(', ')}` : 'without a number that it shows'
    return refusedRow(
      error.code,
      `TikTok Shop already has this order as shipped ${other}, not under ${body.number}: correct it in the seller center.`,
    )
  }

  return async function push(body: TrackingBody): Promise<RowResult> {
    try {
      const corrected = body.replaces ? await correct(body) : undefined
      if (corrected) return corrected
      if (way === 'ship') return await ship(body)
      return await (body.lines ? markUnits(body) : mark(body, undefined))
    } catch (error) {
      if (!isAboutAnId(error)) throw error
      try {
        return await afterRefusal(error, body)
      } catch (second) {
        if (isAboutAnId(second)) return rowOfRefusal(second)
        throw second
      }
    }
  }
}

/** The number is already there: an earlier attempt arrived although its answer did not. */
function alreadyTold(from: Order, body: TrackingBody): RowResult | undefined {
  const unit = from.line_items.find((each) => each.tracking_number === body.number)
  if (!unit && from.tracking_number !== body.number) return undefined
  return { ok: true, ...(unit?.package_id ? { id: unit.package_id } : {}) }
}

const isOpen = (from: Order) => (unit: LineItem) => !isCancelled(unit) && !isShipped(unit, phaseOf(from))

/** TikTok's unit ids for the lines of a parcel, lowest first so that every attempt picks the same; a sentence when there are too few. */
function unitsFor(from: Order, body: TrackingBody): string[] | string {
  const open = from.line_items.filter(isOpen(from)).sort((a, b) => (a.id < b.id ? -1 : 1))
  if (!body.lines) return open.map((unit) => unit.id)
  const picked: string[] = []
  for (const { line, units } of body.lines) {
    const ofLine = open.filter((unit) => lineKey(unit) === line).slice(0, units)
    if (ofLine.length < units)
      return `The parcel holds ${units} of sku ${line}, but only ${ofLine.length} of the order are still to be shipped.`
    picked.push(...ofLine.map((unit) => unit.id))
  }
  return picked
}

/** The packages that a parcel can be: those of its lines, or all that are open. */
function packagesOf(from: Order, body: TrackingBody): string[] {
  const lines = body.lines && new Set(body.lines.map(({ line }) => line))
  const open = from.line_items.filter(isOpen(from)).filter((unit) => !lines || lines.has(lineKey(unit)))
  const named = [...new Set(open.flatMap((unit) => unit.package_id ?? []))]
  return named.length > 0 ? named : from.packages.map(({ id }) => id)
}
