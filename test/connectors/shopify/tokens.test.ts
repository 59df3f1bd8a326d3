/** Access to a store: permanent, in pairs that end, or asked for by the merchant's own app; renewed early, once, and stored first. */

import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import { createHttp } from '../../../connectors/http.ts'
import { shopify } from '../../../connectors/shopify/index.ts'
import type { ShopifyCredentials } from '../../../connectors/shopify/install.ts'
import { requestTokens } from '../../../connectors/shopify/tokens.ts'
import type { Pacer } from '../../../src/channel.ts'
import { type Clock, seededRandom } from '../../../src/clock.ts'
import { asId } from '../../../src/domain.ts'
import { origin, path, startedAt } from './store.ts'

const tokenPath = '/admin/oauth/access_token'
const minuteMs = 60_000
const dayMs = 86_400_000
const pair: ShopifyCredentials = {
  clientId: 'client',
  clientSecret: 'hush',
  accessToken: 'access-1',
  refreshToken: 'refresh-1',
  expiresAt: startedAt + 60 * minuteMs,
  refreshTokenExpiresAt: startedAt + 90 * dayMs,
}
const own: ShopifyCredentials = { clientId: 'client', clientSecret: 'hush' }
const permanent: ShopifyCredentials = { clientSecret: 'hush', accessToken: 'shpat_forever' }

const granted = (n: number) => ({
  access_token: `access-${n}`,
  expires_in: 3600,
  refresh_token: `refresh-${n}`,
  refresh_token_expires_in: 7_776_000,
  scope: 'read_orders',
})

afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left).toEqual([])
})

/** `stored` is what another process sees; `exclusively` reads it, as the lease does. */
function open(given: ShopifyCredentials, options: { sharedWith?: { stored: ShopifyCredentials } } = {}) {
  const clock = { now: startedAt }
  const still: Clock = { now: () => clock.now, monotonic: () => 0, sleep: async () => undefined }
  const pace: Pacer = {
    admit: async () => undefined,
    learn: () => undefined,
    throttled: () => undefined,
    accepted: () => undefined,
  }
  const saved: ShopifyCredentials[] = []
  const shared = options.sharedWith ?? { stored: given }
  let current = given
  let failures = 0
  const channel = shopify.open(
    {
      id: asId('shop-a'),
      shop: 'store.myshopify.com',
      origin,
      settings: { location: '77' },
      webhookUrl: 'https://onhand.example/webhooks/shop-a',
    },
    {
      fetch: (request) => fetch(request),
      clock: still,
      random: seededRandom(1),
      pace,
      secrets: {
        current: () => current,
        replace: async (next) => {
          if (failures-- > 0) throw new Error('the disk is full')
          saved.push(next)
          current = next
          shared.stored = next
        },
        exclusively: async (work) => {
          current = shared.stored
          return await work()
        },
      },
    },
  )
  const failSaving = () => {
    failures = 1
  }
  const ask = () => channel.fetch({ kind: 'orders', ids: [asId<'order'>('1')] })
  return { channel, clock, saved, shared, ask, failSaving }
}

/** The store answers one question asked with this token, or refuses the token. */
const asks = (accessToken: string, status = 200) =>
  nock(origin, { reqheaders: { 'x-shopify-access-token': accessToken } })
    .post(path)
    .reply(status, status === 200 ? { data: { nodes: [null] } } : { errors: 'Invalid API key or access token' })

function grants(body: Record<string, unknown>, answer: unknown, status = 200) {
  nock(origin)
    .post(tokenPath, body as nock.DataMatcherMap)
    .reply(status, answer as nock.Body)
}
const refreshOf = (n: number) => ({
  client_id: 'client',
  client_secret: 'hush',
  grant_type: 'refresh_token',
  refresh_token: `refresh-${n}`,
})

describe('a pair that ends', () => {
  test('is used as it is while it is good', async () => {
    asks('access-1')
    const { ask, saved } = open(pair)
    await ask()
    expect(saved).toEqual([])
  })

  test('is replaced whole a few minutes early, and stored before it is used', async () => {
    grants(refreshOf(1), granted(2))
    asks('access-2')
    const { ask, clock, saved } = open(pair)
    clock.now += 56 * minuteMs
    await ask()
    expect(saved).toEqual([
      {
        clientId: 'client',
        clientSecret: 'hush',
        accessToken: 'access-2',
        refreshToken: 'refresh-2',
        expiresAt: clock.now + 60 * minuteMs,
        refreshTokenExpiresAt: clock.now + 90 * dayMs,
      },
    ])
  })

  test('that is refused is replaced, and the request sent once more', async () => {
    asks('access-1', 401)
    grants(refreshOf(1), granted(2))
    asks('access-2')
    const { ask } = open(pair)
    expect(await ask()).toHaveLength(1)
  })

  test('that is refused twice is for a person to see to', async () => {
    asks('access-1', 401)
    grants(refreshOf(1), granted(2))
    asks('access-2', 401)
    await expect(open(pair).ask()).rejects.toMatchObject({ kind: 'auth' })
  })

  test('is replaced by one request however many ask', async () => {
    grants(refreshOf(1), granted(2))
    for (let n = 0; n < 4; n++) asks('access-2')
    const { ask, clock } = open(pair)
    clock.now += 70 * minuteMs
    await Promise.all([ask(), ask(), ask(), ask()])
  })

  test('that another process has replaced is taken from there', async () => {
    const shared = { stored: { ...pair, accessToken: 'access-9', expiresAt: startedAt + 120 * minuteMs } }
    asks('access-9')
    const { ask, clock, saved } = open(pair, { sharedWith: shared })
    clock.now += 58 * minuteMs
    await ask()
    expect(saved).toEqual([])
  })

  test('whose answer was lost is asked for again with the same refresh token', async () => {
    for (let n = 0; n < 3; n++)
      nock(origin)
        .post(tokenPath)
        .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    const { ask, clock, saved } = open(pair)
    clock.now += 70 * minuteMs
    await expect(ask()).rejects.toMatchObject({ kind: 'transient' })
    grants(refreshOf(1), granted(2))
    asks('access-2')
    await ask()
    expect(saved).toHaveLength(1)
  })

  test('that was granted but could not be stored is stored before anything else', async () => {
    grants(refreshOf(1), granted(2))
    const { ask, clock, saved, failSaving } = open(pair)
    clock.now += 70 * minuteMs
    failSaving()
    await expect(ask()).rejects.toMatchObject({ name: 'ChannelError', kind: 'transient' })
    asks('access-2')
    await ask()
    expect(saved.map(({ refreshToken }) => refreshToken)).toEqual(['refresh-2'])
  })

  test.each([
    [400, { error: 'invalid_request' }, 'auth'],
    [401, { error: 'invalid_grant' }, 'auth'],
    [404, '', 'auth'],
    [423, '', 'transient'],
    [429, '', 'throttled'],
    [503, '<html>', 'transient'],
    [200, '<html>', 'transient'],
    [200, { scope: 'read_orders' }, 'transient'],
  ])('that is answered %i %j is %s', async (status, answer, kind) => {
    grants(refreshOf(1), answer, status)
    const { ask, clock, saved } = open(pair)
    clock.now += 70 * minuteMs
    await expect(ask()).rejects.toMatchObject({ kind })
    expect(saved).toEqual([])
  })

  test('early, with trouble at the store: the old one goes on', async () => {
    grants(refreshOf(1), '', 503)
    asks('access-1')
    const { ask, clock } = open(pair)
    clock.now += 57 * minuteMs
    await ask()
  })

  test('whose refresh token has ended is not even asked for', async () => {
    const { ask, clock } = open(pair)
    clock.now += 91 * dayMs
    await expect(ask()).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('Connect the store') })
  })
})

describe('the merchant’s own app', () => {
  const grant = { client_id: 'client', client_secret: 'hush', grant_type: 'client_credentials' }
  const day = { access_token: 'day-1', scope: 'read_orders', expires_in: 86_399 }

  test('asks for its first token, and for the next one when that ends', async () => {
    grants(grant, day)
    asks('day-1')
    const { ask, clock, saved } = open(own)
    await ask()
    expect(saved).toEqual([{ ...own, accessToken: 'day-1', expiresAt: startedAt + 86_399_000 }])
    clock.now += dayMs
    grants(grant, { ...day, access_token: 'day-2' })
    asks('day-2')
    await ask()
  })

  test('that the store does not know is refused in words', async () => {
    grants(grant, { error: 'application_cannot_be_found' }, 400)
    await expect(open(own).ask()).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('400') })
  })
})

describe('a permanent token', () => {
  test('never asks for another', async () => {
    asks('shpat_forever')
    const { ask, clock } = open(permanent)
    clock.now += 1000 * dayMs
    await ask()
  })

  test.each([permanent, { ...permanent, clientId: 'client' }])(
    'that is refused is for a person to see to',
    async (given) => {
      asks('shpat_forever', 401)
      await expect(open(given).ask()).rejects.toMatchObject({ kind: 'auth' })
    },
  )
})

test('a code from the consent page buys a pair, once: a lost answer is not asked for again', async () => {
  const http = createHttp({
    fetch: (request) => fetch(request),
    clock: { now: () => startedAt, monotonic: () => 0, sleep: async () => undefined },
    random: seededRandom(1),
    origins: [origin],
  })
  const shop = { shop: 'store.myshopify.com', origin }
  const app = { clientId: 'client', clientSecret: 'hush' }
  grants({ client_id: 'client', client_secret: 'hush', code: 'c', expiring: '1' }, granted(1))
  expect(await requestTokens(http, shop, app, { kind: 'code', code: 'c' })).toMatchObject({
    refresh_token: 'refresh-1',
  })
  nock(origin)
    .post(tokenPath)
    .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
  await expect(requestTokens(http, shop, app, { kind: 'code', code: 'c' })).rejects.toMatchObject({
    kind: 'unknownOutcome',
  })
})

describe('what a merchant gives', () => {
  test.each([
    [permanent, true],
    [own, true],
    [pair, true],
    [{ clientSecret: 'hush' }, false],
    [{ accessToken: 'a' }, false],
    [{ ...permanent, refreshToken: 'r' }, false],
  ])('%j', (given, isEnough) => {
    expect(shopify.credentials.safeParse(given).success).toBe(isEnough)
  })
})
