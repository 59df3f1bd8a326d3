/** Reading products and stock: by id, by window of change, and every register. */

import type { Cursor, RawDelivery } from '../../src/channel.ts'
import type { Clock } from '../../src/clock.ts'
import { ChannelError } from '../../src/errors.ts'
import type { ApiAnswer, Client } from './client.ts'
import { Refusal } from './errors.ts'
import { parseAnyId, parseCounter } from './ids.ts'
import { topics } from './mapping.ts'
import {
  chunks,
  earliestSecond,
  inParts,
  isAboutAnId,
  keyed,
  oneByOne,
  pages,
  raw,
  refusedDelivery,
} from './reading.ts'
import { inventoryPage, type ProductPage, product, productPage } from './types.ts'
import { pointAt, readPlace } from './walk.ts'
import { createPlatformWarehouses } from './warehouses.ts'

/** The search ends at 10,000 results (12052180); smaller windows can be put in order in memory. */
const tooManyResults = 12052180
const resultsMax = 10_000
const windowProductsMax = 1000
const pageSize = '100'
const productIdsPerInventory = 100
const skuIdsPerInventory = 600
const skuIdsPerSearch = 10
/** "Product not found", as three services word it. */
const notFound = new Set([12019150, 12052032, 12052260])

type ProductPageAnswer = ApiAnswer<ProductPage>
type FoundProduct = ProductPageAnswer['data']['products'][number]

export function createProductReads(client: Client, clock: Clock) {
  const platformWarehouses = createPlatformWarehouses(client, clock)

  const searchPage = (body: Readonly<Record<string, unknown>>, pageToken: string | undefined, size = pageSize) =>
    client.call({
      method: 'POST',
      path: '/product/202502/products/search',
      query: { page_size: size, ...(pageToken ? { page_token: pageToken } : {}) },
      body,
      answer: productPage,
      repeatable: true,
      urgency: 'bulk',
    })

  const searchInventory = (body: { product_ids: readonly string[] } | { sku_ids: readonly string[] }) =>
    client.call({
      method: 'POST',
      path: '/product/202309/inventory/search',
      body,
      answer: inventoryPage,
      repeatable: true,
      urgency: 'normal',
    })

  /** All pages of one window of change; undefined when it holds too many and has to be halved. */
  async function wholeWindow(from: number, to: number): Promise<ProductPageAnswer[] | undefined> {
    const found: ProductPageAnswer[] = []
    try {
      for await (const page of pages((token) => searchPage({ update_time_ge: from, update_time_le: to }, token))) {
        if ((page.data.total_count ?? 0) > windowProductsMax && to > from) return undefined
        found.push(page)
      }
    } catch (error) {
      if (error instanceof Refusal && error.code === tooManyResults && to > from) return undefined
      throw error
    }
    return found
  }

  async function* windows(from: number, to: number): AsyncGenerator<{ product: FoundProduct; startedAt: number }> {
    const found = await wholeWindow(from, to)
    if (!found) {
      const middle = Math.floor((from + to) / 2)
      yield* windows(from, middle)
      yield* windows(middle + 1, to)
      return
    }
    yield* found
      .flatMap(({ data, startedAt }) => data.products.map((each) => ({ product: each, startedAt })))
      .sort((a, b) => (a.product.update_time ?? 0) - (b.product.update_time ?? 0))
  }

  const sinceSecond = (since: number) => Math.max(earliestSecond, Math.floor(since / 1000))
  const nowSecond = () => Math.ceil(clock.now() / 1000)

  /** How many products changed in a window; undefined when they are too many to count. */
  async function countIn(from: number, to: number): Promise<number | undefined> {
    try {
      const { data } = await searchPage({ update_time_ge: from, update_time_le: to }, undefined, '1')
      const count = data.total_count ?? 0
      return count >= resultsMax ? undefined : count
    } catch (error) {
      if (error instanceof Refusal && error.code === tooManyResults) return undefined
      throw error
    }
  }

  /** How many products changed in a window, added up from parts that the shop counts; undefined when one second alone has too many. */
  async function countAll(from: number, to: number): Promise<number | undefined> {
    const whole = await countIn(from, to)
    if (whole !== undefined || to <= from) return whole
    const middle = Math.floor((from + to) / 2)
    const earlier = await countAll(from, middle)
    const later = earlier === undefined ? undefined : await countAll(middle + 1, to)
    return earlier === undefined || later === undefined ? undefined : earlier + later
  }

  async function* changed({ since, resume }: Cursor): AsyncIterable<RawDelivery> {
    const foreign = await platformWarehouses()
    const begun = readPlace(resume)
    const from = begun?.second ?? sinceSecond(since)
    const to = Math.max(from, nowSecond())
    const left = resume === undefined ? undefined : await countAll(from, to)
    let done = begun?.done ?? 0
    const total = left === undefined ? undefined : done + left
    for await (const { product: each, startedAt } of windows(from, to)) {
      const body = JSON.stringify(withoutWarehouses(each, foreign))
      const times = { startedAt, shopSecond: each.update_time }
      const found = raw('poll', topics.product, await keyed(`listings/${each.id}`, body), body, times)
      done++
      yield resume === undefined ? found : { ...found, walk: pointAt(each.update_time ?? from, done, total) }
    }
  }

  async function* allStock(): AsyncIterable<RawDelivery> {
    const waiting: string[] = []
    async function* drain(): AsyncGenerator<RawDelivery> {
      const ids = waiting.splice(0, productIdsPerInventory)
      if (ids.length > 0) yield* (await levels('poll', 'product_ids', ids)).deliveries
    }
    for await (const { product: each } of windows(earliestSecond, nowSecond())) {
      if (each.status !== 'DELETED') waiting.push(each.id)
      if (waiting.length >= productIdsPerInventory) yield* drain()
    }
    yield* drain()
  }

  /** Stock has no version: two readings of an equal level at different times are two facts, so the time is in the key. */
  async function levels(source: 'fetch' | 'poll', by: 'product_ids' | 'sku_ids', ids: readonly string[]) {
    const deliveries: RawDelivery[] = []
    const foreign = await platformWarehouses()
    const skus: string[] = []
    const known = new Set<string>()
    const { answered } = await inParts(ids, (part) =>
      searchInventory(by === 'sku_ids' ? { sku_ids: part } : { product_ids: part }),
    ).catch((error: unknown) => {
      // Not one of them is known: the listings will tell why.
      if (isAboutAnId(error)) return { answered: [] }
      throw error
    })
    for (const { answer } of answered) {
      const { startedAt } = answer
      for (const each of answer.data.inventory) {
        const body = JSON.stringify(withoutWarehouses(each, foreign))
        const key = await keyed(`stock/${each.product_id}/${startedAt}`, body)
        deliveries.push(raw(source, topics.inventory, key, body, { startedAt }))
        skus.push(...each.skus.map((sku) => sku.id))
        if (each.skus.length > 0) known.add(each.product_id)
      }
    }
    return { deliveries, skus, known: new Set([...known, ...skus]) }
  }

  async function stock(ids: readonly string[]): Promise<RawDelivery[]> {
    const startedAt = clock.now()
    const wanted = ids.map((id) => ({ id, at: parsed(id) }))
    const skus = [...new Set(wanted.flatMap(({ at }) => at.sku ?? []))]
    const whole = [...new Set(wanted.flatMap(({ at }) => (at.sku ? [] : at.product)))]
    const reads = [
      ...chunks(skus, skuIdsPerInventory).map((part) => () => levels('fetch', 'sku_ids', part)),
      ...chunks(whole, productIdsPerInventory).map((part) => () => levels('fetch', 'product_ids', part)),
    ]
    const deliveries: RawDelivery[] = []
    const known = new Set<string>()
    for (const read of reads) {
      const found = await read()
      deliveries.push(...found.deliveries)
      for (const id of found.known) known.add(id)
    }
    const missing = wanted.filter(({ at }) => !known.has(at.sku ?? at.product)).map(({ id }) => id)
    if (missing.length === 0) return deliveries
    const key = await keyed(`stock/missing/${startedAt}`, missing.join())
    return [...deliveries, raw('fetch', topics.inventoryMissing, key, JSON.stringify({ ids: missing }), { startedAt })]
  }

  const detail = (id: string) =>
    client.call({
      method: 'GET',
      path: `/product/202309/products/${id}`,
      answer: product,
      repeatable: true,
      urgency: 'normal',
    })

  /** The detail does not answer for frozen and deleted products; the search by sku does. */
  async function searched(id: string, given: readonly string[]) {
    const skus = given.length > 0 ? given : (await levels('fetch', 'product_ids', [id])).skus
    if (skus.length === 0) return undefined
    const { data, startedAt } = await searchPage({ sku_ids: skus.slice(0, skuIdsPerSearch) }, undefined)
    const found = data.products.find((each) => each.id === id)
    return found && { data: product.parse(found), startedAt }
  }

  async function current(id: string, skus: readonly string[]) {
    try {
      return await detail(id)
    } catch (error) {
      if (!isAboutAnId(error)) throw error
      const found = await searched(id, skus)
      if (!found && !notFound.has(error.code)) throw error
      return found
    }
  }

  async function oneProduct(id: string, wanted: readonly string[]): Promise<RawDelivery[]> {
    const asked = clock.now()
    const gone = (each: string) => {
      const key = `listings/${each}/gone/${asked}`
      return raw('fetch', topics.listingGone, key, JSON.stringify({ id: each }), { startedAt: asked })
    }
    const answer = await current(
      id,
      wanted.flatMap((each) => parsed(each).sku ?? []),
    )
    if (!answer) return wanted.map(gone)
    const { startedAt } = answer
    const data = withoutWarehouses(answer.data, await platformWarehouses())
    const body = JSON.stringify(data)
    const here = new Set(data.skus.flatMap((sku) => sku.inventory.map((row) => `${sku.id}@${row.warehouse_id}`)))
    const missing = wanted.filter((each) => {
      const at = parseCounter(each)
      return at !== undefined && !here.has(`${at.sku}@${at.warehouse}`)
    })
    // Asked for because something changed: the time is in the key, so that a state that returns is read again.
    const key = await keyed(`listings/${id}/${startedAt}`, body)
    return [raw('fetch', topics.product, key, body, { startedAt, shopSecond: data.update_time }), ...missing.map(gone)]
  }

  async function listings(ids: readonly string[]): Promise<RawDelivery[]> {
    const byProduct = Map.groupBy(ids, (id) => parsed(id).product)
    const { answered, refused } = await oneByOne([...byProduct.keys()], (id) => oneProduct(id, byProduct.get(id) ?? []))
    return [...answered.flat(), ...refused.map((each) => refusedDelivery('fetch', 'listings', each, clock.now()))]
  }

  return { changed, allStock, stock, listings }
}

function parsed(id: string): { product: string; sku?: string } {
  const at = parseAnyId(id)
  if (!at) throw new ChannelError('rejected', `"${id}" is not a listing of TikTok Shop.`)
  return at
}

interface Counted {
  readonly inventory?: readonly { readonly warehouse_id: string }[]
  readonly warehouse_inventory?: readonly { readonly warehouse_id: string }[]
}

/** Rows in TikTok's own warehouses are dropped before anything is stored: nothing there is the merchant's to count or to write. */
function withoutWarehouses<T extends { readonly skus: readonly Counted[] }>(from: T, foreign: ReadonlySet<string>): T {
  if (foreign.size === 0) return from
  const kept = (rows: Counted['inventory']) => rows?.filter((row) => !foreign.has(row.warehouse_id))
  return {
    ...from,
    skus: from.skus.map((sku) => ({
      ...sku,
      ...(sku.inventory ? { inventory: kept(sku.inventory) } : {}),
      ...(sku.warehouse_inventory ? { warehouse_inventory: kept(sku.warehouse_inventory) } : {}),
    })),
  }
}
