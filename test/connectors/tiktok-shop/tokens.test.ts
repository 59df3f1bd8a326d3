/** The access token: renewed early, once, by one request, and stored before it is used. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Wanted } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { answers, auth, credentials, expectedSign, failed, ok, open, startAt } from './support.ts'

const ordersPath = '/order/202507/orders'
const refreshPath = '/api/v2/token/refresh'
const want: Wanted = { kind: 'orders', ids: [asId('1')] }
const inMinutes = (minutes: number) => startAt / 1000 + minutes * 60
const granted = (n: number) => ({
  access_token: `token-${n}`,
  access_token_expire_in: inMinutes(7 * 24 * 60),
  refresh_token: `refresh-${n}`,
  refresh_token_expire_in: inMinutes(300 * 24 * 60),
  user_type: 0,
})
const empty = ok({ orders: [] })

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left).toEqual([])
})

describe('renewal', () => {
  test('a few minutes early, stored before it is used', async () => {
    const opened = open({ accessTokenExpiresAt: inMinutes(4) })
    const asked = answers('GET', refreshPath, ok(granted(2)), { origin: auth })
    const used = answers('GET', ordersPath, () => {
      expect(opened.saved).toHaveLength(1)
      return empty
    })
    await opened.channel.fetch(want)
    expect(asked[0]?.query).toEqual({
      app_key: credentials.appKey,
      app_secret: credentials.appSecret,
      refresh_token: 'refresh-1',
      grant_type: 'refresh_token',
    })
    expect(used[0]?.headers['x-tts-access-token']).toBe('token-2')
    expect(opened.current()).toEqual({
      ...credentials,
      accessToken: 'token-2',
      accessTokenExpiresAt: inMinutes(7 * 24 * 60),
      refreshToken: 'refresh-2',
      refreshTokenExpiresAt: inMinutes(300 * 24 * 60),
    })
  })

  test('not while it is good', async () => {
    answers('GET', ordersPath, empty)
    const opened = open({ accessTokenExpiresAt: inMinutes(6) })
    await opened.channel.fetch(want)
    expect(opened.saved).toEqual([])
  })

  test('by one request however many ask', async () => {
    const asked = answers('GET', refreshPath, ok(granted(2)), { origin: auth })
    const used = answers('GET', ordersPath, empty, { times: 5 })
    const { channel } = open({ accessTokenExpiresAt: inMinutes(-1) })
    await Promise.all([1, 2, 3, 4, 5].map(() => channel.fetch(want)))
    expect(asked).toHaveLength(1)
    expect(new Set(used.map(({ headers }) => headers['x-tts-access-token']))).toEqual(new Set(['token-2']))
  })

  test.each([
    [105002, 'expired access token'],
    [36009004, 'The access_token in the header is invalid'],
  ])('once when it is refused with %i', async (code, message) => {
    const used = answers('GET', ordersPath, failed(code, message))
    answers('GET', refreshPath, ok(granted(2)), { origin: auth })
    const again = answers('GET', ordersPath, empty)
    const { channel, paced, clock } = open()
    clock.now += 61_000
    await channel.fetch(want)
    expect(used[0]?.headers['x-tts-access-token']).toBe('token-1')
    expect(again[0]?.headers['x-tts-access-token']).toBe('token-2')
    expect(again[0]?.query.sign).toBe(again[0] && expectedSign(again[0]))
    expect(paced.filter(({ kind }) => kind === 'admit')).toHaveLength(3)
  })

  test('refused together, renewed once', async () => {
    answers(
      'GET',
      ordersPath,
      (request: { headers: Record<string, string> }) =>
        request.headers['x-tts-access-token'] === 'token-1' ? failed(105002, 'expired') : empty,
      { times: 6 },
    )
    const asked = answers('GET', refreshPath, ok(granted(2)), { origin: auth })
    const { channel } = open()
    await Promise.all([1, 2, 3].map(() => channel.fetch(want)))
    expect(asked).toHaveLength(1)
  })

  test('refused again after it: that is the end', async () => {
    answers('GET', ordersPath, failed(105002, 'expired'), { times: 2 })
    answers('GET', refreshPath, ok(granted(2)), { origin: auth })
    await expect(open().channel.fetch(want)).rejects.toMatchObject({ kind: 'auth' })
  })

  test('a write with a refused token has not happened and is sent again with the new one', async () => {
    const path = '/product/202309/products/1/inventory/update'
    const first = answers('POST', path, failed(105002, 'expired'))
    answers('GET', refreshPath, ok(granted(2)), { origin: auth })
    const second = answers('POST', path, ok({}))
    const { channel } = open()
    const ops = [{ kind: 'set', register: asId<'register'>('1/2@3'), to: 4 }] as const
    const [composed] = channel.compose({ kind: 'stock', ops }, () => 'k')
    if (!composed) throw new Error('nothing composed')
    expect(await channel.write(composed.call)).toEqual({ rows: [{ ok: true }] })
    expect(second[0]?.body).toBe(first[0]?.body)
  })
})

describe('a renewal that fails', () => {
  test.each([
    ['refused', failed(36004004, 'invalid refresh token'), 'auth'],
    ['inside TikTok', failed(36009003, 'internal'), 'transient'],
    ['with a page', '<html>', 'transient'],
    ['without tokens', ok({}), 'transient'],
  ])('%s', async (_how, body, kind) => {
    answers('GET', refreshPath, body, { origin: auth })
    const opened = open({ accessTokenExpiresAt: inMinutes(-1) })
    await expect(opened.channel.fetch(want)).rejects.toMatchObject({ kind })
    expect(opened.saved).toEqual([])
  })

  test('early, with time left: the old token goes on', async () => {
    answers('GET', refreshPath, failed(36009003, 'internal'), { origin: auth })
    const used = answers('GET', ordersPath, empty)
    await open({ accessTokenExpiresAt: inMinutes(2) }).channel.fetch(want)
    expect(used[0]?.headers['x-tts-access-token']).toBe('token-1')
  })

  test('the authorization has ended: no request, and words for the merchant', async () => {
    const opened = open({ accessTokenExpiresAt: inMinutes(-1), refreshTokenExpiresAt: inMinutes(-1) })
    await expect(opened.channel.fetch(want)).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('connect the shop again'),
    })
  })

  test('granted but not stored: stored before anything else, without asking again', async () => {
    const asked = answers('GET', refreshPath, ok(granted(2)), { origin: auth })
    const opened = open({ accessTokenExpiresAt: inMinutes(-1) }, {}, false)
    await expect(opened.channel.fetch(want)).rejects.toMatchObject({ name: 'ChannelError', kind: 'transient' })
    const used = answers('GET', ordersPath, empty)
    await opened.channel.fetch(want)
    expect(asked).toHaveLength(1)
    expect(opened.saved.map(({ refreshToken }) => refreshToken)).toEqual(['refresh-2'])
    expect(used[0]?.headers['x-tts-access-token']).toBe('token-2')
  })
})
