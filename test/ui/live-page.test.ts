import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPages } from '../../src/ui/index.ts'
import { liveEn } from '../../src/ui/live-en.ts'
import { liveNl } from '../../src/ui/live-nl.ts'
import type { PageEnv } from '../../src/ui/session.ts'
import { type Bench, createBench, listing } from '../api/bench.ts'

let bench: Bench
let app: Hono<PageEnv>
let account = ''
let cookie = ''
const evil = '<script>alert(1)</script>'
const ada = { name: 'Ada', password: 'a long enough password' }
const eve = { name: 'Eve', password: 'another long password' }

const signIn = async (person: { name: string; password: string }) => {
  const response = await app.request('/login', {
    method: 'POST',
    body: new URLSearchParams(person),
    headers: { origin: 'http://localhost', 'content-type': 'application/x-www-form-urlencoded' },
  })
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

beforeEach(async () => {
  bench = await createBench()
  app = createPages(bench.deps)
  const { identity } = bench.deps
  await identity.firstStart.make({ token: (await identity.firstStart.token()) ?? '', ...ada, from: undefined })
  cookie = await signIn(ada)
  const shop = bench.shop('corner')
  shop.listings.push(listing('L1', { title: evil }), listing('L2'))
  shop.shelves.set('reg-L1', 50)
  shop.shelves.set('reg-L2', 0)
  const connected = await bench.deps.accounts.connect({
    platform: 'corner-shop',
    title: evil,
    shop: 'corner',
    origin: 'https://shop.example',
    credentials: { key: 'k' },
    settings: {},
  })
  account = connected.ok ? connected.account.id : ''
  for (const sku of ['MUG', 'CAP']) {
    await bench.post('/skus', { sku, title: sku })
    await bench.post(`/skus/${sku}/adjust`, { kind: 'receive', units: 8 })
  }
})
afterEach(() => bench.close())

async function read() {
  await bench.post(`/accounts/${account}/import`)
  for (const [one, sku] of [
    ['L1', 'MUG'],
    ['L2', 'CAP'],
  ])
    await bench.post('/listings/link', { account, listing: one, components: [{ sku, units: 1 }] })
}

async function get(path: string, language = 'en', as = cookie) {
  const response = await app.request(path, { headers: { cookie: as, 'accept-language': language } })
  return { status: response.status, text: await response.text() }
}

async function send(fields: readonly (readonly [string, string])[], origin = 'http://localhost', as = cookie) {
  const response = await app.request(`/shops/${account}/go-live`, {
    method: 'POST',
    body: new URLSearchParams(fields.map(([name, value]) => [name, value])),
    headers: { cookie: as, origin, 'content-type': 'application/x-www-form-urlencoded' },
  })
  return { status: response.status, text: await response.text() }
}
const stateOf = async () => (await bench.get(`/accounts/${account}`)).json.state

describe('the page before a shop goes live', () => {
  test('shows what would change, the riskiest first, how much is exposed, and escapes what the shop says', async () => {
    await read()
    const { status, text } = await get(`/shops/${account}/dry-run`)
    expect(status).toBe(200)
    expect(text).toContain('Counters to be written: 2. Together they show 50 units now')
    expect(text).toContain('Not yet protected: 42 units exposed')
    expect(text.indexOf('L1')).toBeLessThan(text.indexOf('L2'))
    expect(text).not.toContain('<script>')
    const dutch = (await get(`/shops/${account}/dry-run`, 'nl')).text
    for (const words of [liveNl.lead, 'Er is meer toegezegd dan er is.']) expect(dutch).toContain(words)
    expect((await get('/connect')).text).toContain(`/shops/${account}/dry-run`)
  })

  test('of a shop that was not read yet says so', async () => {
    expect((await get(`/shops/${account}/dry-run`)).text).toContain(liveEn.none)
    expect((await get('/shops/nobody/dry-run')).status).toBe(404)
  })

  test('lets a part go live, then the rest, and only after somebody has seen it', async () => {
    await read()
    expect(await send([['act', 'all']])).toEqual({ status: 422, text: expect.stringContaining(liveEn.notSeen) })
    expect(
      await send([
        ['act', 'part'],
        ['seen', 'yes'],
      ]),
    ).toEqual({
      status: 422,
      text: expect.stringContaining(liveEn.noneChosen),
    })
    expect(await stateOf()).toBe('paused')
    const part = await send([
      ['act', 'part'],
      ['seen', 'yes'],
      ['listings', 'L2'],
    ])
    expect(part.text).toContain(liveEn.done.replace('{n}', '1'))
    expect(part.text).toContain(liveEn.states.part)
    const rest = await send([
      ['act', 'all'],
      ['seen', 'yes'],
    ])
    expect(rest.text).toContain(liveEn.done.replace('{n}', '1'))
    expect(rest.text).not.toContain('name="seen"')
    expect(
      await send([
        ['act', 'all'],
        ['seen', 'yes'],
      ]),
    ).toEqual({
      status: 409,
      text: expect.stringContaining('All of this shop is live already.'),
    })
  })

  test('changes nothing while the shop does not answer', async () => {
    await read()
    bench.shop('corner').isDown = true
    expect(
      await send([
        ['act', 'all'],
        ['seen', 'yes'],
      ]),
    ).toEqual({
      status: 502,
      text: expect.stringContaining(liveEn.noAnswer),
    })
    expect(await stateOf()).toBe('paused')
  })

  test('is seen by who may read, answered by who may change shops, and by no other site', async () => {
    await read()
    await bench.post('/users', { ...eve, role: 'viewer' })
    const viewer = await signIn(eve)
    const seen = await get(`/shops/${account}/dry-run`, 'en', viewer)
    expect([seen.status, seen.text.includes('name="seen"')]).toEqual([200, false])
    expect(
      (
        await send(
          [
            ['act', 'all'],
            ['seen', 'yes'],
          ],
          'http://localhost',
          viewer,
        )
      ).status,
    ).toBe(403)
    expect(
      (
        await send(
          [
            ['act', 'all'],
            ['seen', 'yes'],
          ],
          'https://evil.example',
        )
      ).status,
    ).toBe(403)
    expect((await get(`/shops/${account}/dry-run`, 'en', '')).status).toBe(303)
    expect(await stateOf()).toBe('paused')
  })
})
