import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVault } from '../../src/accounts/vault.ts'
import { createWorld, type PlatformName, type World } from '../support/world.ts'

let world: World
let secrets: Record<PlatformName, Record<string, string>>

beforeAll(async () => {
  world = await createWorld({ policy: 'mirror', products: [{ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 0 }] })
  await world.linkAll()
  await world.receive('MUG', 10)
  await world.engine.start()
  await world.pass(10_000)
  const vault = await createVault(new Uint8Array(32).fill(7))
  const rows = await world.store.db.selectFrom('account').select(['platform', 'credentials']).execute()
  secrets = Object.fromEntries(
    await Promise.all(rows.map(async ({ platform, credentials }) => [platform, await vault.open(credentials)])),
  )
})
afterAll(() => world.close())

let number = 0
/** Headers as the platform sends them, with a signature that holds. */
function signed(platform: PlatformName, body: string, topic: string): Record<string, string> {
  const secret = secrets[platform]
  const base64 = (key = '') => createHmac('sha256', key).update(body).digest('base64')
  switch (platform) {
    case 'shopify':
      return {
        'x-shopify-topic': topic,
        'x-shopify-shop-domain': 'onhand-demo.myshopify.com',
        'x-shopify-webhook-id': `id-${++number}`,
        'x-shopify-hmac-sha256': base64(secret.clientSecret),
      }
    case 'woocommerce':
      return { 'x-wc-webhook-topic': topic, 'x-wc-webhook-signature': base64(secret.webhookSecret) }
    case 'tiktok-shop':
      return {
        authorization: createHmac('sha256', secret.appSecret ?? '')
          .update(secret.appKey + body)
          .digest('hex'),
      }
  }
}

const platforms = ['shopify', 'woocommerce', 'tiktok-shop'] as const
const topics = { shopify: 'orders/updated', woocommerce: 'order.updated', 'tiktok-shop': '' }
const bodies = [
  'not json at all',
  '{"id":',
  '[]',
  'null',
  '42',
  '"text"',
  '{}',
  '{"id":null}',
  '{"id":{"a":1},"line_items":"none"}',
  '{"id":123456789012345678901234567890,"status":"weird"}',
  '{"id":-1,"status":"processing","line_items":[{"id":{},"quantity":"many"}]}',
  '{"type":1,"data":{"order_id":576461413038785752,"order_status":"DANCING"}}',
  '{"type":9999,"data":{"thing":1}}',
  '{"type":"1","data":"none","timestamp":"yesterday"}',
  '{"__proto__":{"id":1},"constructor":"x"}',
  `{"id":1,"note":"${'\\u0000'}"}`,
  `${'['.repeat(5000)}`,
]

describe.each(platforms)('%s: what is signed and makes no sense', (platform) => {
  it('is stored, answered 200, ends with an outcome, and stops nobody', async () => {
    const before = (await world.store.db.selectFrom('reading_receipt').select('delivery').execute()).length
    for (const body of bodies) {
      const answer = await world.knock(platform, body, signed(platform, body, topics[platform]))
      expect([body.slice(0, 60), answer.status]).toEqual([body.slice(0, 60), 200])
    }
    const odd = await world.knock(platform, '{"id":5}', signed(platform, '{"id":5}', 'moon.landed'))
    expect(odd.status).toBe(200)
    expect(world.shops[platform].buy([{ sku: 'MUG', quantity: 1 }])).toMatchObject({ ok: true })
    await world.pass(20_000)
    const unread = await world.store.db
      .selectFrom('inbox')
      .leftJoin('reading_receipt', 'reading_receipt.delivery', 'inbox.id')
      .select('inbox.body')
      .where('reading_receipt.delivery', 'is', null)
      .execute()
    expect(unread).toEqual([])
    const after = await world.store.db.selectFrom('reading_receipt').select(['outcome', 'reason']).execute()
    expect(after.length).toBeGreaterThan(before + bodies.length / 2)
    for (const { outcome, reason } of after) if (outcome === 'parked') expect(reason).toBeTruthy()
    const expected = 10 - platforms.indexOf(platform) - 1
    for (const shop of Object.values(world.shops)) expect(shop.shelf().get('MUG')).toBe(expected)
  })

  it.each<[string, (headers: Record<string, string>) => Record<string, string>]>([
    [
      'no signature',
      (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !/signature|hmac|auth/.test(name))),
    ],
    ['a wrong signature', (headers) => change(headers, (text) => (text.startsWith('a') ? 'b' : 'a') + text.slice(1))],
    ['half a signature', (headers) => change(headers, (text) => text.slice(0, text.length / 2))],
    ['an empty signature', (headers) => change(headers, () => '')],
  ])('with %s is refused, and nothing is stored', async (_, spoil) => {
    const count = async () => (await world.store.db.selectFrom('inbox').select('id').execute()).length
    const before = await count()
    const body = '{"id":1}'
    const answer = await world.knock(platform, body, spoil(signed(platform, body, topics[platform])))
    expect(answer.status).toBe(401)
    expect(await count()).toBe(before)
  })

  it('with the signature of another body is refused', async () => {
    const answer = await world.knock(platform, '{"id":2}', signed(platform, '{"id":1}', topics[platform]))
    expect(answer.status).toBe(401)
  })
})

const change = (headers: Record<string, string>, how: (text: string) => string) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, /signature|hmac|auth/.test(name) ? how(text) : text]),
  )
