/** What Shopify demands about personal data: signed by the app, for shops that are connected and for those that left. */

import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asId } from '../../src/domain.ts'
import { calmHooks } from '../../src/sandbox/shop.ts'
import { shopifySandbox } from '../../src/sandbox/shopify/index.ts'
import { createStand, type Stand } from './stand.ts'

const shop = 'onhand-demo.myshopify.com'

let stand: Stand
let ada: Awaited<ReturnType<Stand['admin']>>
let sandbox: ReturnType<typeof shopifySandbox>

beforeEach(async () => {
  stand = await createStand()
  ada = await stand.admin()
  sandbox = shopifySandbox({ clock: stand.clock, random: stand.random, fetch: stand.fetch, chaos: calmHooks })
  stand.hosts[`https://${shop}`] = (request) => sandbox.app.fetch(request)
  await ada.go('/connect/shopify/app', sandbox.oauthApp())
})
afterEach(() => stand.close())

async function connect() {
  sandbox.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 7 })
  const opened = await ada.go('/connect/shopify', { way: 'ownApp', shop, ...sandbox.oauthApp() })
  await ada.go(opened.to, { shops: shop })
  sandbox.buy([{ sku: 'MUG', quantity: 2 }])
  sandbox.buy([{ sku: 'MUG', quantity: 1 }])
  await stand.during(stand.care.tick())
  return await stand.store.db.selectFrom('order_head').selectAll().orderBy('order_id').execute()
}

let webhook = 0
function demand(topic: string, body: object, secret = sandbox.oauthApp().clientSecret, of = shop) {
  // `#1`: a bare number of any length, as Shopify writes ids.
  const text = JSON.stringify({ shop_id: 1, shop_domain: of, ...body }).replaceAll(/"#(\d+)"/g, '$1')
  return stand.app.request('/webhooks/shopify', {
    method: 'POST',
    body: text,
    headers: {
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': of,
      'x-shopify-webhook-id': `demand-${++webhook}`,
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(text).digest('base64'),
    },
  })
}

const customer = { id: 191167, email: 'john@example.com', phone: '555-625-1199' }
const demands = () => stand.store.db.selectFrom('privacy').selectAll().orderBy('id').execute()
const bodies = async () => JSON.stringify(await stand.store.db.selectFrom('inbox').select('body').execute())
const balances = () => stand.store.db.selectFrom('movement').selectAll().execute()

describe('demands', () => {
  test('a buyer is forgotten in every book, the others are not, and no count moves', async () => {
    const [first, second] = await connect()
    const address = /"address":\{[^}]*\}/
    expect(first?.snapshot).toMatch(address)
    const before = await balances()
    const answer = await demand('customers/redact', { customer, orders_to_redact: [`#${first?.order_id}`] })
    expect(answer.status).toBe(200)
    const after = await stand.store.db.selectFrom('order_head').selectAll().orderBy('order_id').execute()
    expect(after[0]?.snapshot).not.toMatch(address)
    expect(after[1]?.snapshot).toBe(second?.snapshot)
    expect(after[0]?.snapshot).toContain('"lines"')
    expect(await balances()).toEqual(before)
    expect(await demands()).toMatchObject([{ kind: 'forget', account: 'shopify-1', done_at: expect.any(Number) }])
    expect(await bodies()).not.toContain('john@example.com')
  })

  test('a store that left is forgotten whole, 48 hours after', async () => {
    await connect()
    await stand.accounts.change('shopify-1', { state: 'broken', reason: 'removed' })
    expect((await demand('shop/redact', {})).status).toBe(200)
    const heads = await stand.store.db.selectFrom('order_head').select('snapshot').execute()
    expect(heads).toHaveLength(2)
    expect(JSON.stringify(heads)).not.toContain('address')
    expect(await bodies()).not.toMatch(/address|email/)
  })

  test('who wants to know is listed until a person has answered, without saying who', async () => {
    const [first] = await connect()
    await demand('customers/data_request', {
      customer,
      orders_requested: [`#${first?.order_id}`],
      data_request: { id: 9 },
    })
    const page = await ada.go('/connect')
    expect(page.text).toContain(`Orders: ${first?.order_id}`)
    expect(page.text).not.toContain('john@')
    expect(await bodies()).not.toContain('john@example.com')
    const [row] = await demands()
    await ada.go(`/privacy/${row?.id}`, {})
    expect((await ada.go('/connect')).text).not.toContain('wants to know')
  })

  test('for a shop that was never connected they are answered and kept, and no account is touched', async () => {
    const answer = await demand(
      'customers/redact',
      { customer, orders_to_redact: [1] },
      undefined,
      'gone.myshopify.com',
    )
    expect(answer.status).toBe(200)
    expect(await demands()).toMatchObject([{ account: null, shop: 'gone.myshopify.com', done_at: expect.any(Number) }])
    await stand.engine.ledger.drain()
    const rows = await stand.store.db.selectFrom('inbox').selectAll().execute()
    expect(rows).toMatchObject([{ account: asId(''), topic: 'CUSTOMERS_REDACT' }])
    const receipts = await stand.store.db.selectFrom('reading_receipt').select('outcome').execute()
    expect(receipts).toEqual([{ outcome: 'ignored' }])
  })

  test.each(['customers/data_request', 'customers/redact', 'shop/redact'])(
    '%s that is not signed by the app: 401, and nothing happens',
    async (topic) => {
      await connect()
      const before = await stand.store.db.selectFrom('order_head').selectAll().execute()
      for (const of of [shop, 'gone.myshopify.com'])
        expect((await demand(topic, { orders_to_redact: [1] }, 'shpss_somebody_else', of)).status).toBe(401)
      expect(await demands()).toEqual([])
      expect(await stand.store.db.selectFrom('order_head').selectAll().execute()).toEqual(before)
    },
  )

  test("one shop's secret forgets nothing of another's", async () => {
    await connect()
    const created = await stand.accounts.create({
      platform: 'shopify',
      title: 'Other',
      shop: 'other.myshopify.com',
      origin: 'https://other.myshopify.com',
      credentials: { accessToken: 'shpat_other', clientSecret: 'shpss_of_the_other_shop' },
      settings: {},
    })
    expect(created.ok).toBe(true)
    const before = await stand.store.db.selectFrom('order_head').selectAll().execute()
    const answer = await demand('shop/redact', { shop_domain: shop }, 'shpss_of_the_other_shop', 'other.myshopify.com')
    expect(answer.status).toBe(200)
    expect(await stand.store.db.selectFrom('order_head').selectAll().execute()).toEqual(before)
  })

  test('a demand that is sent twice is noted once', async () => {
    await connect()
    webhook = 500
    await demand('shop/redact', {})
    webhook = 500
    await demand('shop/redact', {})
    expect(await demands()).toHaveLength(1)
  })

  test('a shop that no app knows stays unknown while no app is entered', async () => {
    const bare = await createStand()
    const answer = await bare.app.request('/webhooks/shopify', {
      method: 'POST',
      body: '{}',
      headers: { 'x-shopify-shop-domain': shop },
    })
    expect(answer.status).toBe(404)
    await bare.close()
  })
})

describe('an app that is removed', () => {
  test('breaks the account; connected again it works, and a late notice ends nothing', async () => {
    await connect()
    sandbox.uninstall()
    for (let turn = 0; turn < 20; turn++) await stand.clock.advance(100)
    await stand.engine.ledger.drain()
    expect(await stand.accounts.get('shopify-1')).toMatchObject({ state: 'broken' })
    expect((await ada.go('/connect')).text).toContain('The app was removed from the Shopify store')
    const removedAt = stand.clock.now()
    await stand.clock.advance(60_000)
    const opened = await ada.go('/connect/shopify', { way: 'ownApp', shop, ...sandbox.oauthApp() })
    await ada.go(opened.to, { shops: shop })
    expect(await stand.accounts.get('shopify-1')).toMatchObject({ state: 'paused', reason: null })
    const text = JSON.stringify({ id: 1 })
    const late = await stand.app.request('/webhooks/shopify', {
      method: 'POST',
      body: text,
      headers: {
        'x-shopify-topic': 'app/uninstalled',
        'x-shopify-shop-domain': shop,
        'x-shopify-triggered-at': new Date(removedAt).toISOString(),
        'x-shopify-hmac-sha256': createHmac('sha256', sandbox.oauthApp().clientSecret).update(text).digest('base64'),
      },
    })
    expect(late.status).toBe(200)
    await stand.engine.ledger.drain()
    expect(await stand.accounts.get('shopify-1')).toMatchObject({ state: 'paused' })
  })
})
