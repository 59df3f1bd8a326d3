/** Bulk operations: what they may ask, what the file holds, how many run at once, and how large a catalogue may be. */

import { describe, expect, it } from 'vitest'
import { type Bench, bench, type Json, mug, tee } from './bench.ts'

const runDocument = `mutation($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) {
  bulkOperation { id status createdAt } userErrors { code field message } } }`
const pollDocument = `query($id: ID!) { bulkOperation(id: $id) { id type status errorCode objectCount rootObjectCount fileSize
  url partialDataUrl createdAt completedAt } }`
const inventory = `query BulkInventory { inventoryItems { edges { node { id sku tracked updatedAt
  inventoryLevels { edges { node { id updatedAt location { id }
    quantities(names: ["available", "on_hand", "committed", "reserved", "incoming"]) { name quantity updatedAt } } } } } } } }`
const variants = `query BulkVariants { productVariants { edges { node { id sku barcode inventoryPolicy requiresComponents updatedAt
  product { id status title } inventoryItem { id tracked }
  productVariantComponents { edges { node { id quantity productVariant { id } } } } } } } }`

const run = async (b: Bench, query: string) => (await b.data(runDocument, { query })).bulkOperationRunQuery
const poll = async (b: Bench, id: string) => (await b.data(pollDocument, { id })).bulkOperation

async function file(b: Bench, url: string): Promise<Json[]> {
  const { origin } = new URL(url)
  expect(origin).toBe('http://localhost')
  const answer = await b.shop.app.request(url)
  expect(answer.status).toBe(200)
  const text = await answer.text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function done(b: Bench, query: string): Promise<Json[]> {
  const { bulkOperation, userErrors } = await run(b, query)
  expect(userErrors).toEqual([])
  await b.clock.advance(60_000)
  const end = await poll(b, bulkOperation.id)
  expect(end).toMatchObject({ status: 'COMPLETED', errorCode: null, partialDataUrl: null })
  const rows = await file(b, end.url)
  expect(end.objectCount).toBe(String(rows.length))
  return rows
}

describe('the file', () => {
  it('has every item and level, and children are not next to their parents', async () => {
    const b = bench()
    b.shop.addProduct(mug)
    b.shop.addProduct(tee)
    b.shop.buy([{ sku: mug.sku, quantity: 4 }])
    const rows = await done(b, inventory)
    const items = rows.filter((row) => !row.__parentId)
    expect(items.map(({ sku, tracked }) => ({ sku, tracked }))).toEqual([
      { sku: mug.sku, tracked: true },
      { sku: tee.sku, tracked: true },
    ])
    const level = rows.find((row) => row.__parentId === items[0].id)
    expect(rows.indexOf(level)).toBeGreaterThan(1)
    expect(level.location).toEqual({ id: (await b.itemOf(mug.sku)).location })
    expect(Object.fromEntries(level.quantities.map((one: Json) => [one.name, one.quantity]))).toEqual({
      available: 6,
      on_hand: 10,
      committed: 4,
      reserved: 0,
      incoming: 0,
    })
  })

  it('has every variant, with the objects it belongs to inline', async () => {
    const b = bench()
    b.shop.addProduct(tee)
    const rows = await done(b, variants)
    const { variant, item } = await b.itemOf(tee.sku)
    expect(rows).toEqual([
      {
        id: variant,
        sku: tee.sku,
        barcode: tee.gtin,
        inventoryPolicy: 'DENY',
        requiresComponents: false,
        updatedAt: '2026-06-15T18:00:00Z',
        product: { id: expect.stringMatching(/^gid:..shopify.Product.\d+$/), status: 'ACTIVE', title: tee.title },
        inventoryItem: { id: item, tracked: true },
      },
    ])
  })

  it('has the same values as the query that is paged', async () => {
    const b = bench()
    b.shop.addProduct(mug)
    b.shop.addProduct(tee)
    const fields = 'id sku displayName price inventoryQuantity createdAt product { id handle variantsCount { count } }'
    const rows = await done(b, `{ productVariants(query: "sku:MUG*") { edges { node { ${fields} } } } }`)
    const { productVariants } = await b.data(`{ productVariants(first: 9, query: "sku:MUG*") { nodes { ${fields} } } }`)
    expect(rows).toEqual(productVariants.nodes)
  })

  it('shows the shop as it was at the start', async () => {
    const b = bench({ bulkMs: 5000 })
    b.shop.addProduct(mug)
    const { bulkOperation } = await run(b, inventory)
    await b.clock.advance(1000)
    b.shop.setStockByHand(mug.sku, 99)
    await b.clock.advance(60_000)
    const rows = await file(b, (await poll(b, bulkOperation.id)).url)
    expect(rows[1].quantities[0]).toMatchObject({ name: 'available', quantity: mug.quantity })
  })

  it('is not there when nothing was found', async () => {
    const b = bench()
    const { bulkOperation } = await run(b, variants)
    await b.clock.advance(5000)
    expect(await poll(b, bulkOperation.id)).toMatchObject({
      status: 'COMPLETED',
      url: null,
      objectCount: '0',
      fileSize: null,
    })
  })

  it('needs no token, and is kept for seven days', async () => {
    const b = bench()
    b.shop.addProduct(mug)
    const { bulkOperation } = await run(b, variants)
    await b.clock.advance(5000)
    const { url } = await poll(b, bulkOperation.id)
    expect(url).not.toContain('/admin/')
    await b.clock.advance(7 * 24 * 3_600_000)
    expect((await b.shop.app.request(url)).status).toBe(404)
    expect((await poll(b, bulkOperation.id)).url).toBeNull()
  })
})

describe('an operation', () => {
  it('runs beside four others and no more', async () => {
    const b = bench()
    b.shop.addProduct(mug)
    for (let i = 0; i < 5; i++) expect((await run(b, variants)).userErrors).toEqual([])
    expect(await run(b, variants)).toMatchObject({ bulkOperation: null, userErrors: [{ code: 'LIMIT_REACHED' }] })
    await b.clock.advance(10)
    const running =
      'query { bulkOperations(first: 10, query: "status:running operation_type:query") { nodes { id status } } }'
    expect((await b.data(running)).bulkOperations.nodes).toHaveLength(5)
    await b.clock.advance(5000)
    expect((await b.data(running)).bulkOperations.nodes).toEqual([])
    expect((await run(b, variants)).userErrors).toEqual([])
  })

  it('is listed, the newest first', async () => {
    const b = bench()
    const ids = []
    for (let i = 0; i < 3; i++) {
      ids.push((await run(b, variants)).bulkOperation.id)
      await b.clock.advance(2000)
    }
    const { bulkOperations } = await b.data('{ bulkOperations(first: 2) { nodes { id } pageInfo { hasNextPage } } }')
    expect(bulkOperations).toEqual({ nodes: [{ id: ids[2] }, { id: ids[1] }], pageInfo: { hasNextPage: true } })
  })

  it('can be cancelled while it runs, not afterwards', async () => {
    const b = bench({ bulkMs: 60_000 })
    b.shop.addProduct(mug)
    const { bulkOperation } = await run(b, variants)
    const cancelDocument =
      'mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { id status } userErrors { field message } } }'
    const cancel = async () => (await b.data(cancelDocument, { id: bulkOperation.id })).bulkOperationCancel
    await b.clock.advance(1000)
    expect(await cancel()).toMatchObject({ bulkOperation: { status: 'CANCELING' }, userErrors: [] })
    await b.clock.advance(1000)
    expect(await poll(b, bulkOperation.id)).toMatchObject({ status: 'CANCELED', url: null })
    expect((await cancel()).userErrors).toHaveLength(1)
    await b.clock.advance(120_000)
    expect(await poll(b, bulkOperation.id)).toMatchObject({ status: 'CANCELED', url: null })
  })

  it('may fail and leave half of its file', async () => {
    const b = bench({ bulkFailures: 1 })
    for (let i = 0; i < 10; i++) b.shop.addProduct({ ...mug, sku: `M-${i}`, title: `Mug ${i}` })
    const { bulkOperation } = await run(b, variants)
    await b.clock.advance(5000)
    const end = await poll(b, bulkOperation.id)
    expect(end).toMatchObject({ status: 'FAILED', errorCode: 'TIMEOUT', url: null })
    expect(await file(b, end.partialDataUrl)).toHaveLength(5)
  })

  it('tells of its end', async () => {
    const b = bench()
    b.shop.addProduct(mug)
    await b.data(
      'mutation { webhookSubscriptionCreate(topic: BULK_OPERATIONS_FINISH, webhookSubscription: { uri: "https://hub.example/b" }) { userErrors { message } } }',
    )
    const { bulkOperation } = await run(b, variants)
    await b.clock.advance(500)
    expect(b.received).toEqual([])
    await b.clock.advance(5000)
    expect(b.received.map(({ headers, text }) => [headers.get('x-shopify-topic'), JSON.parse(text)])).toEqual([
      [
        'bulk_operations/finish',
        {
          admin_graphql_api_id: bulkOperation.id,
          completed_at: '2026-06-15T20:00:01+02:00',
          created_at: '2026-06-15T20:00:00+02:00',
          error_code: null,
          status: 'completed',
          type: 'query',
        },
      ],
    ])
  })
})

describe('the query', () => {
  it.each([
    ['{ shop { name } }', /connection/],
    ['{ node(id: "gid://shopify/Product/1") { id } }', /node/],
    ['{ inventoryItems { edges { node { nickname } } } }', /nickname/],
    ['query($a: String) { inventoryItems(query: $a) { edges { node { id } } } }', /variables/],
    ['{ a: inventoryItems { edges { node { id } } } b: products { edges { node { id } } } }', /one top-level/],
    ['{ inventoryItems { edges { node { sku inventoryLevels { edges { node { id } } } } } } }', /its id/],
    [
      `{ products { edges { node { id variants { edges { node { id inventoryItem { id inventoryLevels { edges { node { id
        item { id variants { edges { node { id } } } } } } } } } } } } } } }`,
      /deeper/,
    ],
    ['mutation { inventoryItemUpdate(id: "x", input: {}) { userErrors { message } } }', /single query/],
    ['{ inventoryItems {', /Invalid bulk query/],
  ])('%s is refused', async (query, message) => {
    const { bulkOperation, userErrors } = await run(bench(), query)
    expect(bulkOperation).toBeNull()
    expect(userErrors[0]).toMatchObject({ code: 'INVALID', message: expect.stringMatching(message) })
  })

  it('may nest two connections below the root', async () => {
    const b = bench()
    b.shop.addProducts([
      { ...mug, sku: 'A', title: 'Shirt' },
      { ...mug, sku: 'B', title: 'Shirt' },
    ])
    const rows = await done(
      b,
      `{ products { edges { node { id variants { edges { node { id sku
        inventoryItem { id inventoryLevels { edges { node { id location { id } } } } } } } } } } } }`,
    )
    const [product] = rows
    const skus = rows.filter((row) => row.__parentId === product.id)
    expect(skus.map(({ sku }) => sku)).toEqual(['A', 'B'])
    expect(rows).toHaveLength(5)
    expect(rows.slice(3).map((row) => row.__parentId)).toEqual(skus.map((row) => row.id))
  })
})

describe('a catalogue of 100,000 variants', () => {
  const size = 100_000
  const catalogue = Array.from({ length: size }, (_, i) => ({
    sku: `SKU-${i}`,
    title: `Product ${Math.floor(i / 4)}`,
    price: '9.95',
    quantity: i % 50,
  }))

  it('is counted, read in bulk and paged', async () => {
    const b = bench({ plan: { capacity: 1e9, restorePerSecond: 1 } })
    b.shop.addProducts(catalogue)
    const count =
      '{ all: productVariantsCount(limit: null) { count precision } some: productVariantsCount { count precision } }'
    expect(await b.data(count)).toEqual({
      all: { count: size, precision: 'EXACT' },
      some: { count: 10_000, precision: 'AT_LEAST' },
    })
    const rows = await done(b, inventory)
    expect(rows).toHaveLength(2 * size)
    expect(rows[size - 1].sku).toBe(`SKU-${size - 1}`)
    expect(rows[2 * size - 1].__parentId).toBe(rows[size - 1].id)
    let after: string | null = null
    const seen = new Set<string>()
    for (let pages = 0; pages < 12; pages++) {
      const { productVariants } = await b.data(
        'query($after: String) { productVariants(first: 250, after: $after) { nodes { sku inventoryItem { duplicateSkuCount } } pageInfo { endCursor } } }',
        { after },
      )
      for (const node of productVariants.nodes) seen.add(node.sku)
      after = productVariants.pageInfo.endCursor
    }
    expect(seen.size).toBe(3000)
    expect(seen.has('SKU-2999')).toBe(true)
  })
})
