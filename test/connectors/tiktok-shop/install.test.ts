/** Connecting a shop, and keeping its webhooks right. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tiktokShop } from '../../../connectors/tiktok-shop/index.ts'
import { consentUrl, exchangeCode } from '../../../connectors/tiktok-shop/install.ts'
import { wantedEvents } from '../../../connectors/tiktok-shop/subscriptions.ts'
import { seededRandom } from '../../../src/clock.ts'
import { answers, auth, expectedSign, failed, ok, open, startAt } from './support.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left).toEqual([])
})

const app = { appKey: '29a39d', appSecret: 'e59af819cc' }
const deps = {
  fetch: (request: Request) => fetch(request),
  clock: { now: () => startAt, monotonic: () => 0, sleep: async () => undefined },
  random: seededRandom(1),
}
const granted = {
  access_token: 'token-1',
  access_token_expire_in: 1790000000,
  refresh_token: 'refresh-1',
  refresh_token_expire_in: 1810000000,
  open_id: '7010736057180325637',
  user_type: 0,
  granted_scopes: ['seller.order.info'],
}
const shops = [
  { id: '7000714532876273420', name: 'Mokken', region: 'NL', seller_type: 'LOCAL', cipher: 'ROW_1', code: 'NL1' },
  { id: '7000714532876273421', name: 'Tassen', region: 'DE', seller_type: 'LOCAL', cipher: 'ROW_2', code: 'DE1' },
]

describe('install', () => {
  test('the consent page of each market', () => {
    expect(consentUrl({ serviceId: '7', state: 'a b' })).toBe(
      'https://services.tiktokshop.com/open/authorize?service_id=7&state=a+b',
    )
    expect(consentUrl({ serviceId: '7', state: 's', market: 'US' })).toContain('https://services.us.tiktokshop.com/')
  })

  test('a code opens every shop of the seller', async () => {
    const asked = answers('GET', '/api/v2/token/get', ok(granted), { origin: auth })
    const listed = answers('GET', '/authorization/202309/shops', ok({ shops }))
    const opened = await exchangeCode(app, 'code-1', deps)
    expect(asked[0]?.query).toEqual({
      app_key: app.appKey,
      app_secret: app.appSecret,
      auth_code: 'code-1',
      grant_type: 'authorized_code',
    })
    expect(Object.keys(listed[0]?.query ?? {}).sort()).toEqual(['app_key', 'sign', 'timestamp'])
    expect(listed[0]?.query.sign).toBe(listed[0] && expectedSign(listed[0]))
    expect(opened.map(({ shop, name, region }) => [shop, name, region])).toEqual([
      ['7000714532876273420', 'Mokken', 'NL'],
      ['7000714532876273421', 'Tassen', 'DE'],
    ])
    expect(opened[1]?.credentials).toEqual({
      ...app,
      accessToken: 'token-1',
      accessTokenExpiresAt: 1790000000,
      refreshToken: 'refresh-1',
      refreshTokenExpiresAt: 1810000000,
      shopCipher: 'ROW_2',
    })
    for (const { credentials } of opened) expect(tiktokShop.credentials.parse(credentials)).toEqual(credentials)
  })

  test.each([
    ['a code used twice', failed(36004004, 'invalid auth code'), 'auth'],
    ['a creator', ok({ ...granted, user_type: 1 }), 'auth'],
    ['a page', '<html>', 'transient'],
  ])('%s opens nothing', async (_what, body, kind) => {
    answers('GET', '/api/v2/token/get', body, { origin: auth })
    await expect(exchangeCode(app, 'code-1', deps)).rejects.toMatchObject({ name: 'ChannelError', kind })
  })

  test.each([
    ['no shop', ok({ shops: [] }), 'rejected'],
    ['a missing permission', failed(105005), 'auth'],
    ['a page', '<html>', 'transient'],
    ['another shape', ok({ shops: [{ id: 1 }] }), 'transient'],
  ])('%s in the list of shops', async (_what, body, kind) => {
    answers('GET', '/api/v2/token/get', ok(granted), { origin: auth })
    answers('GET', '/authorization/202309/shops', body)
    await expect(exchangeCode(app, 'code-1', deps)).rejects.toMatchObject({ kind })
  })
})

describe('subscriptions', () => {
  const path = '/event/202309/webhooks'
  const address = 'https://onhand.example/webhooks/tiktok-shop'
  const right = wantedEvents.map((event_type) => ({ event_type, address }))

  test('all there', async () => {
    answers('GET', path, ok({ webhooks: right, total_count: right.length }))
    expect(await open().channel.subscriptions.audit()).toEqual({ found: [...wantedEvents], missing: [], broken: [] })
  })

  test('one missing and one that goes elsewhere are found and put right, one left over is removed', async () => {
    const elsewhere = { event_type: 'PACKAGE_UPDATE', address: 'https://other.example/' }
    const kept = right.filter(({ event_type }) => !['PACKAGE_UPDATE', 'PRODUCT_CREATION'].includes(event_type))
    const foreign = { event_type: 'NEW_MESSAGE', address: 'https://other.example/' }
    const left = { event_type: 'PRODUCT_CATEGORY_CHANGE', address }
    answers('GET', path, ok({ webhooks: [...kept, elsewhere, foreign, left] }), { times: 2 })
    const { channel } = open()
    const audit = await channel.subscriptions.audit()
    expect(audit.missing).toEqual(['PRODUCT_CREATION'])
    expect(audit.broken).toEqual([{ topic: 'PACKAGE_UPDATE', reason: 'it goes to https://other.example/' }])

    const put = answers('PUT', path, ok({}), { times: 2 })
    const removed = answers('DELETE', path, ok({}))
    await channel.subscriptions.repair()
    expect(put.map(({ body }) => JSON.parse(body))).toEqual([
      { event_type: 'PACKAGE_UPDATE', address },
      { event_type: 'PRODUCT_CREATION', address },
    ])
    expect(removed.map(({ body }) => JSON.parse(body))).toEqual([{ event_type: 'PRODUCT_CATEGORY_CHANGE' }])
    for (const request of [...put, ...removed]) expect(request.query.sign).toBe(expectedSign(request))
  })
})

test('settings have defaults, and open strings for regions', () => {
  expect(tiktokShop.settings.parse({})).toMatchObject({
    authOrigin: 'https://auth.tiktok-shops.com',
    region: 'NL',
    trackingBy: 'auto',
  })
  expect(tiktokShop.settings.safeParse({ trackingBy: 'guess' }).success).toBe(false)
})
