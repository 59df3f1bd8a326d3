/** Connecting TikTok Shops through the service link: several by one consent, their common tokens, and the consent's end. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asId } from '../../src/domain.ts'
import { calmHooks } from '../../src/sandbox/shop.ts'
import { type TiktokOptions, type TiktokSandbox, tiktokSandbox } from '../../src/sandbox/tiktok-shop/index.ts'
import { en } from '../../src/ui/en.ts'
import { createStand, home, onwardOf, type Stand } from './stand.ts'

const consentHost = 'https://services.tiktokshop.com'
const authHost = 'https://auth.tiktok-shops.com'
const apiHost = 'https://open-api.tiktokglobalshop.com'
const other = { id: '7000999999999999999', name: 'Tassen', region: 'DE' }

let stand: Stand
let ada: Awaited<ReturnType<Stand['admin']>>

beforeEach(async () => {
  stand = await createStand()
  ada = await stand.admin()
})
afterEach(() => stand.close())

async function seller(options: Partial<TiktokOptions> = {}): Promise<TiktokSandbox> {
  const sandbox = tiktokSandbox(
    { clock: stand.clock, random: stand.random, fetch: stand.fetch, chaos: calmHooks },
    { redirectUrl: `${home}/connect/tiktok-shop/back`, ...options },
  )
  for (const host of [consentHost, authHost, apiHost]) stand.hosts[host] = (request) => sandbox.app.fetch(request)
  await ada.go('/connect/tiktok-shop/app', { ...sandbox.partnerApp() })
  return sandbox
}

const ask = async () =>
  new URL(onwardOf((await ada.go('/connect/tiktok-shop', { way: 'consent', market: 'other' })).text))

async function agree(url: URL): Promise<URL> {
  const page = await stand.hosts[url.origin]?.(new Request(url))
  expect(page?.status).toBe(200)
  const done = await stand.hosts[url.origin]?.(
    new Request(new URL('/open/authorize', url), { method: 'POST', body: url.searchParams }),
  )
  return new URL(done?.headers.get('location') ?? '')
}

async function back(url: URL, who = ada) {
  const bounce = await who.go(url.pathname + url.search, undefined, 'other')
  return await who.go(onwardOf(bounce.text))
}

async function connect(sandbox: TiktokSandbox, more: readonly string[] = []): Promise<string[]> {
  const opened = await back(await agree(await ask()))
  await ada.go(
    opened.to,
    [sandbox.connection().shop, ...more].map((id) => ['shops', id]),
  )
  return (await stand.accounts.list()).map(({ id }) => id)
}

const refusalOn = (page: { text: string }) => /role="alert">([^<]*)/.exec(page.text)?.[1] ?? ''
const refreshes = () => stand.asked.filter((one) => one.includes('/api/v2/token/refresh')).length
const day = 86_400_000

async function listShops(account: string): Promise<unknown> {
  const opened = await stand.accounts.open(account)
  return await opened?.channel.subscriptions.audit()
}

describe('the consent', () => {
  test('opens several shops; region and seller type are shown, and only the chosen ones are kept', async () => {
    const sandbox = await seller({ otherShops: [other] })
    const opened = await back(await agree(await ask()))
    const page = await ada.go(opened.to)
    expect(page.text).toContain('Region: DE')
    expect(page.text).toContain('Seller type: CROSS_BORDER')
    expect(page.text).toContain('Seller type: LOCAL')
    await ada.go(opened.to, { shops: sandbox.connection().shop })
    expect(await stand.accounts.list()).toMatchObject([
      { platform: 'tiktok-shop', shop: sandbox.connection().shop, state: 'paused', settings: { region: 'NL' } },
    ])
    expect(page.text + stand.log.join('')).not.toMatch(/ROW_\w{20}|TTP_/)
  })

  test('a code works once; a callback that is opened twice leads to the same choice', async () => {
    await seller()
    const url = await agree(await ask())
    const first = await back(url)
    expect((await back(url)).to).toBe(first.to)
    const again = await agree(await ask())
    again.searchParams.set('code', url.searchParams.get('code') ?? '')
    expect(refusalOn(await back(again))).toBe(en.connect.faults.code)
  })

  test.each([
    ['an unknown state', (url: URL) => url.searchParams.set('state', 'x'), 'state'],
    ['no state', (url: URL) => url.searchParams.delete('state'), 'state'],
    ['no code', (url: URL) => url.searchParams.delete('code'), 'declined'],
    ['the code of another app', (url: URL) => url.searchParams.set('app_key', 'evil'), 'foreignShop'],
  ] as const)('%s', async (_what, tamper, fault) => {
    await seller()
    const url = await agree(await ask())
    tamper(url)
    const asked = stand.asked.length
    expect(refusalOn(await back(url))).toBe(en.connect.faults[fault])
    expect(stand.asked.length).toBe(asked)
  })

  test('of a creator, or without the orders, is refused in words', async () => {
    await seller({ userType: 1 })
    expect(refusalOn(await back(await agree(await ask())))).toBe(en.connect.faults.notSeller)
    await seller({ grantedScopes: ['seller.product.basic'] })
    const page = await ada.go((await back(await agree(await ask()))).to)
    expect(page.text).toContain('<code>seller.order.info</code>: its orders are not seen')
  })

  test("another admin's browser gets nothing of it", async () => {
    await seller()
    const eve = await stand.signIn('Eve', 'admin', ada)
    expect(refusalOn(await back(await agree(await ask()), eve))).toBe(en.connect.faults.state)
  })

  test('wrong keys of the app are told, without showing them', async () => {
    await seller()
    await ada.go('/connect/tiktok-shop/app', { appKey: 'wrong', appSecret: 'a-wrong-secret', serviceId: 'x' })
    const page = await ada.go('/connect/tiktok-shop', { way: 'consent', market: 'other' })
    const url = new URL(onwardOf(page.text))
    const answer = await back(new URL(`${home}/connect/tiktok-shop/back?code=c&state=${url.searchParams.get('state')}`))
    expect(refusalOn(answer)).toBe(en.connect.faults.app)
    expect(answer.text).not.toContain('a-wrong-secret')
  })
})

describe('tokens', () => {
  test('shops of one consent renew them for each other, one at a time', async () => {
    const sandbox = await seller({ otherShops: [other], refreshOnce: true })
    const [first = '', second = ''] = await connect(sandbox, [other.id])
    await stand.clock.advance(7 * day)
    // The other shop's own calls are none of the sandbox's business: what matters is that it has the living tokens.
    await Promise.all([stand.during(listShops(first)), stand.during(listShops(second).catch(() => undefined))])
    expect(refreshes()).toBe(1)
    await stand.clock.advance(7 * day)
    await stand.during(listShops(second).catch(() => undefined))
    await stand.during(listShops(first))
    expect(refreshes()).toBe(2)
    expect((await stand.accounts.list()).map(({ state }) => state)).toEqual(['paused', 'paused'])
  })

  test('a renewal that was answered but lost is asked for again where TikTok allows it', async () => {
    const sandbox = await seller({ refreshOnce: false })
    const [account = ''] = await connect(sandbox)
    await stand.clock.advance(7 * day)
    let isLost = true
    stand.hosts[authHost] = async (request) => {
      const answer = await sandbox.app.fetch(request)
      if (!isLost) return answer
      isLost = false
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
    }
    await stand.during(listShops(account))
    expect(refreshes()).toBe(2)
    expect(await stand.accounts.get(account)).toMatchObject({ state: 'paused', reason: null })
  })

  test('the end of the consent is counted down from thirty days', async () => {
    const sandbox = await seller({ refreshTokenLifeMs: 40 * day })
    await connect(sandbox)
    expect((await ada.go('/connect')).text).not.toContain('Access to this shop ends')
    await stand.clock.advance(10.5 * day)
    await ada.go('/login', { name: 'Ada', password: 'a long enough password' })
    expect((await ada.go('/connect')).text).toContain('ends in 29 days')
  })
})

describe('the consent taken back', () => {
  test('breaks the account with a reason; connecting again brings it back, and a late notice ends nothing', async () => {
    const sandbox = await seller()
    const [account = ''] = await connect(sandbox)
    await stand.during(stand.care.tick())
    sandbox.deauthorize()
    for (let turn = 0; turn < 20; turn++) await stand.clock.advance(100)
    await stand.engine.ledger.drain()
    expect(await stand.accounts.get(account)).toMatchObject({ state: 'broken' })
    expect((await ada.go('/connect')).text).toContain('Connect again')
    const [row] = await stand.store.db
      .selectFrom('inbox')
      .selectAll()
      .where('account', '=', account)
      .where('topic', '=', 'type-6')
      .execute()
    await stand.clock.advance(60_000)
    await connect(sandbox)
    expect(await stand.accounts.get(account)).toMatchObject({ state: 'paused', reason: null })
    // The same event once more, as a delivery of its own: it happened before the shop was connected again.
    await stand.engine.inbox.append(asId(account), [
      { source: 'webhook', topic: 'type-6', key: 'late', body: row?.body ?? '', shopTime: row?.shop_time ?? 0 },
    ])
    await stand.engine.ledger.drain()
    expect(await stand.accounts.get(account)).toMatchObject({ state: 'paused' })
  })
})
