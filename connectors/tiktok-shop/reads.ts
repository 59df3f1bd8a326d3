/** Reading a shop: fetches of named things and polls of changed ones, as raw deliveries for the inbox. */

import type { Cursor, RawDelivery, Topic, Urgency, Wanted } from '../../src/channel.ts'
import type { Clock } from '../../src/clock.ts'
import { ChannelError } from '../../src/errors.ts'
import { type Beside, createAftersales } from './aftersales.ts'
import type { Client } from './client.ts'
import { isPlainId } from './ids.ts'
import { topics } from './mapping.ts'
import { createProductReads } from './products.ts'
import { chunks, earliestSecond, inParts, keyed, oneByOne, pages, raw, refusedDelivery } from './reading.ts'
import { orderDetails, orderPage, shippingProviders } from './types.ts'

/** Limits of the documentation: ids in a detail, results on a page. */
const orderIdsMax = 50
const pageSize = '100'

const gone = (id: string, startedAt: number): RawDelivery =>
  raw('fetch', topics.orderGone, `orders/${id}/gone/${startedAt}`, JSON.stringify({ id }), { startedAt })

function again(ids: readonly string[], startedAt: number): RawDelivery[] {
  if (ids.length === 0) return []
  const key = `orders/missing/${startedAt}/${ids[0]}`
  return [raw('poll', topics.orderMissing, key, JSON.stringify({ ids }), { startedAt })]
}

type OrderShape = 'order' | 'parcels'

const nothingBeside = { beside: new Map<string, Beside>(), problems: [] }

/**
 * An order that is fetched was asked for because something about it changed, and may be back at a state that was read before
 * (a buyer takes the request to cancel back, which does not always move the update time): the time is in the key.
 */
function prefixOf(as: OrderShape, source: 'fetch' | 'poll', id: string, startedAt: number): string {
  if (as === 'parcels') return `parcels/${id}`
  return source === 'fetch' ? `orders/${id}/${startedAt}` : `orders/${id}`
}

const byShopTime = (a: RawDelivery, b: RawDelivery): number => (a.shopTime ?? 0) - (b.shopTime ?? 0)

export function createReads(client: Client, clock: Clock) {
  const products = createProductReads(client, clock)
  const aftersales = createAftersales(client, clock)

  /** Order search answers nearly the same fields, but only the detail is documented as complete, and one shape is enough. */
  async function details(
    ids: readonly string[],
    as: OrderShape,
    source: 'fetch' | 'poll',
    urgency: Urgency,
    named: ReadonlySet<string> = new Set(),
  ): Promise<RawDelivery[]> {
    const found: RawDelivery[] = []
    const strange = ids.find((id) => !isPlainId(id))
    if (strange !== undefined) throw new ChannelError('rejected', `"${strange}" is not an order of TikTok Shop.`)
    for (const chunk of chunks(ids, orderIdsMax)) {
      const { answered, refused } = await inParts(chunk, (part) =>
        client.call({
          method: 'GET',
          path: '/order/202507/orders',
          query: { ids: part.join(',') },
          answer: orderDetails,
          repeatable: true,
          urgency,
        }),
      )
      for (const { part, answer } of answered) {
        const { startedAt } = answer
        const { orders } = answer.data
        const got = new Set(orders.map((order) => order.id))
        const { beside, problems } = as === 'order' ? await aftersales.of(orders, named, urgency) : nothingBeside
        for (const order of orders) {
          const body = JSON.stringify({ ...order, ...beside.get(order.id) })
          const times = { startedAt, shopSecond: order.update_time }
          found.push(raw(source, topics[as], await keyed(prefixOf(as, source, order.id, startedAt), body), body, times))
        }
        found.push(...problems)
        const missing = part.filter((each) => !got.has(each))
        found.push(...(source === 'fetch' ? missing.map((id) => gone(id, startedAt)) : again(missing, startedAt)))
      }
      for (const each of refused) found.push(refusedDelivery(source, 'orders', each, clock.now()))
    }
    return found
  }

  /** Oldest change first; an order that changes meanwhile moves to the end and is met again. */
  async function* changedOrders(since: Cursor): AsyncIterable<RawDelivery> {
    const from = Math.max(earliestSecond, Math.floor(since.since / 1000))
    const search = (pageToken: string | undefined) =>
      client.call({
        method: 'POST',
        path: '/order/202309/orders/search',
        query: {
          page_size: pageSize,
          sort_field: 'update_time',
          sort_order: 'ASC',
          ...(pageToken ? { page_token: pageToken } : {}),
        },
        body: { update_time_ge: from },
        answer: orderPage,
        repeatable: true,
        urgency: 'normal',
      })
    const seen = new Set<string>()
    for await (const { data } of pages(search)) {
      const ids = new Set(data.orders.map((order) => order.id))
      for (const id of ids) seen.add(id)
      const found = await details([...ids], 'order', 'poll', 'normal')
      yield* found.sort(byShopTime)
    }
    // A request to cancel and a return do not always move their order's update time.
    const { orders, problems } = await aftersales.changedSince(from)
    const others = [...orders].filter((id) => !seen.has(id))
    const found = await details(others, 'order', 'poll', 'normal', orders)
    yield* [...found.sort(byShopTime), ...problems]
  }

  /** Which providers exist depends on the delivery option and, in the EU, on both countries. */
  async function providers(deliveryOption: string): Promise<RawDelivery> {
    const [option = '', warehouseRegion, buyerRegion] = deliveryOption.split('|')
    if (!isPlainId(option))
      throw new ChannelError('rejected', `"${deliveryOption}" is not a delivery option of TikTok Shop.`)
    const { data, startedAt } = await client.call({
      method: 'GET',
      path: `/logistics/202309/delivery_options/${option}/shipping_providers`,
      query: {
        ...(warehouseRegion ? { warehouse_region: warehouseRegion } : {}),
        ...(buyerRegion ? { buyer_region: buyerRegion } : {}),
      },
      answer: shippingProviders,
      repeatable: true,
      urgency: 'normal',
    })
    const body = JSON.stringify({ deliveryOption, ...data })
    return raw('fetch', topics.providers, `providers/${deliveryOption}/${startedAt}`, body, { startedAt })
  }

  async function fetch(wanted: Wanted): Promise<RawDelivery[]> {
    switch (wanted.kind) {
      case 'orders':
        return details(wanted.ids, 'order', 'fetch', 'normal')
      case 'parcels':
        return details(wanted.ids, 'parcels', 'fetch', 'normal')
      case 'references':
        // Orders are never created here, so none carries a reference of ours.
        return []
      case 'listings':
        return products.listings(wanted.ids)
      case 'stock':
        return products.stock(wanted.ids)
      case 'providers': {
        const { answered, refused } = await oneByOne(wanted.ids, providers)
        const failures = refused.map((each) => refusedDelivery('fetch', 'providers', each, clock.now()))
        return [...answered, ...failures]
      }
    }
  }

  function poll(topic: Topic, since: Cursor): AsyncIterable<RawDelivery> {
    switch (topic) {
      case 'orders':
        return changedOrders(since)
      case 'listings':
        return products.changed(since)
      case 'stock':
        return products.allStock()
      case 'parcels':
        throw new ChannelError('rejected', 'TikTok Shop has no list of changed parcels; orders tell of them.')
    }
  }

  return { fetch, poll }
}
