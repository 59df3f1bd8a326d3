/** What an app is not shown, which version answers it, and how it is turned away. */

import { describe, expect, it } from 'vitest'
import { type Bench, bench, type Json, mug, orderGid } from './bench.ts'

const personal = `query($id: ID!) { order(id: $id) { name email phone shippingAddress { firstName city countryCode } lineItems(first: 1) { nodes { sku } } } }`

async function bought(options: Parameters<typeof bench>[0]) {
  const b = bench(options)
  b.shop.addProduct(mug)
  for (const topic of ['ORDERS_CREATE', 'FULFILLMENTS_CREATE'])
    await b.data(
      `mutation { webhookSubscriptionCreate(topic: ${topic}, webhookSubscription: { uri: "https://hub.example/o" }) { userErrors { message } } }`,
    )
  const purchase = b.shop.buy([{ sku: mug.sku, quantity: 1 }])
  if (!purchase.ok) throw new Error(purchase.reason)
  await b.clock.advance(0)
  return { b, id: orderGid(purchase.order), order: purchase.order }
}

describe('protected customer data', () => {
  it('is null with an error beside the data', async () => {
    const { b, id } = await bought({ customerData: 'level1' })
    const { status, body } = await b.post(personal, { id })
    expect(status).toBe(200)
    expect(body.data.order).toEqual({
      name: '#1001',
      email: null,
      phone: null,
      shippingAddress: { firstName: null, city: expect.any(String), countryCode: 'NL' },
      lineItems: { nodes: [{ sku: mug.sku }] },
    })
    expect(body.errors.map(({ path, extensions }: Json) => [path.join('.'), extensions.code])).toEqual([
      ['order.email', 'ACCESS_DENIED'],
      ['order.phone', 'ACCESS_DENIED'],
      ['order.shippingAddress.firstName', 'ACCESS_DENIED'],
    ])
  })

  it('is left out of webhooks', async () => {
    const { b, order } = await bought({ customerData: 'level1' })
    b.shop.ship(order, { carrier: 'PostNL', number: '3S1' })
    await b.clock.advance(0)
    const [created, shipped] = b.received.map(({ text }) => JSON.parse(text))
    expect(created).toMatchObject({
      name: '#1001',
      email: null,
      contact_email: null,
      shipping_address: { first_name: null, address1: null, zip: null, country_code: 'NL' },
    })
    expect(shipped).toMatchObject({ tracking_number: '3S1', email: null, destination: { name: null } })
    expect(b.received.map(({ text }) => text).join()).not.toMatch(/example\.com"/)
  })

  it('may be the whole order', async () => {
    const { b, id } = await bought({ customerData: 'none' })
    const { body } = await b.post(personal, { id })
    expect(body.data).toEqual({ order: null })
    expect(body.errors[0].message).toContain('not approved to access the Order object')
    expect((await b.post('{ productVariants(first: 1) { nodes { sku } } }')).body.errors).toBeUndefined()
  })

  it('is there for an app that is approved', async () => {
    const { b, id } = await bought({})
    const { order } = await b.data(personal, { id })
    expect(order.email).toContain('@example.com')
    expect(JSON.parse(b.received[0]?.text ?? '').email).toBe(order.email)
  })
})

describe('the version', () => {
  const asked = async (b: Bench, version: string) => {
    const answer = await b.shop.app.request(`/admin/api/${version}/graphql.json`, {
      method: 'POST',
      headers: { 'x-shopify-access-token': String(b.shop.connection().credentials.accessToken) },
      body: JSON.stringify({ query: '{ shop { name } }' }),
    })
    return [answer.status, answer.headers.get('x-shopify-api-version')]
  }

  it.each([
    ['2026-10', [200, '2026-10']],
    ['2026-04', [200, '2026-04']],
    ['2025-10', [200, '2026-01']],
    ['2019-04', [200, '2026-01']],
    ['unstable', [200, 'unstable']],
    ['2031-01', [404, null]],
    ['latest', [404, null]],
  ])('%s is answered %j', async (version, answer) => {
    expect(await asked(bench(), version)).toEqual(answer)
  })

  it('falls forward when its time is over, and webhooks do too', async () => {
    const b = bench()
    b.shop.addProduct(mug)
    await b.data(
      'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: { uri: "https://hub.example/o" }) { webhookSubscription { apiVersion { handle } } } }',
    )
    const told = async () => {
      b.shop.buy([{ sku: mug.sku, quantity: 1 }])
      await b.clock.advance(0)
      return b.received.pop()?.headers.get('x-shopify-api-version')
    }
    expect(await told()).toBe('2026-10')
    b.shop.setApiVersions(['2027-01', '2027-04', '2027-07', '2027-10'])
    expect(await asked(b, '2026-10')).toEqual([200, '2027-01'])
    expect(await told()).toBe('2027-01')
  })

  it('of webhooks may be another than that of the request', async () => {
    const b = bench({ webhookVersion: '2026-04' })
    const { webhookSubscriptionCreate } = await b.data(
      'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: { uri: "https://hub.example/o" }) { webhookSubscription { apiVersion { handle } } } }',
    )
    expect(webhookSubscriptionCreate.webhookSubscription.apiVersion.handle).toBe('2026-04')
  })
})

describe('an app that is turned away', () => {
  it.each([402, 403, 423, 429, 430] as const)('with %i does nothing meanwhile', async (refusal) => {
    const b = bench()
    b.shop.setRefusal(refusal)
    const { status, headers, body } = await b.post('{ shop { name } }')
    expect(status).toBe(refusal)
    expect(body.errors).toEqual(expect.any(String))
    expect(headers.get('retry-after')).toBe(refusal === 429 ? '2.0' : null)
    b.shop.setRefusal(undefined)
    expect((await b.post('{ shop { name } }')).status).toBe(200)
  })
})
