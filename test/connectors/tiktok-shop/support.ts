/** What the tests of this folder share: an opened channel on a still clock, and TikTok's answers by nock. */

import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import nock from 'nock'
import { tiktokShop } from '../../../connectors/tiktok-shop/index.ts'
import type { Credentials, Settings } from '../../../connectors/tiktok-shop/types.ts'
import type { Channel, Delivery, RawDelivery, Reading } from '../../../src/channel.ts'
import { type Clock, type Fetch, seededRandom } from '../../../src/clock.ts'
import { asId } from '../../../src/domain.ts'

export const api = 'https://open-api.tiktokglobalshop.com'
export const auth = 'https://auth.tiktok-shops.com'
export const shop = '7495540735365777507'
/** 2026-06-15 18:20:00 UTC */
export const startAt = Date.UTC(2026, 5, 15, 18, 20, 0)

export const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../fixtures/tiktok-shop/${name}.json`, import.meta.url), 'utf8'))

export const credentials: Credentials = {
  appKey: '29a39d',
  appSecret: 'e59af819cc',
  accessToken: 'token-1',
  accessTokenExpiresAt: startAt / 1000 + 86_400,
  refreshToken: 'refresh-1',
  refreshTokenExpiresAt: startAt / 1000 + 30_000_000,
  shopCipher: 'ROW_cipher',
}

export interface Opened {
  readonly channel: Channel
  readonly paced: { kind: 'admit' | 'accepted' | 'throttled'; value?: number | undefined }[]
  readonly saved: Credentials[]
  readonly clock: { now: number }
  current(): Credentials
}

/** A clock that stands still but for `clock.now`; waiting takes no time. */
export function open(
  change: Partial<Credentials> = {},
  settings: Partial<Settings> = {},
  saves = true,
  fetchBy?: Fetch,
): Opened {
  const clock = { now: startAt }
  const still: Clock = { now: () => clock.now, monotonic: () => clock.now - startAt, sleep: async () => undefined }
  const paced: Opened['paced'] = []
  const saved: Credentials[] = []
  let current: Credentials = { ...credentials, ...change }
  let mayFail = !saves
  const channel = tiktokShop.open(
    {
      id: asId('tiktok'),
      shop,
      origin: api,
      settings: tiktokShop.settings.parse(settings),
      webhookUrl: 'https://onhand.example/webhooks/tiktok-shop',
    },
    {
      fetch: fetchBy ?? ((request) => fetch(request)),
      clock: still,
      random: seededRandom(1),
      pace: {
        admit: async (cost) => void paced.push({ kind: 'admit', value: cost }),
        learn: () => undefined,
        accepted: () => void paced.push({ kind: 'accepted' }),
        throttled: (retryAfterMs) => void paced.push({ kind: 'throttled', value: retryAfterMs }),
      },
      secrets: {
        current: () => current,
        replace: async (next) => {
          if (mayFail) {
            mayFail = false
            throw new Error('the disk is full')
          }
          saved.push(next)
          current = next
        },
      },
    },
  )
  return { channel, paced, saved, clock, current: () => current }
}

export const ok = (data: unknown) => ({ code: 0, message: 'Success', request_id: '2026', data })
export const failed = (code: number, message = 'no') => ({ code, message, request_id: '2026' })

/** A request as TikTok received it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly headers: Record<string, string>
  readonly body: string
}

/** Answers one request and keeps what was received. An answer given as text is sent as it is. */
export function answers(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  options: { status?: number; headers?: Record<string, string>; times?: number; origin?: string } = {},
): Received[] {
  const received: Received[] = []
  nock(options.origin ?? api)
    .intercept(path, method)
    .query(true)
    .times(options.times ?? 1)
    .reply(async (request: Request) => {
      const url = new URL(request.url)
      const each: Received = {
        method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: Object.fromEntries(request.headers),
        body: await request.text(),
      }
      received.push(each)
      const answer = typeof body === 'function' ? body(each) : body
      return [
        options.status ?? 200,
        typeof answer === 'string' ? answer : JSON.stringify(answer),
        options.headers ?? {},
      ]
    })
  return received
}

export const cancellationsPath = '/return_refund/202309/cancellations/search'
export const returnsPath = '/return_refund/202309/returns/search'

/** A shop where nobody cancels and nothing comes back. */
export function quietAftersales(): void {
  for (const path of [cancellationsPath, returnsPath]) nock(api).post(path).query(true).optionally().reply(200, ok({}))
}

/** The signature by the published rule, written apart from the connector's own. */
export function expectedSign(received: Received, secret = credentials.appSecret): string {
  const names = Object.keys(received.query).filter((name) => name !== 'sign' && name !== 'access_token')
  const parameters = names.sort().map((name) => `${name}${received.query[name]}`)
  const text = `${secret}${received.path}${parameters.join('')}${received.body}${secret}`
  return createHmac('sha256', secret).update(text).digest('hex')
}

export const delivered = (raw: RawDelivery): Delivery => ({
  ...raw,
  id: asId('d1'),
  account: asId('tiktok'),
  receivedAt: startAt,
})

export const readings = (channel: Channel, deliveries: readonly RawDelivery[]): Reading[] =>
  deliveries.flatMap((each) => channel.interpret(delivered(each)))

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export const keys = () => {
  let made = 0
  return () => `key-${++made}`
}
