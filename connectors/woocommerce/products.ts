/** Reads products and variations, for what is sold (listings) and for how much there is (stock): one delivery per answer. */

import type { ChannelDeps, Cursor, RawDelivery, Urgency } from '../../src/channel.ts'
import type { Instant } from '../../src/domain.ts'
import type { Client, Params } from './client.ts'
import { listingId, type Thing, thingOf } from './ids.ts'
import { changedSince, everything, type Page } from './paging.ts'
import { hasVariations } from './product-mapping.ts'
import { type Credentials, type Product, type ProductPage, product as productSchema } from './types.ts'
import { readGmt } from './values.ts'
import { marked, pointAt, readPlace } from './walk.ts'
import { hash } from './webhooks.ts'

type Kind = 'listings' | 'stock'
type Row = Record<string, unknown>

/** All that is read of a product; the rest (descriptions, images) is most of its size. */
const fields =
  'id,parent_id,type,name,sku,global_unique_id,status,manage_stock,stock_quantity,backorders,date_modified_gmt,attributes'

export function createProductReader(client: Client, deps: ChannelDeps<Credentials>) {
  const now = () => deps.clock.now()
  const params = (): Params => ({ _fields: fields, ...client.fresh() })

  async function delivery(
    kind: Kind,
    source: 'fetch' | 'poll',
    page: ProductPage,
    startedAt: Instant,
  ): Promise<RawDelivery> {
    const body = JSON.stringify(page)
    const times = page.rows.flatMap((row) => modified(row) ?? [])
    const place = page.parent ? `variations-${page.parent}` : 'products'
    return {
      source,
      topic: kind,
      // A level is a fact of the moment it was read; what a listing is, is the same fact until it changes.
      key: `${kind}/${place}/${kind === 'stock' ? `${startedAt}/` : ''}${await hash(body)}`,
      body,
      fetchStartedAt: startedAt,
      ...(times.length ? { shopTime: Math.max(...times) } : {}),
    }
  }

  async function* variations(kind: Kind, owner: Product, source: 'fetch' | 'poll', urgency: Urgency) {
    const { id: parent, name: parentName } = owner
    const walk = { client, now, path: `products/${parent}/variations`, params: params(), urgency }
    for await (const page of everything(walk))
      yield await delivery(kind, source, { parent, parentName, rows: [...page.rows] }, page.startedAt)
  }

  async function* withVariations(kind: Kind, rows: readonly Row[], source: 'fetch' | 'poll', urgency: Urgency) {
    for (const row of rows) {
      const product = productSchema.safeParse(row)
      if (product.success && hasVariations(product.data)) yield* variations(kind, product.data, source, urgency)
    }
  }

  /** Things of one parent (or none), by id. What the list leaves out is asked for one by one: the trash, or gone. */
  async function some(kind: Kind, parent: string | undefined, ids: readonly string[]): Promise<RawDelivery[]> {
    const path = parent ? `products/${parent}/variations` : 'products'
    const startedAt = now()
    const reply = await client.get(path, { include: ids.join(','), per_page: '100', ...params() })
    // Asked for variations of a product that is gone, some versions answer 404 and some an empty list.
    const listed = !reply.ok && isMissing(reply) ? [] : client.rows(reply)
    const rows = listed.filter((row) => ids.includes(String(row.id)))
    const missing: string[] = []
    for (const id of ids) {
      if (rows.some((row) => String(row.id) === id)) continue
      const one = await client.get(`${path}/${id}`, params())
      if (!one.ok && isMissing(one)) missing.push(listingId(parent ? { parent, id } : { id }))
      else rows.push(...rowsOf([client.must(one)]))
    }
    const parentName = parent && rows.some((row) => isNamed(kind, row)) ? await nameOf(parent) : undefined
    const page = { parent: parent ?? null, ...(parentName ? { parentName } : {}), rows, missing }
    const deliveries = [await delivery(kind, 'fetch', page, startedAt)]
    // A changed parent says nothing of what is sold: its variations do.
    if (kind === 'listings' && !parent)
      for await (const more of withVariations(kind, rows, 'fetch', 'normal')) deliveries.push(more)
    return deliveries
  }

  async function nameOf(id: string): Promise<string | undefined> {
    const reply = await client.get(`products/${id}`, { _fields: 'id,name', ...client.fresh() })
    const [row] = reply.ok ? rowsOf([reply.data]) : []
    return typeof row?.name === 'string' ? row.name : undefined
  }

  async function fetch(kind: Kind, ids: readonly string[]): Promise<RawDelivery[]> {
    const deliveries: RawDelivery[] = []
    for (const [parent, group] of byParent(ids.map(thingOf))) deliveries.push(...(await some(kind, parent, group)))
    return deliveries
  }

  async function* pollListings({ since, resume }: Cursor): AsyncGenerator<RawDelivery> {
    const walk = { client, now, path: 'products', params: params(), urgency: 'bulk' as const }
    const begun = readPlace(resume)
    let done = begun?.done ?? 0
    let total: number | undefined
    for await (const page of changedSince(walk, begun?.since ?? since)) {
      const before = begun?.done ?? 0
      if (page.total !== undefined) total = before + page.total
      done += page.rows.length
      const point = resume === undefined ? undefined : pointAt(page.reached ?? begun?.since ?? since, done, total)
      yield* marked(pageOf(page), point)
    }
  }

  async function* pageOf(page: Page): AsyncGenerator<RawDelivery> {
    yield await delivery('listings', 'poll', { parent: null, rows: [...page.rows] }, page.startedAt)
    // A variation's change moves its parent's time too, so changed parents lead to all changed variations.
    yield* withVariations('listings', page.rows, 'poll', 'bulk')
  }

  async function* pollStock(): AsyncGenerator<RawDelivery> {
    const walk = { client, now, path: 'products', params: params(), urgency: 'bulk' as const }
    for await (const page of everything(walk)) {
      yield await delivery('stock', 'poll', { parent: null, rows: [...page.rows] }, page.startedAt)
      yield* withVariations('stock', page.rows, 'poll', 'bulk')
    }
  }

  return { fetch, pollListings, pollStock }
}

const rowsOf = (data: unknown): Row[] =>
  Array.isArray(data) ? data.filter((row): row is Row => typeof row === 'object' && row !== null) : []

/** Whether a row will be read as a listing, which people know by its name. */
const isNamed = (kind: Kind, row: Row): boolean => kind === 'listings' || row.manage_stock === false

const isMissing = (reply: { readonly status: number; readonly code: string }): boolean =>
  (reply.status === 404 || reply.status === 400) && /_invalid_id$/.test(reply.code)

function modified(row: unknown): Instant | undefined {
  const product = productSchema.safeParse(row)
  return product.success ? readGmt(product.data.date_modified_gmt) : undefined
}

/** Ids grouped by the list they are in; products first. */
export function byParent(things: readonly Thing[]): ReadonlyMap<string | undefined, readonly string[]> {
  const groups = new Map<string | undefined, string[]>()
  for (const { id, parent } of things) {
    const group = groups.get(parent) ?? []
    if (!group.includes(id)) group.push(id)
    groups.set(parent, group)
  }
  return groups
}
