/** Access, large stores and API versions, against the sandbox shop, which was written from the platform's contract alone. */

import { describe, expect, test } from 'vitest'
import { createHttp } from '../../../connectors/http.ts'
import { shopify } from '../../../connectors/shopify/index.ts'
import { type ShopifyCredentials, scopesWanted } from '../../../connectors/shopify/install.ts'
import { requestTokens } from '../../../connectors/shopify/tokens.ts'
import type { RawDelivery, RawRequest } from '../../../src/channel.ts'
import { type Clock, seededRandom } from '../../../src/clock.ts'
import { asId } from '../../../src/domain.ts'
import { calmHooks } from '../../../src/sandbox/shop.ts'
import { shopifySandbox } from '../../../src/sandbox/shopify/index.ts'
import type { ShopOptions } from '../../../src/sandbox/shopify/options.ts'
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts'
import { collect, interpretAll } from './store.ts'

type Sandbox = ReturnType<typeof sandbox>

function sandbox(options: Partial<ShopOptions> = {}) {
  const clock = virtualClock()
  const webhooks: RawRequest[] = []
  const shop = shopifySandbox(
    {
      clock,
      random: seededRandom(7),
      chaos: calmHooks,
      fetch: async (request) => {
        const headers = Object.fromEntries(request.headers)
        webhooks.push({ method: 'POST', path: '/', headers, body: new Uint8Array(await request.arrayBuffer()) })
        return new Response('')
      },
    },
    options,
  )
  // Who waits is alone here: time passes.
  const waiting: Clock = { ...clock, sleep: (ms) => clock.advance(ms) }
  return { clock, waiting, shop, webhooks, origin: `https://${shop.connection().shop}` }
}

function open({ shop, waiting, clock, origin }: Sandbox, credentials: ShopifyCredentials, settings = {}) {
  const asked: Request[] = []
  let current = credentials
  const given = shop.connection()
  const channel = shopify.open(
    {
      id: asId('shop-a'),
      shop: given.shop,
      origin,
      settings: shopify.settings.parse({ ...given.settings, ...settings }),
      webhookUrl: 'https://onhand.example/webhooks/shop-a',
    },
    {
      fetch: async (request) => {
        asked.push(request.clone())
        return shop.app.fetch(request)
      },
      clock: waiting,
      random: seededRandom(8),
      pace: {
        admit: async () => clock.advance(10_000),
        learn: () => undefined,
        throttled: () => undefined,
        accepted: () => undefined,
      },
      secrets: {
        current: () => current,
        replace: async (next) => {
          current = next
        },
      },
    },
  )
  const paths = () => asked.map((request) => new URL(request.url).pathname)
  return { channel, asked, paths, current: () => current }
}

const permanent = ({ shop }: Sandbox) => shopify.credentials.parse(shop.connection().credentials)
const listing = async (channel: ReturnType<typeof open>['channel']) => collect(channel.poll('listings', { since: 0 }))
const skusIn = (channel: ReturnType<typeof open>['channel'], raws: RawDelivery[]) =>
  interpretAll(channel, raws)
    .map((reading) => (reading.kind === 'listing' ? reading.listing.sku : reading.kind))
    .sort()

const catalogue = Array.from({ length: 130 }, (_, n) => ({
  sku: `S${n}`,
  title: `Thing ${Math.floor(n / 3)}`,
  price: '1.00',
  quantity: n,
}))

describe('access', () => {
  /** The merchant agrees on the consent page, and the code that comes back buys the first pair. */
  async function consented(store: Sandbox): Promise<ShopifyCredentials> {
    const app = store.shop.oauthApp()
    const form = new URLSearchParams({
      client_id: app.clientId,
      scope: 'read_products,read_inventory,read_locations,read_orders',
      redirect_uri: 'https://onhand.example/install',
      state: 's',
      answer: 'install',
    })
    const back = await store.shop.app.fetch(
      new Request(`${store.origin}/admin/oauth/authorize`, { method: 'POST', body: form }),
    )
    const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? ''
    const http = createHttp({
      fetch: async (request) => store.shop.app.fetch(request),
      clock: store.waiting,
      random: seededRandom(9),
      origins: [store.origin],
    })
    const shop = { shop: store.shop.connection().shop, origin: store.origin }
    const first = await requestTokens(http, shop, app, { kind: 'code', code })
    if (!first.refresh_token || !first.expires_in) throw new Error('no pair')
    return {
      ...app,
      accessToken: first.access_token,
      refreshToken: first.refresh_token,
      expiresAt: store.clock.now() + first.expires_in * 1000,
    }
  }

  test.each([false, true])(
    'in pairs lasts for days, whether or not a renewal ends the token before it (%s)',
    async (oldTokenDies) => {
      const store = sandbox({ oldTokenDies })
      store.shop.addProduct({ sku: 'MUG', title: 'Mug', price: '1.00', quantity: 1 })
      const first = await consented(store)
      const { channel, current } = open(store, first)
      for (let hour = 0; hour < 30; hour++) {
        expect(skusIn(channel, await listing(channel))).toEqual(['MUG'])
        await store.clock.advance(3_600_000)
      }
      expect(current().refreshToken).not.toBe(first.refreshToken)
    },
  )

  test('of the merchant’s own app begins with nothing but its id, and goes on the next day', async () => {
    const store = sandbox()
    store.shop.addProduct({ sku: 'MUG', title: 'Mug', price: '1.00', quantity: 1 })
    const { channel, current } = open(store, store.shop.oauthApp())
    expect(skusIn(channel, await listing(channel))).toEqual(['MUG'])
    const { accessToken } = current()
    await store.clock.advance(86_400_000)
    expect(skusIn(channel, await listing(channel))).toEqual(['MUG'])
    expect(current().accessToken).not.toBe(accessToken)
  })

  test('of an app of somebody else is refused', async () => {
    const store = sandbox({ ownStore: false })
    const { channel } = open(store, store.shop.oauthApp())
    await expect(listing(channel)).rejects.toMatchObject({ kind: 'auth' })
  })

  test('ends when the app is removed', async () => {
    const store = sandbox()
    const { channel } = open(store, permanent(store))
    await listing(channel)
    store.shop.uninstall()
    await expect(listing(channel)).rejects.toMatchObject({ kind: 'auth' })
  })
})

describe('a large store', () => {
  test('reads the same from one file as in pages, and asks for the file without a token', async () => {
    const store = sandbox()
    store.shop.addProducts(catalogue)
    const small = open(store, permanent(store))
    const large = open(store, permanent(store), { bulkAbove: 100 })
    const pages = await listing(small.channel)
    const file = await listing(large.channel)
    expect(skusIn(large.channel, file)).toEqual(catalogue.map(({ sku }) => sku).sort())
    expect(file.map(({ key }) => key).sort()).toEqual(pages.map(({ key }) => key).sort())
    const download = large.asked.find((request) => request.method === 'GET')
    expect(download?.url).toContain('.jsonl')
    expect(download?.headers.get('x-shopify-access-token')).toBeNull()
    expect(small.paths().some((path) => path.includes('bulk'))).toBe(false)
  })

  test('is read in pages when the operation fails', async () => {
    const store = sandbox({ bulkFailures: 1 })
    store.shop.addProducts(catalogue)
    const { channel, paths } = open(store, permanent(store), { bulkAbove: 100 })
    expect(skusIn(channel, await listing(channel))).toHaveLength(catalogue.length)
    expect(paths().some((path) => path.includes('bulk-files'))).toBe(false)
  })
})

describe('the shelves of a large store', () => {
  test('are the same from one file as from pages', async () => {
    const store = sandbox()
    store.shop.addProducts(catalogue)
    const shelves = async (settings: object) => {
      const { channel, paths } = open(store, permanent(store), settings)
      const readings = interpretAll(channel, await collect(channel.poll('stock', { since: 0 })))
      const levels = readings.map((reading) =>
        reading.kind === 'stock' ? `${reading.level.register} ${reading.level.availableUnits}` : reading.kind,
      )
      return { levels: levels.sort(), wasFile: paths().some((path) => path.includes('bulk')) }
    }
    const [pages, file] = [await shelves({}), await shelves({ bulkAbove: 100 })]
    expect(file.levels).toEqual(pages.levels)
    expect(file.levels).toHaveLength(catalogue.length)
    expect([pages.wasFile, file.wasFile]).toEqual([false, true])
  })
})

describe('an app that may do less than it needs', () => {
  const lessThan = (...withheld: string[]) => {
    const store = sandbox({ scopes: scopesWanted.filter((scope) => !withheld.includes(scope)) })
    return open(store, permanent(store))
  }
  const notices = async (channel: ReturnType<typeof open>['channel']) => {
    const raws: RawDelivery[] = []
    try {
      for await (const raw of channel.poll('orders', { since: 0 })) raws.push(raw)
    } catch {
      // Without read_orders there are none; what was said before is what counts.
    }
    return interpretAll(channel, raws)
  }

  test.each([
    ['write_orders', /without write_orders, other shops' orders are neither made nor cancelled here/],
    ['read_orders', /without read_orders, its sales are not seen/],
    ['read_merchant_managed_fulfillment_orders', /without a word/],
  ])('is told that %s is missing, and what that means', async (scope, words) => {
    const also = scope.startsWith('read_') ? [scope, scope.replace('read_', 'write_')] : [scope]
    const { channel } = lessThan(...also)
    expect(await notices(channel)).toEqual([
      { kind: 'connection', event: 'expiring', message: expect.stringMatching(words) },
    ])
    expect(await notices(channel)).toEqual([])
    expect((await channel.subscriptions.audit()).broken).toContainEqual({
      topic: scope,
      reason: expect.stringMatching(words),
    })
  })

  test('may read what it may write', async () => {
    const { channel } = lessThan('read_orders', 'read_inventory')
    expect((await channel.subscriptions.audit()).broken).toEqual([])
  })
})

describe('another API version', () => {
  test('is told by answers and by webhooks, and orders still come', async () => {
    const store = sandbox()
    store.shop.addProduct({ sku: 'MUG', title: 'Mug', price: '1.00', quantity: 5 })
    const { channel } = open(store, permanent(store))
    await channel.subscriptions.repair()
    store.shop.setApiVersions(['2027-01', '2027-04'])
    store.shop.buy([{ sku: 'MUG', quantity: 1 }])
    await store.clock.advance(60_000)
    const polled = interpretAll(channel, await collect(channel.poll('orders', { since: 0 })))
    expect(polled.map(({ kind }) => kind)).toEqual(['order', 'connection'])
    const topics = []
    for (const raw of store.webhooks) {
      const verdict = await channel.verify(raw)
      if (verdict.ok && verdict.stored) topics.push(verdict.topic)
    }
    expect(topics).toContain('ORDERS_CREATE@2027-01')
  })
})
