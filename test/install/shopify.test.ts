/** Connecting a Shopify store through its consent page, and everything that somebody may try with it. */

import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { shopName } from '../../connectors/shopify/consent.ts'
import { calmHooks } from '../../src/sandbox/shop.ts'
import { shopifySandbox } from '../../src/sandbox/shopify/index.ts'
import type { ShopOptions } from '../../src/sandbox/shopify/options.ts'
import { createStand, onwardOf, type Stand } from './stand.ts'

const shop = 'onhand-demo.myshopify.com'

let stand: Stand
let ada: Awaited<ReturnType<Stand['admin']>>
let keys: { clientId: string; clientSecret: string }

beforeEach(async () => {
  stand = await createStand()
  ada = await stand.admin()
})
afterEach(() => stand.close())

/** A store on the network; the consent page asks it for its app's keys. */
function store(options: Partial<ShopOptions> = {}) {
  const sandbox = shopifySandbox(
    { clock: stand.clock, random: stand.random, fetch: stand.fetch, chaos: calmHooks },
    options,
  )
  stand.hosts[`https://${options.shop ?? shop}`] = (request) => sandbox.app.fetch(request)
  keys = sandbox.oauthApp()
  return sandbox
}

const enterApp = () => ada.go('/connect/shopify/app', keys)

/** Ada asks for the consent of a store: where she is sent to. */
async function ask(name = shop, who = ada): Promise<URL> {
  const page = await who.go('/connect/shopify', { way: 'consent', shop: name })
  return new URL(onwardOf(page.text))
}

/** She agrees there: where the store sends her back to. */
async function agree(url: URL, answer = 'install'): Promise<URL> {
  const form = new URLSearchParams([...url.searchParams, ['answer', answer]])
  const done = await stand.hosts[url.origin]?.(
    new Request(new URL('/admin/oauth/authorize', url), { method: 'POST', body: form }),
  )
  return new URL(done?.headers.get('location') ?? '', url)
}

/** The browser comes back from the store, and then from our own page. */
async function back(url: URL, who = ada) {
  const bounce = await who.go(url.pathname + url.search, undefined, 'other')
  expect(bounce.status).toBe(200)
  return await who.go(onwardOf(bounce.text))
}

const signed = (query: URLSearchParams, secret: string) => {
  query.delete('hmac')
  query.sort()
  query.set('hmac', createHmac('sha256', secret).update(query.toString()).digest('hex'))
  return query
}

const accounts = () => stand.accounts.list()
const tokenRequests = () => stand.asked.filter((one) => one.endsWith('/admin/oauth/access_token')).length

/** The page's sentence about what went wrong; nothing of the secrets on it. */
function refusalOn(page: { text: string; status: number }): string {
  expect(page.text).not.toContain(keys.clientSecret)
  expect(page.text).not.toMatch(/shp(at|rt)_\w/)
  return /role="alert">([^<]*)/.exec(page.text)?.[1] ?? ''
}

describe('the way in', () => {
  test('consent, one choice, and the store is read but not written to', async () => {
    const sandbox = store()
    sandbox.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 7 })
    await enterApp()
    const consent = await ask('Onhand-Demo')
    expect(consent.origin).toBe(`https://${shop}`)
    expect(consent.searchParams.get('redirect_uri')).toBe('https://onhand.example/connect/shopify/back')
    const opened = await back(await agree(consent))
    expect(opened.to).toMatch(/^\/installs\//)
    const choice = await ada.go(opened.to)
    expect(choice.text).toContain(shop)
    expect(await accounts()).toEqual([])
    expect((await ada.go(opened.to, { shops: shop })).to).toBe('/connect')
    expect(await accounts()).toMatchObject([{ shop, state: 'paused', live_at: null, settings: { currency: 'EUR' } }])
    await stand.during(stand.care.tick())
    const page = await ada.go('/connect')
    expect(page.text).toContain('1 products and variants')
    expect(page.text).toContain('Webhooks: 10 of 10')
    expect(sandbox.subscriptions()).toHaveLength(10)
    // What is at rest tells nobody anything, and the consent's own row forgot it.
    const rows = JSON.stringify(await stand.store.db.selectFrom('install').selectAll().execute())
    expect(rows).not.toMatch(/shp(at|rt)_\w/)
    expect(stand.log.join('\n')).not.toMatch(/shpat_|shprt_|shpss_/)
  })

  test('what a person types becomes a store name, or nothing', () => {
    for (const typed of [
      'store',
      'Store.myshopify.com',
      'https://store.myshopify.com/admin',
      'admin.shopify.com/store/store/orders',
    ])
      expect([typed, shopName(typed)]).toEqual([typed, 'store.myshopify.com'])
    for (const typed of [
      '',
      'shop.example',
      'store.myshopify.com.evil.example',
      'evil.example/store.myshopify.com',
      'a@b.myshopify.com',
      'x.y.myshopify.com',
      '-a.myshopify.com',
      'store.myshopify.com:8080',
    ])
      expect([typed, shopName(typed)]).toEqual([typed, undefined])
  })

  test('connecting again keeps the account, its books and its place, and brings a broken one back', async () => {
    store()
    await enterApp()
    const first = await back(await agree(await ask()))
    await ada.go(first.to, { shops: shop })
    const [account] = await accounts()
    await stand.accounts.change(account?.id ?? '', { state: 'active' })
    await stand.accounts.change(account?.id ?? '', { state: 'broken', reason: 'removed' })
    const second = await back(await agree(await ask()))
    await ada.go(second.to, { shops: shop })
    expect(await accounts()).toMatchObject([{ id: account?.id, state: 'active', reason: null }])
  })

  test("the merchant's own app and an older app's token work without a consent; wrong ones are told apart", async () => {
    const sandbox = store()
    const own = await ada.go('/connect/shopify', { way: 'ownApp', shop, ...keys })
    expect(own.to).toMatch(/^\/installs\//)
    const { accessToken } = sandbox.connection().credentials
    const pasted = await ada.go('/connect/shopify', {
      way: 'keys',
      shop,
      accessToken: String(accessToken),
      clientSecret: keys.clientSecret,
    })
    expect(pasted.to).toMatch(/^\/installs\//)
    const wrong = await ada.go('/connect/shopify', { way: 'keys', shop, accessToken: 'shpat_wrong', clientSecret: 's' })
    expect(wrong.status).toBe(422)
    expect(refusalOn(wrong)).toContain('does not accept these keys')
    expect(
      refusalOn(await ada.go('/connect/shopify', { way: 'ownApp', shop, clientId: 'x', clientSecret: 'y' })),
    ).toContain('does not accept')
    expect(await accounts()).toEqual([])
  })
})

describe('attacks', () => {
  beforeEach(async () => {
    store()
    await enterApp()
  })

  test('a callback that is opened twice leads to the same choice, and its code is used once', async () => {
    const url = await agree(await ask())
    const first = await back(url)
    expect((await back(url)).to).toBe(first.to)
    expect(tokenRequests()).toBe(1)
  })

  test('two at once: one is exchanged', async () => {
    const url = await agree(await ask())
    await Promise.all([back(url), back(url)])
    expect(tokenRequests()).toBe(1)
  })

  test('a code that was used before is refused', async () => {
    const used = await agree(await ask())
    await back(used)
    const other = await agree(await ask())
    other.searchParams.set('code', used.searchParams.get('code') ?? '')
    const page = await back(new URL(`${other.pathname}?${signed(other.searchParams, keys.clientSecret)}`, other))
    expect([page.status, refusalOn(page)]).toEqual([422, expect.stringContaining('used already')])
  })

  test('a state that nobody asked with, and none', async () => {
    const url = await agree(await ask())
    for (const state of ['x'.repeat(43), '']) {
      url.searchParams.set('state', state)
      const page = await back(new URL(`${url.pathname}?${signed(url.searchParams, keys.clientSecret)}`, url))
      expect([page.status, refusalOn(page)]).toEqual([422, expect.stringContaining('belongs to nothing')])
    }
    expect(tokenRequests()).toBe(0)
  })

  test("another admin's browser cannot end it, and neither can a stranger", async () => {
    const eve = await stand.signIn('Eve', 'admin', ada)
    const url = await agree(await ask())
    expect(refusalOn(await back(url, eve))).toContain('belongs to nothing')
    expect((await back(url, stand.browser())).to).toBe('/login')
    expect(tokenRequests()).toBe(0)
    // It was not used up by them.
    const opened = await back(url)
    expect((await eve.go(opened.to)).to).toBe('/connect')
    expect((await eve.go(opened.to, { shops: shop })).to).toBe('/connect')
    expect(await accounts()).toEqual([])
  })

  test('a callback about another store', async () => {
    const url = await agree(await ask())
    url.searchParams.set('shop', 'evil.myshopify.com')
    const page = await back(new URL(`${url.pathname}?${signed(url.searchParams, keys.clientSecret)}`, url))
    expect(refusalOn(page)).toContain('another shop')
    expect(tokenRequests()).toBe(0)
    expect(stand.asked.filter((one) => one.includes('evil'))).toEqual([])
  })

  test.each([
    ['a parameter was changed', (query: URLSearchParams) => query.set('code', 'another')],
    ['a parameter was added', (query: URLSearchParams) => query.set('extra', '1')],
    ['it was signed with another secret', (query: URLSearchParams) => signed(query, 'shpss_other')],
    ['it is not signed', (query: URLSearchParams) => query.delete('hmac')],
    ['the signature is empty', (query: URLSearchParams) => query.set('hmac', '')],
    ['the signature is of another length', (query: URLSearchParams) => query.set('hmac', 'ab')],
  ])('%s', async (_what, tamper) => {
    const url = await agree(await ask())
    tamper(url.searchParams)
    const page = await back(url)
    expect([page.status, refusalOn(page)]).toEqual([422, expect.stringContaining('not signed')])
    expect(tokenRequests()).toBe(0)
  })

  test.each([-91, 91])('signed %i seconds away from now', async (seconds) => {
    const url = await agree(await ask())
    url.searchParams.set('timestamp', String(Math.floor(stand.clock.now() / 1000) + seconds))
    const page = await back(new URL(`${url.pathname}?${signed(url.searchParams, keys.clientSecret)}`, url))
    expect(refusalOn(page)).toContain('too old')
  })

  test('an answer that comes an hour later', async () => {
    const url = await agree(await ask())
    await stand.clock.advance(3_600_001)
    url.searchParams.set('timestamp', String(Math.floor(stand.clock.now() / 1000)))
    const page = await back(new URL(`${url.pathname}?${signed(url.searchParams, keys.clientSecret)}`, url))
    expect(refusalOn(page)).toContain('belongs to nothing')
  })

  test('the previous secret signs while it is being replaced; shops that are connected know both', async () => {
    await ada.go((await back(await agree(await ask()))).to, { shops: shop })
    await ada.go('/connect/shopify/app', { clientId: keys.clientId, clientSecret: 'shpss_new_secret_of_the_app' })
    const body = JSON.stringify({ id: 1 })
    const hook = (secret: string) =>
      stand.app.request('/webhooks/shopify', {
        method: 'POST',
        body,
        headers: {
          'x-shopify-topic': 'orders/updated',
          'x-shopify-shop-domain': shop,
          'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
        },
      })
    expect((await hook(keys.clientSecret)).status).toBe(200)
    expect((await hook('shpss_new_secret_of_the_app')).status).toBe(200)
    expect((await hook('shpss_neither')).status).toBe(401)
    const answer = await back(await agree(await ask()))
    expect(refusalOn(answer)).not.toContain('not signed')
  })

  test('a viewer and an operator see no page and start nothing; a foreign page starts nothing', async () => {
    for (const role of ['viewer', 'operator'] as const) {
      const one = await stand.signIn(role, role, ada)
      expect((await one.go('/connect')).status).toBe(403)
      expect((await one.go('/connect/shopify', { way: 'consent', shop })).status).toBe(403)
      expect((await one.go('/connect/shopify/app', keys)).status).toBe(403)
    }
    expect((await ada.go('/connect/shopify', { way: 'consent', shop }, 'other')).status).toBe(403)
  })

  test('an address that is no store is not asked', async () => {
    const page = await ada.go('/connect/shopify', { way: 'consent', shop: 'evil.example' })
    expect(page.status).toBe(422)
    expect(page.text).toContain('no address of such a shop')
    expect(stand.asked).toEqual([])
  })
})

test('a scope that was not granted is named with what it costs, and the store is not kept', async () => {
  store({
    grantedScopes: [
      'read_products',
      'write_inventory',
      'read_locations',
      'read_fulfillments',
      'write_orders',
      'read_merchant_managed_fulfillment_orders',
    ],
  })
  await enterApp()
  const opened = await back(await agree(await ask()))
  const page = await ada.go(opened.to)
  expect(page.text).toContain(
    '<code>write_merchant_managed_fulfillment_orders</code>: no tracking number can be told to it',
  )
  const tried = await ada.go(opened.to, { shops: shop })
  expect([tried.status, await accounts()]).toEqual([422, []])
})

test('without the keys of an app the page says so, and in Dutch', async () => {
  const page = await ada.go('/connect/shopify')
  expect(page.text).toContain('keys of the app are not entered yet')
  const jan = stand.browser('nl')
  await jan.go('/login', { name: 'Ada', password: 'a long enough password' })
  expect((await jan.go('/connect')).text).toContain('Er is nog geen winkel gekoppeld')
})
