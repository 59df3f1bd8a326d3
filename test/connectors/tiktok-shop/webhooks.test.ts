/** Who may send a webhook, which event it is, and what it makes us read again. */

import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { tiktokShop } from '../../../connectors/tiktok-shop/index.ts'
import { interpretWebhook, verifyWebhook } from '../../../connectors/tiktok-shop/webhooks.ts'
import type { RawRequest } from '../../../src/channel.ts'
import { fixture, open, shop } from './support.ts'

interface Events {
  events: { type: string; topic: string; raw: string; wanted: [string, ...string[]][] }[]
}
interface Vectors {
  webhooks: { app_key: string; app_secret: string; raw_body: string; authorization_header: string }[]
}

const { events } = fixture<Events>('webhooks')
const app = { appKey: '29a39d', appSecret: 'e59af819cc', shop }
const signatureOf = (body: string | Uint8Array) =>
  createHmac('sha256', app.appSecret).update(app.appKey).update(body).digest('hex')

function request(body: string, authorization = signatureOf(body)): RawRequest {
  return {
    method: 'POST',
    path: '/webhooks/tiktok-shop',
    headers: authorization ? { authorization } : {},
    body: new TextEncoder().encode(body),
  }
}

describe('verify', () => {
  test('the published vector', async () => {
    const [vector] = fixture<Vectors>('vectors').webhooks
    if (!vector) throw new Error('no vector')
    const official = { appKey: vector.app_key, appSecret: vector.app_secret, shop: '7495540735365777507' }
    expect(await verifyWebhook(request(vector.raw_body, vector.authorization_header), official)).toEqual({
      ok: true,
      stored: true,
      topic: 'type-1',
      key: '7380066284010030890',
      shopTime: 1718305585000,
    })
  })

  const [event] = events
  const body = event?.raw ?? ''
  const good = signatureOf(body)
  const flipped = (good.startsWith('0') ? '1' : '0') + good.slice(1)

  test.each([
    ['no header', request(body, '')],
    ['another signature', request(body, flipped)],
    ['upper case', request(body, good.toUpperCase())],
    ['a scheme in front', request(body, `Bearer ${good}`)],
    ['a signature cut short', request(body, good.slice(0, 62))],
    ['not hex', request(body, 'z'.repeat(64))],
    ['another body', request(body.replace('UNPAID', 'UNPAIS'), good)],
    ['another shop of the same app', request(body.replace(shop, '7495540735365777508'))],
  ])('refuses %s', async (_why, raw) => {
    expect(await verifyWebhook(raw, app)).toMatchObject({ ok: false, status: 401 })
  })

  test.each([
    ['no secret', { ...app, appSecret: '' }],
    ['no app key', { ...app, appKey: '' }],
  ])('refuses everything with %s', async (_why, broken) => {
    const signed = createHmac('sha256', broken.appSecret).update(broken.appKey).update(body).digest('hex')
    expect(await verifyWebhook(request(body, signed), broken)).toMatchObject({ ok: false, status: 401 })
  })

  test('a channel verifies with the credentials of its account', async () => {
    const { channel } = open()
    expect(await channel.verify(request(body))).toMatchObject({ ok: true, key: '7500000000000000001' })
    expect(await channel.verify(request(body, flipped))).toMatchObject({ ok: false, status: 401 })
  })

  test('without a notification id the key is the topic with the hash of the body', async () => {
    const third = events.find((each) => each.topic === 'type-3')?.raw ?? ''
    const verdict = await verifyWebhook(request(third), app)
    expect(verdict).toMatchObject({ ok: true, topic: 'type-3', key: expect.stringMatching(/^type-3\/[0-9a-f]{64}$/) })
    expect(await verifyWebhook(request(third), app)).toEqual(verdict)
    const other = await verifyWebhook(request(third.replace('490002', '490009')), app)
    expect(other.ok && other.stored && other.key).not.toBe(verdict.ok && verdict.stored && verdict.key)
  })

  test('signed bytes that are not JSON are kept, to show up as unreadable', async () => {
    const verdict = await verifyWebhook(request('<html>'), app)
    expect(verdict).toMatchObject({ ok: true, stored: true, topic: 'type-unknown' })
    expect(interpretWebhook('<html>')).toMatchObject([{ kind: 'unreadable' }])
  })

  test.each(events)('type $type has the topic $topic', async ({ topic, raw }) => {
    expect(await verifyWebhook(request(raw), app)).toMatchObject({ ok: true, stored: true, topic })
  })

  test('the shop that an app-wide webhook names', () => {
    expect(tiktokShop.shopOf(request(body))).toBe(shop)
    expect(tiktokShop.shopOf(request(`{"type":1,"shop_id":7495540735365777507}`))).toBe(shop)
    expect(
      tiktokShop.shopOf(request(events.find((each) => each.type.startsWith('68, flat'))?.raw ?? '')),
    ).toBeUndefined()
    expect(tiktokShop.shopOf(request('not json'))).toBeUndefined()
  })
})

describe('interpret', () => {
  test.each(events)('type $type asks for what it names', ({ raw, wanted }) => {
    const asked = interpretWebhook(raw).map((reading) =>
      reading.kind === 'hint' ? [reading.wanted.kind, ...reading.wanted.ids] : reading,
    )
    expect(asked).toEqual(wanted)
  })

  test.each([
    ['6', 'uninstalled'],
    ['7', 'expiring'],
  ])('type %s says that the connection is %s', (type, event) => {
    const raw = `{"type":${type},"shop_id":"1","timestamp":1,"data":{"message":"Shop_id 1 is deauthorized."}}`
    expect(interpretWebhook(raw)).toEqual([{ kind: 'connection', event, message: 'Shop_id 1 is deauthorized.' }])
  })

  test.each(['13', '24', '42', '999'])('type %s is counted and dropped', (type) => {
    expect(interpretWebhook(`{"type":${type},"data":{"order_id":"1"}}`)).toMatchObject([{ kind: 'ignored' }])
  })

  test.each([
    '[]',
    'null',
    '"text"',
    '{',
    '',
    '{"type":1}',
    '{"type":1,"data":null}',
    '{"type":5,"data":{"product_id":1.5}}',
    '{"type":4,"data":{"package_list":[1,null,{"order_id_list":"1"}]}}',
    '{"type":27,"data":{"product_id":"1"}}',
  ])('%s is unreadable and does not throw', (raw) => {
    expect(interpretWebhook(raw)).toMatchObject([{ kind: 'unreadable', reason: expect.any(String) }])
  })

  test('more orders than one fetch takes become several hints', () => {
    const ids = Array.from({ length: 120 }, (_, at) => `"${1000 + at}"`)
    const raw = `{"type":4,"data":{"package_list":[{"package_id":"1","order_id_list":[${ids}]}]}}`
    const sizes = interpretWebhook(raw).map((reading) => (reading.kind === 'hint' ? reading.wanted.ids.length : 0))
    expect(sizes).toEqual([50, 50, 20, 50, 50, 20])
  })
})
