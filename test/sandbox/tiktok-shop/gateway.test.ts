/** What the door of the API refuses, and with which code. */

import { expect, test } from 'vitest'
import { bench, type CallOptions, hourMs, minuteMs, origin, read } from './support.ts'

const seconds = (ms: number) => String(Math.floor(ms / 1000))
const warehouses = '/logistics/202309/warehouses'
const search = '/product/202502/products/search'

test('a proper request is answered in the envelope', async () => {
  const { call } = bench()
  const { status, code, message, text } = await call('GET', warehouses)
  expect({ status, code, message }).toEqual({ status: 200, code: 0, message: 'Success' })
  expect(Object.keys(JSON.parse(text)).sort()).toEqual(['code', 'data', 'message', 'request_id'])
})

const refusals: [string, number, RegExp, (made: ReturnType<typeof bench>) => CallOptions & { path?: string }][] = [
  ['a wrong signature', 106001, /sign/i, () => ({ secret: 'another' })],
  ['an upper-case signature', 106001, /sign/i, () => ({ sign: 'AB'.repeat(32) })],
  ['no signature', 36009004, /missing sign/i, () => ({ sign: '' })],
  ['another app', 36009004, /app_key/, () => ({ query: { app_key: 'other' } })],
  [
    '5 minutes behind',
    36009004,
    /timestamp/,
    ({ clock }) => ({ query: { timestamp: seconds(clock.now() - 301_000) } }),
  ],
  ['31 s ahead', 36009004, /timestamp/, ({ clock }) => ({ query: { timestamp: seconds(clock.now() + 31_000) } })],
  ['milliseconds', 36009004, /timestamp/, ({ clock }) => ({ query: { timestamp: String(clock.now()) } })],
  ['an unknown token', 36009004, /access_token|access-token/, () => ({ headers: { 'x-tts-access-token': 'ROW_no' } })],
  ['no cipher', 106013, /shop_cipher/, () => ({ query: { shop_cipher: undefined } })],
  ['a foreign cipher', 36009004, /shop_id/, () => ({ query: { shop_cipher: 'ROW_other' } })],
  [
    'a cipher where none belongs',
    36009004,
    /unexpected identifier/i,
    () => ({ path: '/authorization/202309/shops', query: { shop_cipher: 'ROW_other' } }),
  ],
  ['an unknown parameter', 98001004, /page/, () => ({ query: { page: '1' } })],
  ['an unknown path', 36009009, /path/, () => ({ path: '/logistics/202309/nothing' })],
  ['an unknown version', 36009014, /version/, () => ({ path: '/logistics/202001/warehouses' })],
]

test.each(refusals)('%s is refused with %i', async (_, code, words, make) => {
  const made = bench()
  const { path = warehouses, ...options } = make(made)
  const answer = await made.call('GET', path, options)
  expect(answer.code).toBe(code)
  expect(answer.message).toMatch(words)
  expect(answer.status).toBe(200)
})

test('within the window the clocks may differ', async () => {
  const { call, clock } = bench()
  const behind = await call('GET', warehouses, { query: { timestamp: seconds(clock.now() - 299_000) } })
  const ahead = await call('GET', warehouses, { query: { timestamp: seconds(clock.now() + 29_000) } })
  expect([behind.code, ahead.code]).toEqual([0, 0])
})

test('the wrong method is told apart from the wrong path', async () => {
  const { call } = bench()
  expect((await call('PUT', warehouses, { body: { a: 1 } })).code).toBe(36009010)
})

test('the signature covers the bytes of the body', async () => {
  const { call } = bench()
  const spaced = '{ "status": "ACTIVATE" }'
  expect((await call('POST', search, { query: { page_size: '10' }, body: spaced })).code).toBe(0)
  expect((await call('POST', search, { query: { page_size: '10' } })).code).toBe(0)
  // Implementations differ on `{}`: it must not be sent at all.
  expect((await call('POST', search, { query: { page_size: '10' }, body: '{}' })).code).toBe(106001)
})

test('bodies are JSON and closed', async () => {
  const { call } = bench()
  const post = (body: unknown, headers = {}) => call('POST', search, { query: { page_size: '10' }, body, headers })
  expect((await post('{"status":')).code).toBe(36009022)
  expect((await post({ status: 'ACTIVATE' }, { 'content-type': 'text/plain' })).code).toBe(36009022)
  const unknown = await post({ statuses: ['ACTIVATE'] })
  expect(unknown.code).toBe(98001004)
  expect(unknown.message).toMatch(/statuses/)
})

test('a token expires after its life and is refreshed', async () => {
  const { call, clock, shop, credential } = bench({ accessTokenLifeMs: 2 * hourMs })
  await clock.advance(2 * hourMs)
  expect((await call('GET', warehouses)).code).toBe(105002)
  const refresh = (token: string, grant = 'refresh_token', secret = credential('appSecret')) =>
    shop.app.fetch(
      new Request(
        `${origin}/api/v2/token/refresh?${new URLSearchParams({
          app_key: credential('appKey'),
          app_secret: secret,
          refresh_token: token,
          grant_type: grant,
        })}`,
      ),
    )
  const old = credential('refreshToken')
  expect((await read(await refresh(old, 'authorized_code'))).code).toBe(98001004)
  expect((await read(await refresh(old, 'refresh_token', 'wrong'))).code).toBe(36009004)
  const { code, data } = await read(await refresh(old))
  expect(code).toBe(0)
  expect(data.at('access_token_expire_in')).toBe(Math.floor((clock.now() + 2 * hourMs) / 1000))
  expect(data.at('user_type')).toBe(0)
  const headers = { 'x-tts-access-token': data.text('access_token') }
  expect((await call('GET', warehouses, { headers })).code).toBe(0)
  expect(credential('refreshToken')).toBe(data.text('refresh_token'))
  expect((await read(await refresh(old))).code).toBe(36004004)
})

test('consent gives a code that works once and for half an hour', async () => {
  const { clock, shop, credential } = bench()
  const redeem = async (code: string) =>
    read(
      await shop.app.fetch(
        new Request(
          `${origin}/api/v2/token/get?${new URLSearchParams({
            app_key: credential('appKey'),
            app_secret: credential('appSecret'),
            auth_code: code,
            grant_type: 'authorized_code',
          })}`,
        ),
      ),
    )
  const code = shop.consent()
  expect((await redeem(code)).code).toBe(0)
  expect((await redeem(code)).code).toBe(36004004)
  const late = shop.consent()
  await clock.advance(31 * minuteMs)
  expect((await redeem(late)).code).toBe(36004004)
})

test('bursts above the rate are answered 429 and forgiven with time', async () => {
  const { call, clock, shop } = bench({ requestsPerSecond: 3 })
  const codes: number[] = []
  for (let i = 0; i < 4; i++) codes.push((await call('GET', warehouses)).code)
  expect(codes).toEqual([0, 0, 0, 36009002])
  expect((await call('GET', warehouses)).status).toBe(429)
  await clock.advance(334)
  expect((await call('GET', warehouses)).code).toBe(0)
  expect((await call('GET', warehouses)).code).toBe(36009002)
  expect(shop.stats()).toMatchObject({ calls: 7, throttled: 3 })
})

test('what HTTP says of a refusal is a setting, as the platform leaves it open', async () => {
  const { call, clock } = bench({
    requestsPerSecond: 1,
    sendRetryAfter: true,
    refusedStatus: 401,
    accessTokenLifeMs: hourMs,
  })
  const unsigned = await call('GET', warehouses, { secret: 'another' })
  expect([unsigned.status, unsigned.code]).toEqual([401, 106001])
  await call('GET', warehouses)
  const hurried = await call('GET', warehouses)
  expect([hurried.status, hurried.headers.get('retry-after')]).toEqual([429, '1'])
  await clock.advance(hourMs)
  const expired = await call('GET', warehouses)
  expect([expired.status, expired.code]).toEqual([401, 105002])
})

test('a development shop has an hourly limit', async () => {
  const { call, clock } = bench({ sandboxPerHour: 2 })
  const codes: number[] = []
  for (let i = 0; i < 3; i++) codes.push((await call('GET', warehouses)).code)
  expect(codes).toEqual([0, 0, 36009037])
  await clock.advance(hourMs)
  expect((await call('GET', warehouses)).code).toBe(0)
})

test('a dark shop answers 503 to everything and keeps selling', async () => {
  const { call, shop } = bench()
  shop.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 1 })
  shop.setDark(true)
  expect((await call('GET', warehouses)).status).toBe(503)
  expect(shop.buy([{ sku: 'MUG', quantity: 1 }]).ok).toBe(true)
  shop.setDark(false)
  expect((await call('GET', warehouses)).code).toBe(0)
  expect(shop.stats().darkened).toBe(1)
})
