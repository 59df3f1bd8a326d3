import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { en } from '../../src/ui/en.ts'
import { createPages } from '../../src/ui/index.ts'
import { nl } from '../../src/ui/nl.ts'
import type { PageEnv } from '../../src/ui/session.ts'
import { agoText, latencyText, wordsFor } from '../../src/ui/words.ts'
import { type Bench, createBench, listing, order } from '../api/bench.ts'

let bench: Bench
let app: Hono<PageEnv>

beforeEach(async () => {
  bench = await createBench()
  app = createPages(bench.deps)
})
afterEach(() => bench.close())

/** A browser on a page of ours. */
const ours = { origin: 'http://localhost', 'content-type': 'application/x-www-form-urlencoded' }

async function cookie(): Promise<string> {
  const { identity } = bench.deps
  const token = (await identity.firstStart.token()) ?? ''
  if (token !== '') await identity.firstStart.make({ token, ...ada, from: undefined })
  const response = await app.request('/login', { method: 'POST', body: new URLSearchParams(ada), headers: ours })
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

const ada = { name: 'Ada', password: 'a long enough password' }

async function status(language = 'en'): Promise<string> {
  const response = await app.request('/', { headers: { cookie: await cookie(), 'accept-language': language } })
  expect(response.status).toBe(200)
  return await response.text()
}

describe('the status page', () => {
  test('of an empty installation says so and renews itself', async () => {
    const text = await status()
    expect(text).toContain('<meta http-equiv="refresh" content="5">')
    for (const none of Object.values(en.none)) expect(text).toContain(none)
    expect(text).toContain(en.verdict.good)
  })

  test('shows shops, latencies, orders, problems and stock', async () => {
    const shop = bench.shop('corner')
    shop.listings.push(listing('L1'))
    shop.shelves.set('reg-L1', 10)
    await bench.call('PUT', '/rules', { name: 'policy', value: 'mirror' })
    const account = await bench.connect('corner')
    await bench.post('/skus', { sku: 'MUG', title: 'Blue mug' })
    await bench.post('/skus/MUG/adjust', { kind: 'receive', units: 10 })
    await bench.post(`/accounts/${account}/import`)
    await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'MUG', units: 1 }] })
    await bench.post('/skus/MUG/adjust', { kind: 'adjust', units: -3 })
    await bench.settle()
    await bench.say(account, 'o-1', { kind: 'order', order: order('1001', 'L9', 2) })
    const text = await status()
    expect(text).toContain(en.verdict.trouble)
    expect(text).toContain(account)
    expect(text).toContain('<li>seen <b>1</b></li>')
    expect(text).toContain('#1001')
    expect(text).toContain('listing L9')
    expect(text).toContain(en.meanings.order)
    expect(text).toContain(`<li title="Listing L1">${account} <b>7</b></li>`)
    expect(text).toMatch(/data-label="On hand">7</)
    expect(text).toMatch(/data-label="p95">\d/)
    expect(text).not.toContain('Ada Secret')
  })

  test('never lets a text of a shop become markup', async () => {
    const evil = '<script>alert(1)</script>"\'&'
    const shop = bench.shop('corner')
    shop.listings.push(listing('L1', { title: evil }))
    const account = await bench.connect('corner')
    await bench.patch(`/accounts/${account}`, { title: evil })
    await bench.post('/skus', { sku: 'A&B<i>', title: evil })
    await bench.post(`/accounts/${account}/import`)
    await bench.post('/listings/link', { account, listing: 'L1', components: [{ sku: 'A&B<i>', units: 1 }] })
    const line = order('<b>7</b>', 'L9', 1).lines[0]
    await bench.say(account, 'o-1', {
      kind: 'order',
      order: {
        ...order('<b>7</b>', 'L9', 1, { phase: '<u>' as never }),
        lines: line ? [{ ...line, title: evil }] : [],
      },
    })
    await bench.say(account, 'd-1', { kind: 'unreadable', reason: evil })
    await bench.say(account, 'c-1', { kind: 'connection', event: 'uninstalled', message: evil })
    const text = await status()
    expect(text).not.toMatch(/<script|<i>|<b>7|<u>/)
    expect(text.split('&lt;script&gt;').length).toBeGreaterThan(5)
    expect(text).toContain('title="&lt;script&gt;alert(1)&lt;/script&gt;&quot;')
    const response = await app.request('/', { headers: { cookie: await cookie() } })
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('speaks Dutch to who reads Dutch', async () => {
    const text = await status('nl-NL,nl;q=0.9,en;q=0.5')
    expect(text).toContain('<html lang="nl">')
    expect(text).toContain(nl.none.problems)
    expect(text).not.toContain(en.none.problems)
  })

  test('its sheet is open to all', async () => {
    const response = await app.request('/style.css')
    expect(response.headers.get('content-type')).toContain('text/css')
    expect(await response.text()).toContain('prefers-color-scheme: dark')
  })
})

describe('words', () => {
  test.each([
    [undefined, 'en'],
    ['', 'en'],
    ['fr-FR,fr', 'en'],
    ['nl', 'nl'],
    ['nl-BE', 'nl'],
    ['en;q=0.4, nl;q=0.8', 'nl'],
    ['fr, en, nl;q=0.9', 'en'],
    ['nl;q=0, en', 'en'],
  ])('%s reads %s', (header, language) => {
    expect(wordsFor(header).language).toBe(language)
  })

  test.each([
    [null, 'never'],
    [0, '0 s ago'],
    [59_999, '59 s ago'],
    [60_000, '1 min ago'],
    [7_200_000, '2 h ago'],
    [200_000_000, '2 d ago'],
    [-5, '0 s ago'],
  ])('%s ms ago is "%s"', (passedMs, text) => {
    expect(agoText(en, passedMs === null ? null : 1_000_000_000 - passedMs, 1_000_000_000)).toBe(text)
  })

  test('latencies are short', () => {
    expect([null, 0, 640, 3240].map((ms) => latencyText(en, ms))).toEqual(['–', '0 ms', '640 ms', '3.2 s'])
    expect(latencyText(nl, 3240)).toBe('3,2 s')
  })

  test('both dictionaries say everything', () => {
    const keys = (value: object): unknown[] =>
      Object.entries(value).map(([key, inner]) => (typeof inner === 'object' ? [key, keys(inner)] : key))
    expect(keys(nl)).toEqual(keys(en))
  })
})
