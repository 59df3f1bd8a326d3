import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPages } from '../../src/ui/index.ts'
import type { PageEnv } from '../../src/ui/session.ts'
import { skuEn } from '../../src/ui/sku-en.ts'
import { skuNl } from '../../src/ui/sku-nl.ts'
import { type Bench, createBench, listing, order } from '../api/bench.ts'

let bench: Bench
let app: Hono<PageEnv>
let account = ''
let cookie = ''
const evil = '<script>alert(1)</script>'
const ada = { name: 'Ada', password: 'a long enough password' }

beforeEach(async () => {
  bench = await createBench()
  app = createPages(bench.deps)
  const { identity } = bench.deps
  await identity.firstStart.make({ token: (await identity.firstStart.token()) ?? '', ...ada, from: undefined })
  const response = await app.request('/login', {
    method: 'POST',
    body: new URLSearchParams(ada),
    headers: { origin: 'http://localhost', 'content-type': 'application/x-www-form-urlencoded' },
  })
  cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  bench.shop('corner').listings.push(listing('L1', { title: evil }))
  bench.shop('corner').shelves.set('reg-L1', 4)
  account = await bench.connect('corner')
  await bench.post('/skus', { sku: 'A/B', title: evil })
  await bench.clock.advance(60_000)
  await bench.post('/skus/A%2FB/adjust', { kind: 'receive', units: 12, reason: evil })
  await bench.post(`/accounts/${account}/import`)
  await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'A/B', units: 1 }] })
  await bench.clock.advance(60_000)
})
afterEach(() => bench.close())

async function get(path: string, language = 'en') {
  const response = await app.request(path, { headers: { cookie, 'accept-language': language } })
  return { status: response.status, text: await response.text() }
}

describe('the page of a sku', () => {
  test('is a table that adds up, with its orders, rules and movements', async () => {
    await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L1', 2) })
    await bench.call('PUT', '/rules', { name: 'cap', value: 3, sku: 'A/B' })
    const { status, text } = await get('/skus/A%2FB')
    expect(status).toBe(200)
    const units = [...text.matchAll(/data-label="Units"><b>(-?\d+)<\/b>/g)].map(([, amount]) => Number(amount))
    expect(units.slice(0, 2)).toEqual([12, -2])
    expect(units.length).toBeGreaterThan(3)
    expect(units.slice(0, -1).reduce((sum, amount) => sum + amount, 0)).toBe(units.at(-1))
    expect(text).toContain('in one order: #1001 (2).')
    expect(text).toContain('It shows 3 at most.')
    expect(text).toContain(skuEn.protected)
    expect(text).not.toContain('<script>')
  })

  test('shows a past instant, and says what is wrong with another', async () => {
    const past = new Date(bench.clock.now() - 60_000).toISOString().slice(0, 19)
    await bench.post('/skus/A%2FB/adjust', { kind: 'adjust', units: -5 })
    expect((await get('/skus/A%2FB')).text).toContain('<b>7</b>')
    const then = await get(`/skus/A%2FB?at=${past}`)
    expect([then.status, then.text]).toEqual([200, expect.stringContaining('<b>12</b>')])
    for (const [at, sentence] of [
      ['2126-01-01T00:00', skuEn.future],
      ['yesterday', skuEn.wrongAt],
      ['2020-01-01T00:00', 'nothing to explain before'],
    ] as const)
      expect(await get(`/skus/A%2FB?at=${at}`)).toEqual({ status: 422, text: expect.stringContaining(sentence) })
    expect(await get('/skus/NOPE')).toEqual({ status: 404, text: expect.stringContaining(skuEn.unknown) })
  })

  test('speaks Dutch to who reads Dutch, and lets nobody in who is not signed in', async () => {
    const { text } = await get('/skus/A%2FB', 'nl')
    for (const words of [skuNl.counters, 'op voorraad', 'ontvangen']) expect(text).toContain(words)
    const response = await app.request('/skus/A%2FB')
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login'])
  })
})

describe('the status page', () => {
  test('says whether all that is promised is there, and which shelf was not as believed', async () => {
    expect((await get('/')).text).toContain(skuEn.protected)
    bench.shop('corner').shelves.set('reg-L1', 20)
    await bench.post(`/accounts/${account}/observe`)
    await bench.clock.advance(5000)
    const { text } = await get('/')
    expect(text).toContain('Not yet protected: 8 units exposed')
    expect(text).toContain('16 more on the shelf than known')
    expect(text).toContain(skuEn.drift)
    expect(text).toContain('<a href="/skus/A%2FB">')
    expect((await get('/', 'nl')).text).toContain('Nog niet beschermd: 8 stuks te veel toegezegd')
  })
})
