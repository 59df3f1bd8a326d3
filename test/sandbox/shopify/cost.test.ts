/** The door: token, versions, dark mode, and the points that every query costs. */

import { Kind, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { priceOf } from '../../../src/sandbox/shopify/cost.ts'
import { createSchema } from '../../../src/sandbox/shopify/endpoint.ts'
import { bench, mug, orderGid, tee } from './bench.ts'

const schema = createSchema()

function requested(query: string, variables = {}): number {
  const document = parse(query)
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  if (!operation) throw new Error('no operation')
  return priceOf(schema, document, operation).requested(variables)
}

describe('the price of a query', () => {
  it.each([
    ['scalars of one object', '{ shop { id name } }', {}, 1],
    ['an object in an object', '{ shop { plan { shopifyPlus } } }', {}, 2],
    ['a connection: 2 + 10 nodes', '{ orders(first: 10) { nodes { id } pageInfo { hasNextPage } } }', {}, 12],
    ['the same by edges', '{ orders(first: 10) { edges { cursor node { id } } } }', {}, 12],
    ['the size from a variable', 'query($n: Int!) { orders(first: $n) { nodes { id } } }', { n: 100 }, 102],
    ['its default', 'query($n: Int = 5) { orders(first: $n) { nodes { id } } }', {}, 7],
    [
      'nested: 2 + 10 × (1 + 2 + 5 × 1)',
      '{ orders(first: 10) { nodes { lineItems(first: 5) { nodes { id } } } } }',
      {},
      82,
    ],
    ['as many nodes as ids', 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b', 'c'] }, 3],
    ['fragments', '{ orders(first: 1) { nodes { ...f } } } fragment f on Order { app { id } }', {}, 4],
    [
      'a mutation',
      'mutation { orderUpdate(input: { id: "x" }) { order { id app { id } } userErrors { field } } }',
      {},
      10,
    ],
    [
      'two mutations',
      'mutation { a: tagsAdd(id: "x", tags: []) { node { id } } b: tagsAdd(id: "x", tags: []) { node { id } } }',
      {},
      20,
    ],
    [
      'a connection in a payload',
      'mutation { orderUpdate(input: { id: "x" }) { order { lineItems(first: 5) { nodes { id } } } } }',
      {},
      17,
    ],
  ])('%s', (_, query, variables, points) => {
    expect(requested(query, variables)).toBe(points)
  })
})

const dear = '{ orders(first: 98) { nodes { id } } }'

describe('the bucket', () => {
  it('is told of in every answer, and gives back what was not used', async () => {
    const b = bench({ plan: { capacity: 100, restorePerSecond: 10 } })
    b.shop.addProduct(mug)
    const { body } = await b.post(dear)
    expect(body.extensions.cost).toEqual({
      requestedQueryCost: 100,
      actualQueryCost: 2,
      throttleStatus: { maximumAvailable: 100, currentlyAvailable: 98, restoreRate: 10 },
    })
  })

  it('throttles inside a 200, does nothing, and refills with time', async () => {
    const b = bench({ plan: { capacity: 25, restorePerSecond: 5 } })
    b.shop.addProduct(mug)
    const purchase = b.shop.buy([{ sku: mug.sku, quantity: 1 }])
    if (!purchase.ok) throw new Error(purchase.reason)
    const write = () =>
      b.post('mutation($id: ID!) { tagsAdd(id: $id, tags: ["x"]) { node { id } } }', { id: orderGid(purchase.order) })
    await write()
    await write()
    const { status, body } = await write()
    expect(status).toBe(200)
    expect(body).toEqual({
      errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED', documentation: expect.any(String) } }],
      extensions: {
        cost: {
          requestedQueryCost: 10,
          actualQueryCost: null,
          throttleStatus: { maximumAvailable: 25, currentlyAvailable: 5, restoreRate: 5 },
        },
      },
    })
    expect(b.shop.stats()).toMatchObject({ calls: 3, throttled: 1 })
    await b.clock.advance(1000)
    expect((await write()).body.errors).toBeUndefined()
  })

  it('never pays for a query over 1000 points', async () => {
    const b = bench({ plan: { capacity: 10_000, restorePerSecond: 1 } })
    const query = '{ orders(first: 100) { nodes { lineItems(first: 50) { nodes { id } } } } }'
    const { body } = await b.post(query)
    expect(body.data).toBeUndefined()
    expect(body.errors[0].extensions).toMatchObject({ code: 'MAX_COST_EXCEEDED', cost: 5302, maxCost: 1000 })
    expect(body.extensions.cost.throttleStatus.currentlyAvailable).toBe(10_000)
  })

  it('charges what a full answer really holds', async () => {
    const b = bench()
    b.shop.addProduct(mug)
    b.shop.addProduct(tee)
    const query = '{ productVariants(first: 50) { edges { node { product { id } inventoryItem { id } } } } }'
    expect((await b.post(query)).body.extensions.cost).toMatchObject({ requestedQueryCost: 152, actualQueryCost: 8 })
  })
})

describe('the door', () => {
  it('wants the token', async () => {
    const { status, body } = await bench().post('{ shop { id } }', {}, 'shpat_wrong')
    expect(status).toBe(401)
    expect(body.errors).toContain('[API]')
  })

  it('refuses what is no request', async () => {
    const b = bench()
    const token = String(b.shop.connection().credentials.accessToken)
    const ask = (body: string) =>
      b.shop.app.request('/admin/api/2026-10/graphql.json', {
        method: 'POST',
        headers: { 'x-shopify-access-token': token },
        body,
      })
    expect((await ask('{')).status).toBe(400)
    expect((await ask('{}')).status).toBe(400)
    expect((await (await ask('{"query":"{ shop {"}')).json()).errors[0].message).toContain('Syntax Error')
    expect((await b.shop.app.request('/admin/products.json')).status).toBe(404)
  })

  it('is shut while the API is dark, though the shop goes on selling', async () => {
    const b = bench()
    b.shop.addProduct(mug)
    b.shop.setDark(true)
    expect((await b.post('{ shop { id } }')).status).toBe(503)
    expect(b.shop.buy([{ sku: mug.sku, quantity: 1 }]).ok).toBe(true)
    b.shop.setDark(false)
    expect((await b.post('{ shop { id } }')).status).toBe(200)
    expect(b.shop.stats()).toMatchObject({ calls: 2, darkened: 1 })
  })

  it('puts a code on every error', async () => {
    const b = bench()
    const code = async (query: string, variables = {}) =>
      (await b.post(query, variables)).body.errors[0].extensions.code
    expect(await code('{ shop { nickname } }')).toBe('undefinedField')
    expect(await code('{ shop(id: 1) { id } }')).toBe('argumentNotAccepted')
    expect(await code('{ order { id } }')).toBe('missingRequiredArguments')
    expect(await code('{')).toBe('PARSE_ERROR')
    expect(await code('query($n: Int!) { orders(first: $n) { nodes { id } } }', { n: 'x' })).toBe('INVALID_VARIABLE')
    expect(
      await code('mutation($at: DateTime) { orderCreate(order: { processedAt: $at }) { order { id } } }', {
        at: 'soon',
      }),
    ).toBe('INVALID_VARIABLE')
  })

  it('can lose an answer after having acted', async () => {
    const b = bench({ lostAnswers: 1 })
    const { status } = await b.post(
      'mutation { orderCreate(order: { lineItems: [{ title: "x", quantity: 1, priceSet: { shopMoney: { amount: "1", currencyCode: EUR } } }] }) { order { id } } }',
    )
    expect(status).toBe(504)
    expect(b.shop.orders()).toHaveLength(1)
  })
})
