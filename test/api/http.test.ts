import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createIdempotency } from '../../src/api/idempotency.ts'
import { adminToken, type Bench, createBench } from './bench.ts'

let bench: Bench

beforeEach(async () => {
  bench = await createBench()
})
afterEach(() => bench.close())

const document = async () =>
  z
    .object({
      openapi: z.string(),
      paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
    })
    .parse(await (await bench.app.request('/api/openapi.json')).json())

describe('the door of the API', () => {
  test('the document is open and in OpenAPI 3.1; everything it names wants the token and answers', async () => {
    const { openapi, paths } = await document()
    expect(openapi).toBe('3.1.0')
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
    )
    expect(operations.length).toBeGreaterThan(25)
    for (const { path, method } of operations) {
      const url = `/api${path.replaceAll(/\{\w+\}/g, 'x')}`
      const closed = await bench.app.request(url, { method })
      expect([method, path, closed.status]).toEqual([method, path, 401])
      const open = await bench.app.request(url, { method, headers: { authorization: `Bearer ${adminToken}` } })
      const details = await open.json()
      expect(JSON.stringify(details)).not.toContain('Nothing answers')
      expect(open.status).toBeLessThan(500)
    }
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: `Basic ${adminToken}` }],
    ['a longer token', { authorization: `Bearer ${adminToken}x` }],
  ])('refuses %s', async (_name, headers) => {
    const response = await bench.app.request('/api/status', { headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('www-authenticate')).toContain('Bearer')
    expect(await response.json()).toMatchObject({ type: 'about:blank', status: 401, title: 'Not allowed in' })
  })

  test('says in problem details what is wrong with a request', async () => {
    const unknown = await bench.get('/nothing-here')
    expect(unknown.json).toMatchObject({ status: 404, detail: expect.stringContaining('/nothing-here') })
    expect((await bench.post('/skus', '{')).json).toMatchObject({ status: 400, title: 'The request cannot be read' })
    expect((await bench.post('/skus', JSON.stringify({ sku: 'x'.repeat(1024 * 1024) }))).status).toBe(413)
    expect((await bench.post('/skus')).status).toBe(422)
    expect((await bench.get('/skus?limit=0')).json).toMatchObject({ status: 422, errors: [{ field: 'limit' }] })
    expect((await bench.get('/skus?limit=201')).status).toBe(422)
    expect((await bench.get('/skus?after=garbage')).json).toMatchObject({ errors: [{ field: 'after' }] })
    expect((await bench.get('/skus?acount=x')).status).toBe(422)
  })

  test('names what does not exist', async () => {
    const missing = [
      ['GET', '/accounts/x'],
      ['PATCH', '/accounts/x', {}],
      ['POST', '/accounts/x/import'],
      ['POST', '/accounts/x/observe'],
      ['POST', '/accounts/x/subscribe'],
      ['POST', '/accounts/x/pause'],
      ['GET', '/skus/x'],
      ['PATCH', '/skus/x', { safetyUnits: 1 }],
      ['POST', '/skus/x/adjust', { kind: 'adjust', units: 1 }],
      ['GET', '/skus/x/explain'],
    ] as const
    for (const [method, path, body] of missing) {
      const { status, json } = await bench.call(method, path, body)
      expect([method, path, status]).toEqual([method, path, 404])
      expect(json.detail).toContain('x')
    }
  })
})

describe('Idempotency-Key', () => {
  test('the same request gets the stored answer, another one is refused', async () => {
    const key = { 'idempotency-key': 'k-1' }
    const first = await bench.post('/skus', { sku: 'A', title: 'A' }, key)
    const again = await bench.post('/skus', { sku: 'A', title: 'A' }, key)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.json).toEqual(first.json)
    expect((await bench.post('/skus', { sku: 'B', title: 'B' }, key)).status).toBe(422)
    expect((await bench.post('/listings/automatch', { dryRun: true }, key)).status).toBe(422)
    expect((await bench.get('/skus/B')).status).toBe(404)
  })

  test('two at once: one acts, the other is told to wait', async () => {
    await bench.post('/skus', { sku: 'A', title: 'A' })
    const send = () => bench.post('/skus/A/adjust', { kind: 'receive', units: 5 }, { 'idempotency-key': 'at-once' })
    const statuses = (await Promise.all([send(), send()])).map(({ status }) => status).toSorted()
    expect(statuses).toEqual([200, 409])
    expect((await bench.get('/skus/A')).json).toMatchObject({ onHand: 5 })
  })

  test('a request that failed for the shop may be sent again; keys are forgotten after a day', async () => {
    const account = await bench.connect('corner')
    bench.shop('corner').isDown = true
    const key = { 'idempotency-key': 'import-1' }
    expect((await bench.post(`/accounts/${account}/import`, undefined, key)).status).toBe(502)
    bench.shop('corner').isDown = false
    expect((await bench.post(`/accounts/${account}/import`, undefined, key)).status).toBe(200)

    const keys = createIdempotency(bench.store.db, bench.clock)
    expect(await keys.claim('import-1', 'other')).toMatchObject({ kind: 'refused' })
    await bench.clock.advance(25 * 3_600_000)
    expect(await keys.claim('import-1', 'other')).toEqual({ kind: 'go' })
    expect(await keys.claim('import-1', 'other')).toMatchObject({ refusal: { status: 409 } })
    await bench.clock.advance(11 * 60_000)
    expect(await keys.claim('import-1', 'other')).toEqual({ kind: 'go' })
  })
})

describe('probes', () => {
  test('health, readiness and what stops it', async () => {
    expect((await bench.app.request('/health')).status).toBe(200)
    expect((await bench.app.request('/ready')).status).toBe(200)
    await bench.store.db.updateTable('meta').set({ value: '99' }).where('name', '=', 'schema').execute()
    const other = await bench.app.request('/ready')
    expect(other.status).toBe(503)
    expect(await other.json()).toMatchObject({ detail: expect.stringContaining('schema 99') })
    await bench.store.db.updateTable('meta').set({ value: '1' }).where('name', '=', 'schema').execute()
    bench.stopping()
    expect((await bench.app.request('/ready')).status).toBe(503)
    expect((await bench.app.request('/health')).status).toBe(200)
  })

  const metrics = (headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
    bench.app.request('/metrics', { headers }, { incoming: { socket: { remoteAddress } } })

  test.each([
    ['this machine', {}, '127.0.0.1', 200],
    ['this machine by its other name', {}, '::1', 200],
    ['a proxy on this machine', { 'x-forwarded-for': '203.0.113.9' }, '127.0.0.1', 401],
    ['another machine', {}, '203.0.113.9', 401],
    ['another machine with the token', { authorization: `Bearer ${adminToken}` }, '203.0.113.9', 200],
    ['nobody knows where', {}, '', 401],
  ])('metrics asked from %s', async (_name, headers: Record<string, string>, address, status) => {
    expect((await metrics(headers, address)).status).toBe(status)
  })

  test('metrics tell the work of each account', async () => {
    const account = await bench.connect('corner')
    await bench.say(account, 'd-1', { kind: 'unreadable', reason: 'No.' })
    const text = await (await metrics()).text()
    expect(text).toContain(`onhand_parked{account="${account}"} 1`)
    expect(text).toContain(`onhand_due{account="${account}"} 0`)
    expect(text).toContain(`onhand_throttled_calls{account="${account}"} 0`)
    expect(text).toContain('onhand_inbox_waiting 0')
  })
})
