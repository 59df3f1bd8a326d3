/** Large stores read as one file, and the ways in which that cannot be had. */

import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import { downloadLines } from '../../../connectors/http.ts'
import { parseJson } from '../../../connectors/json.ts'
import type { RawDelivery } from '../../../src/channel.ts'
import { collect, fixtureData, interpretAll, openStore, type Store, settle, startedAt } from './store.ts'

afterEach(settle)

type Json = Record<string, unknown>
const { __typename: _type, product: _product, ...variant } = await fixtureData('variant')
const files = 'https://storage.example'
const operation = 'gid://shopify/BulkOperation/9007199254740993'
const product = (n: number) => ({
  id: `gid://shopify/Product/${n}`,
  title: `Thing ${n}`,
  status: 'ACTIVE',
  updatedAt: '2026-11-21T08:00:00Z',
})
const variantOf = (n: number, parent: number) => ({
  ...variant,
  id: `gid://shopify/ProductVariant/${n}`,
  __parentId: `gid://shopify/Product/${parent}`,
})
const jsonl = (...rows: Json[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

const counted = (store: Store, count: number) =>
  store.answers({ productVariantsCount: { count, precision: 'AT_LEAST' } })
const started = (store: Store) =>
  store.answers({ bulkOperationRunQuery: { bulkOperation: { id: operation, status: 'CREATED' }, userErrors: [] } })
const is = (store: Store, status: string, url: string | null = null) =>
  store.answers({ bulkOperation: { id: operation, status, errorCode: null, url } })
const inPages = (store: Store) =>
  store.answers({
    products: {
      nodes: [
        {
          ...product(1),
          variants: {
            nodes: [{ ...variant, id: 'gid://shopify/ProductVariant/11' }],
            pageInfo: { hasNextPage: false, endCursor: null },
          },
        },
      ],
      pageInfo: { hasNextPage: false, endCursor: null },
    },
  })

const poll = (store: Store, since = 0) => collect(store.channel.poll('listings', { since }))
const idsIn = (store: Store, raws: RawDelivery[]) =>
  interpretAll(store.channel, raws).map((reading) => (reading.kind === 'listing' ? reading.listing.id : reading.kind))

describe('a store with many variants', () => {
  test('is read as one file: no matter where a child stands, and without our token', async () => {
    const store = openStore()
    is(is(started(counted(store, 2001)), 'RUNNING'), 'COMPLETED', `${files}/bulk/1.jsonl?signature=a%2Fb`)
    const asked: Headers[] = []
    nock(files)
      .get('/bulk/1.jsonl')
      .query({ signature: 'a/b' })
      .reply((request: Request) => {
        asked.push(request.headers)
        return [200, jsonl(variantOf(21, 2), product(1), variantOf(11, 1), product(2), variantOf(22, 2), product(3))]
      })
    const raws = await poll(store)
    expect(idsIn(store, raws)).toEqual(['11', '21', '22'])
    expect(raws[0]).toMatchObject({ source: 'poll', topic: 'listing', fetchStartedAt: startedAt })
    expect(asked).toHaveLength(1)
    expect([...(asked[0] ?? [])].join()).not.toContain('shpat_secret')
    expect(store.asked.map(({ variables }) => variables)).toEqual([
      { limit: 2001 },
      { query: expect.stringContaining('products(query: "updated_at:>=') },
      { id: operation },
      { id: operation },
    ])
  })

  test('gives the same listings, with the same keys, as in pages', async () => {
    const large = openStore()
    is(started(counted(large, 2001)), 'COMPLETED', `${files}/1`)
    nock(files)
      .get('/1')
      .reply(200, jsonl(product(1), variantOf(11, 1)))
    const small = openStore()
    inPages(counted(small, 2000))
    const [fromFile, fromPages] = [await poll(large), await poll(small)]
    expect(fromFile.map(({ key }) => key)).toEqual(fromPages.map(({ key }) => key))
    expect(fromFile.map(({ body }) => parseJson(body))).toEqual(fromPages.map(({ body }) => parseJson(body)))
  })

  test('that finds nothing has no file', async () => {
    const store = openStore()
    is(started(counted(store, 5000)), 'COMPLETED')
    expect(await poll(store)).toEqual([])
  })

  test('is told apart by the setting', async () => {
    const store = openStore({ settings: { location: '77', bulkAbove: 10 } })
    is(started(counted(store, 11)), 'COMPLETED')
    await poll(store)
    expect(store.asked[0]?.variables).toEqual({ limit: 11 })
  })

  test('is not counted for a window of hours', async () => {
    const store = openStore()
    inPages(store)
    expect(idsIn(store, await poll(store, startedAt - 3_600_000))).toEqual(['11'])
  })
})

describe('the shelves of a store with many variants', () => {
  const quantities = (available: number) => [
    { name: 'available', quantity: available },
    { name: 'committed', quantity: 1 },
  ]
  const item = (n: number, available: number | null) => ({
    id: `gid://shopify/InventoryItem/${n}`,
    inventoryLevel: available === null ? null : { quantities: quantities(available) },
  })
  const levelsIn = (store: Store, raws: RawDelivery[]) =>
    interpretAll(store.channel, raws).map((reading) =>
      reading.kind === 'stock' ? `${reading.level.register} ${reading.level.availableUnits}` : reading.kind,
    )
  const walk = (store: Store) => collect(store.channel.poll('stock', { since: 0 }))

  test('are read as one file, in portions, all of the moment at which it was begun', async () => {
    const store = openStore()
    is(started(counted(store, 2001)), 'COMPLETED', `${files}/stock`)
    const many = Array.from({ length: 120 }, (_, n) => item(n + 1, n))
    nock(files)
      .get('/stock')
      .reply(200, jsonl(...many, item(500, null), item(9, -2)))
    const raws = await walk(store)
    expect(raws.map(({ source, topic, fetchStartedAt }) => [source, topic, fetchStartedAt])).toEqual([
      ['poll', 'stock', startedAt],
      ['poll', 'stock', startedAt],
    ])
    expect(levelsIn(store, raws)).toEqual([...many.map((_, n) => `${n + 1}@77 ${n}`), '9@77 -2'])
    expect(store.asked[1]?.variables).toEqual({ query: expect.stringContaining('gid://shopify/Location/77') })
  })

  test('are read in pages when there is no file to be had', async () => {
    const store = openStore()
    is(started(counted(store, 2001)), 'FAILED')
    const level = { item: { id: 'gid://shopify/InventoryItem/1' }, quantities: quantities(4) }
    const inventoryLevels = { nodes: [level], pageInfo: { hasNextPage: false, endCursor: null } }
    store.answers({ location: { id: 'gid://shopify/Location/77', inventoryLevels } })
    expect(levelsIn(store, await walk(store))).toEqual(['1@77 4'])
  })

  test('in a file that is cut off fail the walk', async () => {
    const store = openStore()
    is(started(counted(store, 2001)), 'COMPLETED', `${files}/stock`)
    nock(files)
      .get('/stock')
      .reply(200, `${jsonl(item(1, 1))}{"id":"gid`)
    await expect(walk(store)).rejects.toMatchObject({ kind: 'transient' })
  })
})

describe('it is read in pages', () => {
  const refusals: [string, (store: Store) => Store][] = [
    ['when Shopify will not count', (store) => store.replies(200, '{"errors":[{"message":"no such field"}]}')],
    ...['LIMIT_REACHED', 'OPERATION_IN_PROGRESS', 'INVALID'].map((code): [string, (store: Store) => Store] => [
      `when the operation is refused with ${code}`,
      (store) =>
        counted(store, 9000).answers({
          bulkOperationRunQuery: { bulkOperation: null, userErrors: [{ code, field: null, message: 'no' }] },
        }),
    ]),
    ['when it is not known whether it began', (store) => counted(store, 9000).replies(200, '<html>')],
    ...['FAILED', 'CANCELED', 'EXPIRED'].map((status): [string, (store: Store) => Store] => [
      `when it ends ${status}`,
      (store) => is(is(started(counted(store, 9000)), 'CANCELING'), status),
    ]),
    ['when it is gone', (store) => started(counted(store, 9000)).answers({ bulkOperation: null })],
  ]
  test.each(refusals)('%s', async (_when, prepare) => {
    const store = openStore()
    inPages(prepare(store))
    expect(idsIn(store, await poll(store))).toEqual(['11'])
  })

  test('when it takes longer than half an hour', async () => {
    const store = openStore()
    started(counted(store, 9000))
    for (let look = 0; look < 125; look++) is(store, 'RUNNING')
    inPages(store)
    expect(idsIn(store, await poll(store))).toEqual(['11'])
  })
})

describe('a file', () => {
  const ready = (url: string) => {
    const store = openStore()
    is(started(counted(store, 9000)), 'COMPLETED', url)
    return store
  }

  test.each([
    ['that is not there any more', 403, 'expired', 'transient'],
    ['with a redirect', 302, '', 'transient'],
    ['that is cut off', 200, `${jsonl(product(1))}{"id":"gid://shop`, 'transient'],
    ['that is a page', 200, '<html>', 'transient'],
    ['whose children have no parents', 200, jsonl(variantOf(1, 7)), 'transient'],
    ['with a product in a shape of its own', 200, jsonl({ id: 5 }), 'transient'],
  ])('%s fails the walk, which begins again', async (_what, status, text, kind) => {
    nock(files).get('/1').reply(status, text)
    await expect(poll(ready(`${files}/1`))).rejects.toMatchObject({ name: 'ChannelError', kind })
  })

  test.each(['http://storage.example/1', 'ftp://storage.example/1', 'file:///etc/passwd', 'nonsense'])(
    'at %s is not fetched',
    async (url) => {
      await expect(poll(ready(url))).rejects.toMatchObject({ kind: 'rejected' })
    },
  )

  test('of a store on a loopback address may lie there', async () => {
    const origin = 'http://127.0.0.1:4571'
    const store = openStore({ origin })
    is(started(counted(store, 9000)), 'COMPLETED', `${origin}/files/1`)
    nock(origin)
      .get('/files/1')
      .reply(200, jsonl(product(1), variantOf(11, 1)))
    expect(idsIn(store, await poll(store))).toEqual(['11'])
  })
})

describe('lines', () => {
  const encoder = new TextEncoder()
  /** A file that arrives in these pieces. */
  const arriving = (pieces: (Uint8Array | Error)[]) => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift()
        if (piece === undefined) controller.close()
        else if (piece instanceof Error) controller.error(piece)
        else controller.enqueue(piece)
      },
      cancel() {
        cancelled = true
      },
    })
    const lines = downloadLines(
      { fetch: async () => new Response(body), ownOrigin: 'https://store.myshopify.com' },
      `${files}/1`,
    )
    return { lines, isCancelled: () => cancelled }
  }

  test('come whole, wherever the pieces end', async () => {
    const bytes = encoder.encode('één\n\ntwee\r\ndrie')
    const { lines } = arriving([...bytes].map((byte) => Uint8Array.of(byte)))
    expect(await collect(lines)).toEqual(['één', 'twee\r', 'drie'])
  })

  test('that break off half-way are transient, after those that came', async () => {
    const lost = new TypeError('terminated', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
    const { lines } = arriving([encoder.encode('one\ntw'), lost])
    const seen: string[] = []
    const walk = async () => {
      for await (const line of lines) seen.push(line)
    }
    await expect(walk()).rejects.toMatchObject({ name: 'ChannelError', kind: 'transient' })
    expect(seen).toEqual(['one'])
  })

  test('that nobody wants any more are let go', async () => {
    const { lines, isCancelled } = arriving([
      encoder.encode('one\n'),
      encoder.encode('two\n'),
      encoder.encode('three\n'),
    ])
    for await (const _line of lines) break
    expect(isCancelled()).toBe(true)
  })

  test('without end are refused', async () => {
    const piece = encoder.encode('x'.repeat(1024 * 1024))
    const { lines } = arriving([piece, piece, piece, piece, piece])
    await expect(collect(lines)).rejects.toMatchObject({ kind: 'rejected' })
  })
})
