/** Fetches and polls: what the core asks for, brought as raw deliveries for its inbox. */

import { z } from 'zod'
import type { Cursor, RawDelivery, Topic, Wanted } from '../../src/channel.ts'
import type { Instant, RegisterId } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import { type BulkDeps, fileOf, type PreparedFile, pairs, prepareFile, rows } from './bulk.ts'
import * as documents from './documents.ts'
import { digits, fingerprint, type GidType, gid, ownLocation, registerParts } from './ids.ts'
import { topics } from './mapping.ts'
import { isNode, type Node, portions, readNodes } from './nodes.ts'
import { readOrders, wholeOrder, wholeParcels } from './orders.ts'
import { eachPage, wholePage } from './paging.ts'
import type { Scopes } from './scopes.ts'
import { page } from './types.ts'
import { versionNotice } from './version.ts'
import { type Place, pageAt, readPlace, walkPoint } from './walk.ts'

export interface ReadsDeps extends BulkDeps {
  /** More variants than this are read as one file. */
  readonly bulkAbove: number
  readonly scopes: Pick<Scopes, 'notice'>
  /** The digits of the location whose stock is kept. */
  readonly location: () => Promise<string>
}

export interface Reads {
  fetch(wanted: Wanted): Promise<RawDelivery[]>
  poll(topic: Topic, since: Cursor): AsyncIterable<RawDelivery>
}

const stockLevelsPerRequest = 100
const listingsPerRequest = 50
const productsPerPage = 5
const variantsPerProductMax = 2048

const ordersPage = z.looseObject({ orders: page })
const productsPage = z.looseObject({ products: page })
const levelsPage = z.looseObject({ location: z.looseObject({ inventoryLevels: page }).nullable() })
const productAnswer = z.looseObject({ product: z.looseObject({ variants: page }).nullable() })
const productHead = z.looseObject({
  id: z.string(),
  title: z.unknown(),
  status: z.unknown(),
  updatedAt: z.unknown(),
})
const productShell = productHead.extend({ variants: page })
const countAnswer = z.looseObject({ productVariantsCount: z.looseObject({ count: z.number() }).nullable() })

interface FoundVariant {
  readonly product: z.infer<typeof productHead>
  readonly variant: Node
  readonly startedAt: Instant
}
const found = z.looseObject({
  orders: z.looseObject({ nodes: z.array(z.looseObject({ id: z.string(), sourceIdentifier: z.string().nullish() })) }),
})
const level = z.looseObject({ item: z.looseObject({ id: z.string() }), quantities: z.unknown() })

/** What changed within less than this is never much of a store; counting it would cost more than it tells. */
const smallWindowMs = 86_400_000

export function createReads(deps: ReadsDeps): Reads {
  const { client, clock, location } = deps

  // ------------------------------------------------------------ orders and parcels

  async function orders(ids: readonly string[]): Promise<RawDelivery[]> {
    const deliveries: RawDelivery[] = []
    for (const portion of portions(ids, documents.ordersPerRequest)) {
      const { orders: found, startedAt } = await readOrders(client, portion)
      for (const [index, order] of found.entries())
        deliveries.push(await delivery('order', portion[index] ?? '', order, startedAt))
    }
    return deliveries
  }

  /** Orders that carry one of our references. The search index is tokenised and lags: compared exactly, then read afresh. */
  async function references(wanted: readonly string[]): Promise<RawDelivery[]> {
    const ids: string[] = []
    for (const reference of wanted) {
      const query = `source_identifier:"${reference.replaceAll(/["\\]/g, '\\$&')}"`
      const { data } = await client.read(documents.ordersBySource, { query }, found)
      for (const order of data.orders.nodes)
        if (order.sourceIdentifier === reference) ids.push(digits('Order', order.id) ?? '')
    }
    return orders(ids.filter((id) => id !== ''))
  }

  async function parcels(ids: readonly string[]): Promise<RawDelivery[]> {
    const deliveries: RawDelivery[] = []
    const asked = documents.parcelsTogetherMax
    for (const portion of portions(ids, documents.ordersPerParcelRequest)) {
      const gids = portion.map((id) => gid('Order', id))
      const { nodes, startedAt } = await readNodes(client, documents.parcelsById, gids, { parcels: asked })
      for (const [index, order] of nodes.entries()) {
        const whole = order && (await wholeParcels(client, order, asked))
        deliveries.push(await delivery('parcels', portion[index] ?? '', whole, startedAt))
      }
    }
    return deliveries
  }

  async function* polledOrders(since: Cursor): AsyncGenerator<RawDelivery> {
    // Before anything can be refused for it.
    const withheld = await deps.scopes.notice()
    if (withheld) yield withheld
    for await (const { page: read, startedAt } of ordersSince(
      documents.ordersSince,
      documents.ordersPerRequest,
      since,
    )) {
      for (const node of read.nodes.filter(isNode)) {
        const order = await wholeOrder(client, node)
        yield polled(await delivery('order', idOf('Order', order), order, startedAt))
      }
    }
    const notice = versionNotice(client.versionAnswered(), clock.now())
    if (notice) yield notice
  }

  /** Parcels are found by their orders: a new or changed parcel moves the order's update time. */
  async function* polledParcels(since: Cursor): AsyncGenerator<RawDelivery> {
    const asked = documents.parcelsTogetherMax
    const pages = ordersSince(documents.parcelsSince, documents.ordersPerParcelRequest, since, { parcels: asked })
    for await (const { page: read, startedAt } of pages) {
      for (const node of read.nodes.filter(isNode)) {
        if (Array.isArray(node.fulfillments) && node.fulfillments.length === 0) continue
        const order = await wholeParcels(client, node, asked)
        yield polled(await delivery('parcels', idOf('Order', order), order, startedAt))
      }
    }
  }

  const ordersSince = (document: documents.Document, first: number, since: Cursor, more: Node = {}) =>
    eachPage(async (after) => {
      const variables = { query: updatedSince(since), first, after, ...more }
      const { data, startedAt } = await client.read(document, variables, ordersPage)
      return { page: data.orders, startedAt }
    })

  // ------------------------------------------------------------ listings

  async function listings(ids: readonly string[]): Promise<RawDelivery[]> {
    const at = await location()
    const deliveries: RawDelivery[] = []
    for (const portion of portions(ids, listingsPerRequest)) {
      const gids = portion.map((id) => gid('ProductVariant', id))
      const { nodes, startedAt } = await readNodes(client, documents.listingsById, gids)
      for (const [index, variant] of nodes.entries()) {
        const body = variant && { location: at, variant }
        deliveries.push(await delivery('listing', portion[index] ?? '', body, startedAt))
      }
    }
    return deliveries
  }

  async function* polledListings(since: Cursor): AsyncGenerator<RawDelivery> {
    const at = await location()
    const asked = since.resume !== undefined
    const place = asked ? readPlace(since.resume) : undefined
    const total = asked ? (place?.total ?? (await variantsInAll())) : undefined
    const file = await listingsFile(since, place, total)
    const found = file
      ? listingsInFile(file.url, file.startedAt)
      : listingsInPages(place?.kind === 'page' ? place : since)
    // A file is read from its beginning, pages from where they were left.
    let done = place?.kind === 'page' ? place.done : 0
    const passed = place?.kind === 'file' && file?.operation === place.operation ? place.done : 0
    for await (const { product, variant, startedAt } of found) {
      done++
      if (done <= passed) continue
      const { id, title, status, updatedAt } = product
      const body = { location: at, variant: { ...variant, product: { id, title, status, updatedAt } } }
      const raw = polled(await delivery('listing', idOf('ProductVariant', variant), body, startedAt))
      if (!asked) yield raw
      else {
        const reached = file
          ? { kind: 'file' as const, operation: file.operation, startedAt: file.startedAt }
          : pageAt(updatedAt)
        yield { ...raw, walk: walkPoint({ ...reached, done, ...(total !== undefined && { total }) }) }
      }
    }
  }

  async function listingsFile(since: Cursor, place: Place | undefined, total: number | undefined) {
    if (place?.kind === 'page') return undefined
    const ready = place && (await fileOf(deps, place.operation, place.startedAt).catch(unlessGone))
    if (ready) return ready
    const isMuch =
      total === undefined ? clock.now() - since.since >= smallWindowMs && (await isLarge()) : total > deps.bulkAbove
    return isMuch ? await prepareFile(deps, documents.bulkListings(updatedSince(since))) : undefined
  }

  /** Undefined where the store will not count. */
  async function variantsInAll(): Promise<number | undefined> {
    try {
      const { data } = await client.read(documents.variantsCount, { limit: null }, countAnswer, 'bulk')
      return data.productVariantsCount?.count
    } catch (error) {
      if (error instanceof ChannelError && error.kind === 'rejected') return undefined
      throw error
    }
  }

  /** A store that will not count is read in pages, which always works. */
  async function isLarge(): Promise<boolean> {
    try {
      const { data } = await client.read(documents.variantsCount, { limit: deps.bulkAbove + 1 }, countAnswer, 'bulk')
      return data.productVariantsCount !== null && data.productVariantsCount.count > deps.bulkAbove
    } catch (error) {
      if (error instanceof ChannelError && error.kind === 'rejected') return false
      throw error
    }
  }

  /** In no order of time: the cursor moves only when all of it has been read. */
  async function* listingsInFile(url: string | undefined, startedAt: Instant): AsyncGenerator<FoundVariant> {
    if (url === undefined) return
    for await (const { parent, child } of pairs(client.lines(url)))
      if (isNode(child)) yield { product: readable(productHead, parent), variant: child, startedAt }
  }

  async function* listingsInPages(since: Cursor): AsyncGenerator<FoundVariant> {
    const pages = eachPage(async (after) => {
      const variables = { query: updatedSince(since), first: productsPerPage, after }
      const { data, startedAt } = await client.read(documents.listingsSince, variables, productsPage, 'bulk')
      return { page: data.products, startedAt }
    })
    for await (const { page: read, startedAt } of pages) {
      for (const node of read.nodes) {
        const product = readable(productShell, node)
        for (const variant of (await allVariants(product.id, product.variants)).filter(isNode))
          yield { product, variant, startedAt }
      }
    }
  }

  async function allVariants(id: string, first: z.infer<typeof page>): Promise<unknown[]> {
    const next = async (after: string | null | undefined) =>
      (await client.read(documents.productVariants, { id, after }, productAnswer, 'bulk')).data.product?.variants
    const { nodes, pageInfo } = await wholePage(first, next, variantsPerProductMax)
    if (pageInfo.hasNextPage) throw new ChannelError('transient', `The variants of ${id} could not be read whole.`)
    return nodes
  }

  // ------------------------------------------------------------ stock

  async function stock(registers: readonly RegisterId[]): Promise<RawDelivery[]> {
    const items = new Map<string, string[]>()
    for (const register of registers) {
      const parts = registerParts(register)
      const at = parts.location === ownLocation ? await location() : parts.location
      items.set(at, [...(items.get(at) ?? []), parts.item])
    }
    const deliveries: RawDelivery[] = []
    for (const [at, ids] of items)
      for (const portion of portions(ids, stockLevelsPerRequest)) deliveries.push(await stockPortion(at, portion))
    return deliveries
  }

  async function stockPortion(at: string, ids: readonly string[]): Promise<RawDelivery> {
    const gids = ids.map((id) => gid('InventoryItem', id))
    const { nodes, startedAt } = await readNodes(client, documents.stockById, gids, { locationId: gid('Location', at) })
    const levels = ids.map((item, index) => {
      const node = nodes[index]
      if (!node) return { item, quantities: null, gone: true }
      return { item, quantities: isObject(node.inventoryLevel) ? node.inventoryLevel.quantities : null }
    })
    return stockDelivery('fetch', { location: at, levels }, startedAt)
  }

  async function* polledStock(): AsyncGenerator<RawDelivery> {
    const at = await location()
    const file = (await isLarge()) ? await prepareFile(deps, documents.bulkStock(gid('Location', at))) : undefined
    yield* file ? stockInFile(at, file) : stockInPages(at)
  }

  /** Items that were never at the location have no level there: pages leave them out, and so does this. */
  async function* stockInFile(at: string, { url, startedAt }: PreparedFile): AsyncGenerator<RawDelivery> {
    if (url === undefined) return
    let levels: Node[] = []
    for await (const { id, inventoryLevel } of rows(client.lines(url))) {
      if (!isObject(inventoryLevel)) continue
      levels.push({ item: digits('InventoryItem', id) ?? '', quantities: inventoryLevel.quantities })
      if (levels.length < stockLevelsPerRequest) continue
      yield stockDelivery('poll', { location: at, levels }, startedAt)
      levels = []
    }
    if (levels.length > 0) yield stockDelivery('poll', { location: at, levels }, startedAt)
  }

  async function* stockInPages(at: string): AsyncGenerator<RawDelivery> {
    const pages = eachPage(async (after) => {
      const variables = { locationId: gid('Location', at), first: stockLevelsPerRequest, after }
      const { data, startedAt } = await client.read(documents.stockAtLocation, variables, levelsPage, 'bulk')
      if (!data.location)
        throw new ChannelError('rejected', `The store has no location ${at}. Choose another in the settings.`)
      return { page: data.location.inventoryLevels, startedAt }
    })
    for await (const { page: read, startedAt } of pages) {
      const levels = read.nodes.map((node) => {
        const { item, quantities } = readable(level, node)
        return { item: digits('InventoryItem', item.id) ?? '', quantities }
      })
      if (levels.length > 0) yield stockDelivery('poll', { location: at, levels }, startedAt)
    }
  }

  return {
    async fetch(wanted) {
      switch (wanted.kind) {
        case 'orders':
          return orders(wanted.ids)
        case 'references':
          return references(wanted.ids)
        case 'parcels':
          return parcels(wanted.ids)
        case 'listings':
          return listings(wanted.ids)
        case 'stock':
          return stock(wanted.ids)
        case 'providers':
          return []
      }
    },
    poll(topic, since) {
      switch (topic) {
        case 'orders':
          return polledOrders(since)
        case 'parcels':
          return polledParcels(since)
        case 'listings':
          return polledListings(since)
        case 'stock':
          return polledStock()
      }
    },
  }
}

/** At or after the moment; Shopify's clock has whole seconds here, so the second it falls in is asked for whole. */
const updatedSince = ({ since }: Cursor) => `updated_at:>='${new Date(Math.floor(since / 1000) * 1000).toISOString()}'`

const isObject = (value: unknown): value is Node => typeof value === 'object' && value !== null

const idOf = (type: GidType, node: Node): string => digits(type, String(node.id)) ?? String(node.id)

/** An operation that the store has forgotten is begun anew; anything else is no answer. */
function unlessGone(error: unknown): undefined {
  if (error instanceof ChannelError && error.kind === 'rejected') return undefined
  throw error
}

const polled = (delivery: RawDelivery): RawDelivery => ({ ...delivery, source: 'poll' })

function readable<T>(shape: z.ZodType<T>, node: unknown): T {
  const read = shape.safeParse(node)
  if (read.success) return read.data
  throw new ChannelError('transient', 'Shopify answered with a list entry in a shape we do not know.')
}

/** The same body is the same fact: it gets the same key whenever it is read. A missing thing is a fact too. */
async function delivery(
  topic: 'order' | 'parcels' | 'listing',
  id: string,
  content: Node | undefined,
  fetchStartedAt: Instant,
): Promise<RawDelivery> {
  const body = JSON.stringify(content ?? { gone: id })
  const folder = { order: 'orders', parcels: 'parcels', listing: 'listings' }[topic]
  const shopTime = Date.parse(String(content?.updatedAt))
  return {
    source: 'fetch',
    topic: topics[topic],
    key: content ? `${folder}/${id}/${await fingerprint(body)}` : `${folder}/${id}/gone`,
    body,
    ...(Number.isNaN(shopTime) ? {} : { shopTime }),
    fetchStartedAt,
  }
}

/** Equal quantities at two moments are two facts: a level has no revision of its own. */
async function stockDelivery(source: 'fetch' | 'poll', content: Node, fetchStartedAt: Instant): Promise<RawDelivery> {
  const body = JSON.stringify(content)
  return {
    source,
    topic: topics.stock,
    key: `stock/${content.location}/${fetchStartedAt}/${await fingerprint(body)}`,
    body,
    fetchStartedAt,
  }
}
