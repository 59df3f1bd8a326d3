/** Connecting a WooCommerce shop through its approval page or by a key made by hand, and what a diagnosis finds. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { calmHooks } from '../../src/sandbox/shop.ts'
import { type WooSandboxOptions, wooSandbox } from '../../src/sandbox/woocommerce/index.ts'
import { en } from '../../src/ui/en.ts'
import { createStand, home, onwardOf, type Stand } from './stand.ts'

const shop = 'https://woo.example'

let stand: Stand
let ada: Awaited<ReturnType<Stand['admin']>>

beforeEach(async () => {
  stand = await createStand()
  ada = await stand.admin()
})
afterEach(() => stand.close())

function shopAt(origin = shop, options: WooSandboxOptions = {}) {
  const sandbox = wooSandbox(
    { clock: stand.clock, random: stand.random, fetch: stand.fetch, chaos: calmHooks },
    { home: origin, ...options },
  )
  stand.hosts[origin] = (request) => sandbox.app.fetch(request)
  return sandbox
}

async function ask(typed = shop): Promise<URL> {
  return new URL(onwardOf((await ada.go('/connect/woocommerce', { way: 'consent', shop: typed })).text))
}

/** The administrator answers: where the shop sends the browser, and what it shows when it does not. */
async function answer(url: URL, given = 'approve') {
  const form = new URLSearchParams([...url.searchParams, ['answer', given]])
  const done = await stand.hosts[url.origin]?.(
    new Request(new URL('/wc-auth/v1/access_granted', url), { method: 'POST', body: form }),
  )
  return { to: done?.headers.get('location') ?? '', status: done?.status }
}

async function back(to: string, who = ada) {
  const { pathname, search } = new URL(to)
  const bounce = await who.go(pathname + search, undefined, 'other')
  return await who.go(onwardOf(bounce.text))
}

const post = (body: unknown) =>
  stand.app.request(`${home}/install/woocommerce/keys`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json;charset=UTF-8' },
  })

const keysOf = (url: URL, more: Record<string, unknown> = {}) => ({
  key_id: 7,
  user_id: url.searchParams.get('user_id'),
  consumer_key: `ck_${'a'.repeat(40)}`,
  consumer_secret: `cs_${'b'.repeat(40)}`,
  key_permissions: 'read_write',
  ...more,
})

const refusalOn = (page: { text: string }) => /role="alert">([^<]*)/.exec(page.text)?.[1] ?? ''

describe('the approval page', () => {
  test('sends a key, which is tried and kept; the shop is read and its webhooks are made', async () => {
    const sandbox = shopAt()
    sandbox.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 7 })
    const url = await ask('woo.example/')
    expect(url.pathname).toBe('/wc-auth/v1/authorize')
    expect(url.searchParams.get('callback_url')).toBe('https://onhand.example/install/woocommerce/keys')
    const { to } = await answer(url)
    const opened = await back(to)
    expect((await ada.go(opened.to)).text).toContain('woo.example')
    await ada.go(opened.to, { shops: shop })
    await stand.during(stand.care.tick())
    expect(await stand.accounts.list()).toMatchObject([{ shop, origin: shop, state: 'paused' }])
    expect((await ada.go('/connect')).text).toContain('1 products and variants')
    expect(sandbox.subscriptions().length).toBeGreaterThan(3)
  })

  test('who says no is told that nothing was changed', async () => {
    shopAt()
    const { to } = await answer(await ask(), 'deny')
    const page = await ada.go((await back(to)).to)
    expect([page.status, refusalOn(page)]).toEqual([422, en.connect.faults.declined])
  })

  test('keys that come a second time, for no question, too late or damaged are turned away', async () => {
    shopAt()
    const url = await ask()
    await answer(url)
    const before = stand.asked.length
    expect((await post(keysOf(url))).status).toBe(400)
    expect((await post(keysOf(url, { user_id: 'x'.repeat(43) }))).status).toBe(400)
    expect((await post(keysOf(url, { user_id: undefined }))).status).toBe(400)
    expect((await post('nonsense')).status).toBe(400)
    expect((await post(null)).status).toBe(400)
    const late = await ask()
    await stand.clock.advance(3_600_001)
    expect((await post(keysOf(late))).status).toBe(400)
    expect(stand.asked.length).toBe(before)
  })

  test('keys of another shop do not open the one that was asked, and are sent nowhere else', async () => {
    shopAt()
    shopAt('https://other.example')
    const url = await ask()
    expect((await post(keysOf(url))).status).toBe(400)
    expect(stand.asked.filter((one) => one.includes('other.example'))).toEqual([])
    const page = await ada.go(
      (await back(`${home}/connect/woocommerce/back?success=1&user_id=${url.searchParams.get('user_id')}`)).to,
    )
    expect(refusalOn(page)).toBe(en.connect.faults.keys)
    expect(page.text).not.toContain('ck_a')
    expect(page.text).not.toContain('cs_b')
    expect(stand.log.join('\n')).not.toMatch(/c[ks]_[ab]{4}/)
  })

  test('a key that may only read is taken back by the shop', async () => {
    const sandbox = shopAt()
    const url = await ask()
    url.searchParams.set('scope', 'read')
    expect((await answer(url)).status).toBe(401)
    expect(sandbox.stats()).toMatchObject({ stockWrites: 0 })
    const page = await back(`${home}/connect/woocommerce/back?success=1&user_id=${url.searchParams.get('user_id')}`)
    expect(refusalOn(await ada.go(page.to))).toBe(en.connect.faults.readOnly)
  })

  test('another browser gets nothing of what it opened', async () => {
    shopAt()
    const eve = await stand.signIn('Eve', 'admin', ada)
    const { to } = await answer(await ask())
    expect(refusalOn(await back(to, eve))).toBe(en.connect.faults.state)
    expect((await back(to)).to).toMatch(/^\/installs\//)
  })

  test('coming back while no keys came means that the shop cannot reach us', async () => {
    shopAt()
    const url = await ask()
    const page = await back(`${home}/connect/woocommerce/back?success=1&user_id=${url.searchParams.get('user_id')}`)
    expect(refusalOn(await ada.go(page.to))).toBe(en.connect.faults.publicUrl)
  })
})

describe('keys made by hand', () => {
  const enter = (keys: Record<string, unknown>, typed = shop) =>
    ada.go('/connect/woocommerce', {
      way: 'keys',
      shop: typed,
      consumerKey: String(keys.consumerKey),
      consumerSecret: String(keys.consumerSecret),
    })

  test('are tried; wrong, read-only and unreachable ones are told apart, and none comes back on the page', async () => {
    const readOnly = {
      consumerKey: `ck_${'c'.repeat(40)}`,
      consumerSecret: `cs_${'d'.repeat(40)}`,
      permissions: 'read' as const,
    }
    const sandbox = shopAt(shop, { keys: [readOnly] })
    expect((await enter(sandbox.connection().credentials)).to).toMatch(/^\/installs\//)
    for (const [keys, typed, said] of [
      [{ consumerKey: 'ck_1234567890', consumerSecret: 'cs_1234567890' }, shop, 'keys'],
      [readOnly, shop, 'readOnly'],
      [readOnly, 'https://nobody.example', 'unreachable'],
      [readOnly, 'http://169.254.169.254', 'shop'],
      [readOnly, 'ftp://woo.example', 'shop'],
      [{ consumerKey: 'x', consumerSecret: 'y' }, shop, 'keys'],
    ] as const) {
      const page = await stand.during(enter(keys, typed))
      expect([page.status, said, page.text.includes(en.connect.faults[said])]).toEqual([422, said, true])
      expect(page.text).not.toContain(`value="${keys.consumerSecret}"`)
    }
    expect(stand.asked.filter((one) => one.includes('169.254'))).toEqual([])
  })

  test('a host that strips the header is found out, and remembered', async () => {
    const sandbox = shopAt(shop, { stripsAuthorization: true })
    const opened = await enter(sandbox.connection().credentials)
    await ada.go(opened.to, { shops: shop })
    expect(await stand.accounts.list()).toMatchObject([{ settings: { keysInQuery: true } }])
  })
})

describe('a diagnosis', () => {
  async function symptoms(origin: string, options: WooSandboxOptions, keys?: Record<string, unknown>, settings = {}) {
    const sandbox = shopAt(origin, options)
    const created = await stand.accounts.create({
      platform: 'woocommerce',
      title: origin,
      shop: origin,
      origin,
      credentials: keys ?? sandbox.connection().credentials,
      settings,
    })
    if (!created.ok) throw new Error(created.reason)
    const page = await ada.go(`/shops/${created.account.id}`, { act: 'diagnose' })
    return [...page.text.matchAll(/<span class="pill \w+">(\w+)<\/span>/g)].map(([, name]) => name)
  }
  const readOnly = { consumerKey: 'ck_only', consumerSecret: 'cs_only', permissions: 'read' as const }

  test.each([
    ['a good shop', shop, { fulfillments: true, shipmentTracking: true }, undefined, ['fine', 'trackingPlugin']],
    [
      'one with nothing extra',
      shop,
      { hpos: false, wpCron: false },
      undefined,
      ['fine', 'cronSilent', 'hposOff', 'fulfilmentsOff', 'noTracking'],
    ],
    ['http', 'http://woo.example', {}, undefined, ['fine', 'notHttps', 'fulfilmentsOff', 'noTracking']],
    ['plain permalinks', shop, { plainPermalinks: true }, undefined, ['permalinks']],
    ['a stripped header', shop, { stripsAuthorization: true }, undefined, ['headerStripped']],
    ['a proxy without the HTTPS flag', shop, { hidesHttps: true }, undefined, ['proxyHidesHttps']],
    ['an unknown key', shop, {}, { consumerKey: 'ck_x', consumerSecret: 'cs_x' }, ['keysUnknown']],
    ['a wrong secret', shop, { keys: [readOnly] }, { ...readOnly, consumerSecret: 'cs_x' }, ['keysUnknown']],
    ['a read-only key', shop, { keys: [readOnly] }, readOnly, ['readOnlyKey', 'fulfilmentsOff', 'noTracking']],
  ])('of %s', async (_what, origin, options, keys, expected) => {
    expect(await symptoms(origin, options, keys)).toEqual(expected)
  })

  test('of a shop that nobody reaches, and of a site without WooCommerce', async () => {
    const found = await symptoms(shop, {})
    expect(found).toContain('fine')
    stand.hosts[shop] = () => Response.json({ name: 'Site', namespaces: ['wp/v2'] })
    const [account] = await stand.accounts.list()
    expect((await ada.go(`/shops/${account?.id}`, { act: 'diagnose' })).text).toContain('noWooCommerce')
    delete stand.hosts[shop]
    const page = await stand.during(ada.go(`/shops/${account?.id}`, { act: 'diagnose' }))
    expect(page.text).toContain('>unreachable<')
  })
})
