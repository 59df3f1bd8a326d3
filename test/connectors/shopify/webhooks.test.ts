/** The webhook door of a Shopify store, and what its webhooks make us look at. */

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { shopOf, verifyWebhook } from '../../../connectors/shopify/webhooks.ts'
import type { RawRequest, Reading } from '../../../src/channel.ts'
import { asDelivery, fixture, openStore } from './store.ts'

const body = await fixture('webhooks/orders-create')

async function sign(secret: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['sign'])
  return Buffer.from(await crypto.subtle.sign('HMAC', key, bytes)).toString('base64')
}

const right = await sign('hush', new TextEncoder().encode(body))

interface Changes {
  readonly secret?: string
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Record<string, string | undefined>
}

async function webhook(changes: Changes = {}): Promise<RawRequest> {
  const text = changes.body ?? body
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const headers: Record<string, string | undefined> = {
    'content-type': 'application/json',
    'x-shopify-topic': 'orders/create',
    'x-shopify-hmac-sha256': await sign(changes.secret ?? 'hush', bytes),
    'x-shopify-shop-domain': 'store.myshopify.com',
    'x-shopify-api-version': '2026-10',
    'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    'x-shopify-event-id': '98880550-7158-44d4-b7cd-2c97c8a091b5',
    'x-shopify-triggered-at': '2026-11-22T09:30:02.123456789Z',
    ...changes.headers,
  }
  const present = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return { method: 'POST', path: '/webhooks/shop-a', headers: Object.fromEntries(present), body: bytes }
}

const secrets = { clientSecret: 'hush' }
const verify = async (changes: Changes, known: { clientSecret: string; previousClientSecret?: string } = secrets) =>
  verifyWebhook('store.myshopify.com', known, await webhook(changes))

describe('verify', () => {
  test('lets a signed webhook in, with its topic, its own id and its time', async () => {
    expect(await verify({})).toEqual({
      ok: true,
      stored: true,
      topic: 'ORDERS_CREATE',
      key: 'webhook/b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      shopTime: Date.UTC(2026, 10, 22, 9, 30, 2, 123),
    })
  })

  test('keeps another API version with the topic', async () => {
    expect(await verify({ headers: { 'x-shopify-api-version': '2026-01' } })).toMatchObject({
      ok: true,
      topic: 'ORDERS_CREATE@2026-01',
    })
  })

  test('knows both secrets while one replaces the other', async () => {
    const both = { clientSecret: 'new', previousClientSecret: 'hush' }
    expect(await verify({ secret: 'hush' }, both)).toMatchObject({ ok: true })
    expect(await verify({ secret: 'new' }, both)).toMatchObject({ ok: true })
    expect(await verify({ secret: 'older' }, both)).toMatchObject({ ok: false, status: 401 })
  })

  test.each([
    ['of another secret', { secret: 'guess' }],
    ['that is missing', { headers: { 'x-shopify-hmac-sha256': undefined } }],
    ['that is empty', { headers: { 'x-shopify-hmac-sha256': '' } }],
    ['that is cut short', { headers: { 'x-shopify-hmac-sha256': right.slice(0, -4) } }],
    ['that is longer', { headers: { 'x-shopify-hmac-sha256': `${right}AAAA` } }],
    ['with its last letter changed', { headers: { 'x-shopify-hmac-sha256': `${right.slice(0, -2)}A=` } }],
    ['in hex', { headers: { 'x-shopify-hmac-sha256': Buffer.from(right, 'base64').toString('hex') } }],
    ['of another body', { body: '{}', headers: { 'x-shopify-hmac-sha256': right } }],
    [
      'only in the header of another webhook family',
      { headers: { 'x-shopify-hmac-sha256': undefined, 'shopify-hmac-sha256': right } },
    ],
    ['with a line break in it', { headers: { 'x-shopify-hmac-sha256': `${right.slice(0, 9)}\n${right.slice(9)}` } }],
  ])('refuses a signature %s with 401', async (_what, changes) => {
    expect(await verify(changes)).toMatchObject({ ok: false, status: 401 })
  })

  test.each([['other.myshopify.com'], [''], [undefined], ['store.myshopify.com.evil.example']])(
    'refuses a webhook for the shop %s with 401',
    async (shop) => {
      expect(await verify({ headers: { 'x-shopify-shop-domain': shop } })).toMatchObject({ ok: false, status: 401 })
    },
  )

  test('takes the shop in any case', async () => {
    expect(await verify({ headers: { 'x-shopify-shop-domain': 'Store.MyShopify.com' } })).toMatchObject({ ok: true })
  })

  test('refuses a body that is no text, and an empty one', async () => {
    expect(await verify({ body: new Uint8Array([0xff, 0xfe, 0x00]) })).toMatchObject({ ok: false, status: 401 })
    expect(await verify({ body: '' })).toMatchObject({ ok: false, status: 401 })
  })

  test('signs the bytes, a byte-order mark and letters beyond ASCII included', async () => {
    expect(await verify({ body: '\ufeff{"name":"Zoë €"}' })).toMatchObject({ ok: true })
  })

  test('without an id, the same event has the same key and another one has not', async () => {
    const nameless = { headers: { 'x-shopify-webhook-id': undefined } }
    const keyOf = async (changes: Changes) => {
      const verdict = await verify(changes)
      return verdict.ok && verdict.stored ? verdict.key : undefined
    }
    const key = await keyOf(nameless)
    expect(key).toMatch(/^webhook\/ORDERS_CREATE\/[0-9a-f]{32}$/)
    expect(await keyOf(nameless)).toBe(key)
    expect(await keyOf({ ...nameless, body: '{"id":2}' })).not.toBe(key)
    expect(await keyOf({ headers: { ...nameless.headers, 'x-shopify-topic': 'orders/updated' } })).not.toBe(key)
  })

  test.each([[undefined], [''], ['orders create'], ['x'.repeat(200)]])(
    'refuses the topic %j with 400',
    async (topic) => {
      expect(await verify({ headers: { 'x-shopify-topic': topic } })).toMatchObject({ ok: false, status: 400 })
    },
  )

  test('a header cannot name a topic of our own fetches', async () => {
    for (const topic of ['order', 'parcels', 'listing', 'stock']) {
      const verdict = await verify({ headers: { 'x-shopify-topic': topic } })
      expect(verdict.ok && verdict.stored && verdict.topic).toBe(topic.toUpperCase())
    }
  })

  test('the channel asks for the secrets it has at that moment', async () => {
    const { channel } = openStore({ credentials: { clientSecret: 'new', previousClientSecret: 'hush' } })
    expect(await channel.verify(await webhook())).toMatchObject({ ok: true })
  })

  test('an app-wide webhook says which shop it is about', async () => {
    expect(shopOf(await webhook())).toBe('store.myshopify.com')
    expect(shopOf(await webhook({ headers: { 'x-shopify-shop-domain': undefined } }))).toBeUndefined()
  })
})

describe('interpret', () => {
  const read = async (topic: string, name: string, settings = {}): Promise<Reading[]> => {
    const { channel } = openStore({ settings })
    return channel.interpret(
      asDelivery({ source: 'webhook', topic, key: 'k', body: await fixture(`webhooks/${name}`) }),
    )
  }
  const order = { kind: 'hint', wanted: { kind: 'orders', ids: ['820982911946154508'] } }

  test.each([
    ['ORDERS_CREATE', 'orders-create', [order]],
    ['ORDERS_UPDATED', 'orders-create', [order]],
    ['ORDERS_CANCELLED', 'orders-create', [order]],
    ['ORDERS_DELETE', 'orders-create', [{ kind: 'gone', of: 'order', id: '820982911946154508' }]],
    ['REFUNDS_CREATE', 'refunds-create', [order]],
    [
      'FULFILLMENTS_CREATE',
      'fulfillments-create',
      [{ kind: 'hint', wanted: { kind: 'parcels', ids: ['820982911946154508'] } }, order],
    ],
    [
      'FULFILLMENTS_UPDATE',
      'fulfillments-create',
      [{ kind: 'hint', wanted: { kind: 'parcels', ids: ['820982911946154508'] } }, order],
    ],
    [
      'INVENTORY_LEVELS_UPDATE',
      'inventory-levels-update',
      [{ kind: 'hint', wanted: { kind: 'stock', ids: ['271878346596884015@77'] } }],
    ],
    [
      'PRODUCTS_UPDATE',
      'products-update',
      [{ kind: 'hint', wanted: { kind: 'listings', ids: ['642667041472713922', '757650484644203962'] } }],
    ],
    ['PRODUCTS_DELETE', 'products-delete', [{ kind: 'ignored', reason: expect.any(String) }]],
    [
      'INVENTORY_ITEMS_DELETE',
      'inventory-items-delete',
      [{ kind: 'hint', wanted: { kind: 'stock', ids: ['271878346596884015@0'] } }],
    ],
    ['APP_UNINSTALLED', 'app-uninstalled', [{ kind: 'connection', event: 'uninstalled', message: expect.any(String) }]],
    ['CARTS_UPDATE', 'orders-create', [{ kind: 'ignored', reason: expect.stringContaining('CARTS_UPDATE') }]],
  ])('%s of %s', async (topic, name, readings) => {
    expect(await read(topic, name)).toEqual(readings)
  })

  test('the stock of a location that is not kept is nobody’s business', async () => {
    const settings = { location: 'gid://shopify/Location/78' }
    expect((await read('INVENTORY_LEVELS_UPDATE', 'inventory-levels-update', settings))[0]?.kind).toBe('ignored')
    expect(await read('INVENTORY_ITEMS_DELETE', 'inventory-items-delete', settings)).toEqual([
      { kind: 'hint', wanted: { kind: 'stock', ids: ['271878346596884015@78'] } },
    ])
    const same = { location: 'gid://shopify/Location/77' }
    expect((await read('INVENTORY_LEVELS_UPDATE', 'inventory-levels-update', same))[0]?.kind).toBe('hint')
  })

  test('a product of 2048 variants is asked for in portions a fetch can take', () => {
    const { channel } = openStore()
    const variants = Array.from({ length: 2048 }, (_, n) => ({ id: 1000 + n }))
    const readings = channel.interpret(
      asDelivery({ source: 'webhook', topic: 'PRODUCTS_UPDATE', key: 'k', body: JSON.stringify({ id: 1, variants }) }),
    )
    const portions = readings.map((reading) => (reading.kind === 'hint' ? reading.wanted.ids.length : 0))
    expect(Math.max(...portions)).toBeLessThanOrEqual(channel.limits.itemsPerFetch)
    expect(portions.reduce((sum, size) => sum + size, 0)).toBe(2048)
  })
})

test('the door runs at the edge: nothing behind it needs Node', async () => {
  const door = fileURLToPath(new URL('../../../connectors/shopify/webhooks.ts', import.meta.url))
  const bundle = await build({ entryPoints: [door], bundle: true, platform: 'browser', format: 'esm', write: false })
  const { text } = bundle.outputFiles[0] ?? { text: '' }
  expect(text).toContain('verifyWebhook')
  expect(text).not.toMatch(/(?:from|require\(|import\()\s*["']node:/)
})
