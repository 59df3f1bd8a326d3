/** Reads orders, the orders we created, and parcels: one delivery per order. */

import type { ChannelDeps, RawDelivery } from '../../src/channel.ts'
import { asId, type Instant, type OrderId } from '../../src/domain.ts'
import type { Client } from './client.ts'
import { orderNumber } from './ids.ts'
import { referenceOf } from './mapping.ts'
import { changedSince } from './paging.ts'
import { metaValue } from './parcels.ts'
import { type Credentials, order as orderSchema, type Settings } from './types.ts'
import { readGmt } from './values.ts'
import { hash } from './webhooks.ts'

type Source = 'fetch' | 'poll'
type Row = Record<string, unknown>

/** After "no such route" the fulfilments are asked for again this much later: somebody may switch them on. */
const fulfillmentsRetryMs = 15 * 60_000
/** Newest orders of ours looked through where the search does not know transaction ids. */
const lookBackPages = 2

export function createOrderReader(client: Client, deps: ChannelDeps<Credentials>, settings: Settings) {
  let fulfillmentsOffUntil = Number.NEGATIVE_INFINITY

  /** Undefined where the feature is off (it is by default). */
  async function fulfillments(id: string): Promise<unknown> {
    if (deps.clock.monotonic() < fulfillmentsOffUntil) return undefined
    const reply = await client.get(`orders/${id}/fulfillments`, client.fresh())
    if (!reply.ok && reply.code === 'rest_no_route') fulfillmentsOffUntil = deps.clock.monotonic() + fulfillmentsRetryMs
    // The order may have gone meanwhile; that is told by reading the order.
    if (!reply.ok && (reply.status === 404 || reply.status === 400)) return undefined
    return client.must(reply)
  }

  async function delivery(row: Row, source: Source, startedAt: Instant, parcels: boolean): Promise<RawDelivery> {
    const wanted = parcels || metaValueOf(row, '_fulfillment_status') !== undefined
    const found = wanted ? await fulfillments(String(row.id)) : undefined
    const topic = found === undefined ? 'orders' : 'parcels'
    const body = JSON.stringify(found === undefined ? row : { order: row, fulfillments: found })
    const shopTime = typeof row.date_modified_gmt === 'string' ? readGmt(row.date_modified_gmt) : undefined
    return {
      source,
      topic,
      key: `orders/${String(row.id)}/${await hash(body)}`,
      body,
      fetchStartedAt: startedAt,
      ...(shopTime === undefined ? {} : { shopTime }),
    }
  }

  async function byIds(ids: readonly OrderId[], parcels: boolean): Promise<RawDelivery[]> {
    const asked = [...new Set(ids.map(orderNumber))]
    if (!asked.length) return []
    const startedAt = deps.clock.now()
    const params = { include: asked.join(','), status: 'any', per_page: '100', ...client.fresh() }
    const rows = client.rows(await client.get('orders', params))
    const found = new Map(rows.map((row) => [String(row.id), row]))
    const deliveries: RawDelivery[] = []
    for (const id of asked) {
      const row = found.get(id)
      deliveries.push(row ? await delivery(row, 'fetch', startedAt, parcels) : await one(id, parcels))
    }
    return deliveries
  }

  /** Absent from the list: in the trash, or gone for good. */
  async function one(id: string, parcels: boolean): Promise<RawDelivery> {
    const startedAt = deps.clock.now()
    const reply = await client.get(`orders/${id}`, client.fresh())
    if (!reply.ok && reply.status === 404 && reply.code !== 'rest_no_route' && reply.code !== 'not_json')
      return gone('order', id, startedAt)
    const row = rowsOf([client.must(reply)])[0] ?? {}
    return row.status === 'trash' ? gone('order', id, startedAt) : delivery(row, 'fetch', startedAt, parcels)
  }

  /** Unknown filters are ignored by the shop, so every row is compared exactly. */
  async function byReference(references: readonly string[]): Promise<RawDelivery[]> {
    const deliveries: RawDelivery[] = []
    for (const reference of new Set(references)) {
      const startedAt = deps.clock.now()
      const params = { search: reference, status: 'any', per_page: '100', ...client.fresh() }
      let rows = matching(client.rows(await client.get('orders', params)), reference)
      // Shops that keep orders as posts may not search transaction ids: look through the newest of ours.
      for (let page = 1; !rows.length && page <= lookBackPages; page++) {
        const all = client.rows(await client.get('orders', { ...newest(page), ...client.fresh() }))
        rows = matching(all, reference)
        if (all.length < 100) break
      }
      for (const row of rows) deliveries.push(await delivery(row, 'fetch', startedAt, false))
    }
    return deliveries
  }

  const newest = (page: number) => ({
    created_via: settings.createdVia,
    status: 'any',
    orderby: 'date',
    order: 'desc',
    per_page: '100',
    page: String(page),
  })

  async function* poll(since: Instant): AsyncGenerator<RawDelivery> {
    const walk = { client, now: () => deps.clock.now(), path: 'orders', urgency: 'normal' as const }
    for await (const page of changedSince({ ...walk, params: { status: 'any', ...client.fresh() } }, since))
      for (const row of page.rows) yield await delivery(row, 'poll', page.startedAt, false)
    // `any` leaves out the trash; a trashed order keeps the stock it took.
    for await (const page of changedSince({ ...walk, params: { status: 'trash', ...client.fresh() } }, since))
      for (const row of page.rows) if (row.status === 'trash') yield await delivery(row, 'poll', page.startedAt, false)
  }

  return { byIds, byReference, poll }
}

const rowsOf = (data: unknown): readonly Row[] =>
  Array.isArray(data) ? data.filter((row): row is Row => typeof row === 'object' && row !== null) : []

function metaValueOf(row: Row, key: string): unknown {
  const order = orderSchema.safeParse(row)
  return order.success ? metaValue(order.data.meta_data, key) : undefined
}

function matching(rows: readonly Row[], reference: string): readonly Row[] {
  return rows.filter((row) => {
    const order = orderSchema.safeParse(row)
    return order.success && referenceOf(order.data) === reference
  })
}

/** What was asked for by id is no longer there. */
export function gone(of: 'order' | 'listing', id: string, startedAt: Instant): RawDelivery {
  const body = JSON.stringify({ of, id: asId(id) })
  return { source: 'fetch', topic: 'gone', key: `gone/${of}/${id}/${startedAt}`, body, fetchStartedAt: startedAt }
}
