/** Tokens: the three grants, what they open, when they end, and the consent page between them. */

import { ApiVersion, shopifyApi } from '@shopify/shopify-api'
import '@shopify/shopify-api/adapters/web-api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Bench, bench, type Json, mug } from './bench.ts'

const minute = 60_000
const redirect = 'https://hub.example/install/shopify'
const wanted = 'read_products,write_inventory,read_orders'

const token = async (b: Bench, form: Json, json = false) => {
  const { clientId, clientSecret } = b.shop.oauthApp()
  const all = { client_id: clientId, client_secret: clientSecret, ...form }
  const answer = await b.shop.app.request('/admin/oauth/access_token', {
    method: 'POST',
    headers: { 'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded' },
    body: json ? JSON.stringify(all) : new URLSearchParams(all).toString(),
  })
  return { status: answer.status, body: (await answer.json()) as Json }
}
const refresh = (b: Bench, refresh_token: string) => token(b, { grant_type: 'refresh_token', refresh_token })

async function consent(b: Bench, answer = 'install', more: Json = {}): Promise<URL> {
  const asked = {
    client_id: b.shop.oauthApp().clientId,
    scope: wanted,
    redirect_uri: redirect,
    state: 'one-time',
    ...more,
  }
  const page = await b.shop.app.request(`/admin/oauth/authorize?${new URLSearchParams(asked)}`)
  if (page.status !== 200) throw new Error(await page.text())
  const text = await page.text()
  for (const scope of wanted.split(',')) expect(text).toContain(`<li>${scope}</li>`)
  const form = new URLSearchParams({ answer })
  for (const [, name = '', value = ''] of text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g))
    form.set(name, value)
  const back = await b.shop.app.request('/admin/oauth/authorize', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
  expect(back.status).toBe(302)
  return new URL(back.headers.get('location') ?? '', 'https://shop.example')
}

const install = async (b: Bench, more: Json = { expiring: '1' }) =>
  token(b, { code: (await consent(b)).searchParams.get('code'), ...more })

const works = async (b: Bench, accessToken: string) => (await b.post('{ shop { name } }', {}, accessToken)).status

afterEach(() => void vi.useRealTimers())

describe('the consent page', () => {
  it("sends the merchant back with a signature that Shopify's own library accepts", async () => {
    const b = bench()
    const back = await consent(b)
    expect(back.origin + back.pathname).toBe(redirect)
    const { clientId, clientSecret } = b.shop.oauthApp()
    const shopify = shopifyApi({
      apiKey: clientId,
      apiSecretKey: clientSecret,
      apiVersion: ApiVersion.October26,
      hostName: 'hub.example',
      isEmbeddedApp: false,
      scopes: [],
      logger: { level: 0 },
    })
    vi.useFakeTimers({ now: b.clock.now(), toFake: ['Date'] })
    const query = Object.fromEntries(back.searchParams)
    expect(query).toMatchObject({ state: 'one-time', shop: 'onhand-demo.myshopify.com' })
    expect(await shopify.utils.validateHmac(query)).toBe(true)
    expect(await shopify.utils.validateHmac({ ...query, shop: 'other.myshopify.com' })).toBe(false)
  })

  it('can be cancelled: the app hears nothing', async () => {
    const back = await consent(bench(), 'cancel')
    expect(back.searchParams.get('code')).toBeNull()
    expect(back.host).toBe('shop.example')
  })

  it('refuses an app it does not know, and an address that is not listed', async () => {
    await expect(consent(bench(), 'install', { client_id: 'x' })).rejects.toThrow(/client_id/)
    const b = bench({ redirectUris: ['https://hub.example/other'] })
    await expect(consent(b)).rejects.toThrow(/redirect_uri/)
  })
})

describe('the code grant', () => {
  it('gives an expiring pair when asked to, of the scopes the merchant granted', async () => {
    const b = bench({ grantedScopes: ['read_products', 'write_inventory'] })
    const { status, body } = await install(b)
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^shpat_/),
        expires_in: 3600,
        refresh_token: expect.stringMatching(/^shprt_/),
        refresh_token_expires_in: 7_776_000,
        scope: 'read_products,write_inventory',
      },
    })
    const { body: seen } = await b.post(
      '{ currentAppInstallation { accessScopes { handle } } orders(first: 1) { nodes { id } } }',
      {},
      body.access_token,
    )
    expect(seen.data).toBeNull()
    expect(seen.errors[0]).toMatchObject({ path: ['orders'], extensions: { code: 'ACCESS_DENIED' } })
  })

  it('gives a permanent token when not', async () => {
    const b = bench()
    const { body } = await install(b, {})
    expect(body).toEqual({ access_token: expect.any(String), scope: wanted })
    await b.clock.advance(365 * 24 * 60 * minute)
    expect(await works(b, body.access_token)).toBe(200)
  })

  it('takes a code once, soon, with the right secret', async () => {
    const b = bench()
    const code = (await consent(b)).searchParams.get('code')
    expect((await token(b, { code, client_secret: 'wrong' })).status).toBe(401)
    expect((await token(b, { code })).status).toBe(200)
    expect((await token(b, { code })).status).toBe(400)
    const late = (await consent(b)).searchParams.get('code')
    await b.clock.advance(11 * minute)
    expect((await token(b, { code: late })).status).toBe(400)
  })
})

describe('an expiring token', () => {
  it('is refused an hour later', async () => {
    const b = bench()
    const { body } = await install(b)
    await b.clock.advance(59 * minute)
    expect(await works(b, body.access_token)).toBe(200)
    await b.clock.advance(minute)
    expect(await works(b, body.access_token)).toBe(401)
  })

  it('rotates with its refresh token; the one before works until the newer was used', async () => {
    const b = bench()
    const first = (await install(b)).body
    const lost = (await refresh(b, first.refresh_token)).body
    expect(lost.refresh_token).not.toBe(first.refresh_token)
    // The answer never arrived, so the first is used again; what was lost is dead then.
    const second = (await refresh(b, first.refresh_token)).body
    expect((await refresh(b, lost.refresh_token)).status).toBe(400)
    expect(await works(b, lost.access_token)).toBe(401)
    expect(await works(b, second.access_token)).toBe(200)
    expect((await refresh(b, second.refresh_token)).status).toBe(200)
    expect(await refresh(b, first.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('may die with the refresh, or live on to its end', async () => {
    for (const oldTokenDies of [false, true]) {
      const b = bench({ oldTokenDies })
      const first = (await install(b)).body
      await refresh(b, first.refresh_token)
      expect(await works(b, first.access_token)).toBe(oldTokenDies ? 401 : 200)
    }
  })

  it('cannot be refreshed after ninety days without a refresh', async () => {
    const b = bench()
    const first = (await install(b)).body
    await b.clock.advance(80 * 24 * 60 * minute)
    const second = (await refresh(b, first.refresh_token)).body
    await b.clock.advance(80 * 24 * 60 * minute)
    const third = await refresh(b, second.refresh_token)
    expect(third.status).toBe(200)
    await b.clock.advance(90 * 24 * 60 * minute)
    expect((await refresh(b, third.body.refresh_token)).status).toBe(400)
  })

  it('dies when the app is removed', async () => {
    const b = bench()
    const { body } = await install(b)
    b.shop.uninstall()
    expect(await works(b, body.access_token)).toBe(401)
    expect((await refresh(b, body.refresh_token)).status).toBe(400)
    expect(await works(b, (await install(b)).body.access_token)).toBe(200)
  })
})

describe('client credentials', () => {
  it('give a token for a day, asked for in JSON or as a form', async () => {
    const b = bench()
    const { body } = await token(b, { grant_type: 'client_credentials' }, true)
    expect(body).toMatchObject({ expires_in: 86_399, scope: expect.stringContaining('write_inventory') })
    expect(body.refresh_token).toBeUndefined()
    await b.clock.advance(86_398_000)
    expect(await works(b, body.access_token)).toBe(200)
    await b.clock.advance(1000)
    expect(await works(b, body.access_token)).toBe(401)
  })

  it('are for stores of the own organisation only', async () => {
    expect((await token(bench({ ownStore: false }), { grant_type: 'client_credentials' })).status).toBe(400)
  })
})

describe('scopes', () => {
  const limited = async (scopes: readonly string[]) => {
    const b = bench({ scopes })
    b.shop.addProduct(mug)
    const purchase = b.shop.buy([{ sku: mug.sku, quantity: 1 }])
    if (!purchase.ok) throw new Error(purchase.reason)
    await b.clock.advance(2000)
    return { b, order: purchase.order }
  }

  it('of fulfilment orders, when missing, hide them without an error', async () => {
    const { b, order } = await limited(['read_orders'])
    const { data, errors } = (
      await b.post('query($id: ID!) { order(id: $id) { fulfillmentOrders(first: 5) { nodes { id } } } }', {
        id: `gid://shopify/Order/${order}`,
      })
    ).body
    expect({ data, errors }).toEqual({ data: { order: { fulfillmentOrders: { nodes: [] } } }, errors: undefined })
  })

  it('to write let one read too, not the other way round', async () => {
    const { b } = await limited(['write_orders', 'read_inventory'])
    expect((await b.post('{ orders(first: 1) { nodes { id } } }')).body.errors).toBeUndefined()
    const { body } = await b.post(
      'mutation($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i) @idempotent(key: "k") { userErrors { code } } }',
      { i: { name: 'available', reason: 'correction', quantities: [] } },
    )
    expect(body.data).toEqual({ inventorySetQuantities: null })
    expect(body.errors[0].extensions.code).toBe('ACCESS_DENIED')
  })

  it('are asked for by topics too: fulfilments want more than orders', async () => {
    const { b } = await limited(['read_orders'])
    const subscribe = async (topic: string) =>
      (
        await b.data(
          `mutation { webhookSubscriptionCreate(topic: ${topic}, webhookSubscription: { uri: "https://hub.example/x" }) { userErrors { message } } }`,
        )
      ).webhookSubscriptionCreate.userErrors
    expect(await subscribe('ORDERS_CREATE')).toEqual([])
    expect(await subscribe('FULFILLMENTS_CREATE')).toHaveLength(1)
  })
})
