/** A channel on a shop that nock plays, with a pacer that remembers what it was told. */

import { readFileSync } from 'node:fs'
import { woocommerce } from '../../../connectors/woocommerce/index.ts'
import { type Credentials, type Settings, settings } from '../../../connectors/woocommerce/types.ts'
import type { ChannelAccount, Delivery, RawDelivery } from '../../../src/channel.ts'
import { type Clock, seededRandom } from '../../../src/clock.ts'
import { asId } from '../../../src/domain.ts'

export const origin = 'https://shop.example'
export const api = '/wp-json/wc/v3'

/** A recorded answer. */
export interface Recorded {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: unknown
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/woocommerce/${name}.json`, import.meta.url), 'utf8'))

export const recorded = (name: string): Recorded => read(name) as Recorded
export const recordedRow = (name: string): Record<string, unknown> => recorded(name).body as Record<string, unknown>
export const recordedWebhook = (name: string) =>
  read(`webhook-delivery-${name}`) as { headers: Record<string, string>; body: string }
export const recordedRequest = (name: string) =>
  (read(name) as { request: { url: string; signature_base_string: string; signing_key: string } }).request

export const json = { 'content-type': 'application/json; charset=UTF-8' }

/** A clock whose sleepers never wait. */
export function stillClock(now = Date.UTC(2026, 10, 22, 18, 0, 0)): Clock {
  return { now: () => now, monotonic: () => now, sleep: async () => {} }
}

export function openShop(
  options: {
    shop?: string
    origin?: string
    settings?: Partial<Settings>
    credentials?: Partial<Credentials>
    clock?: Clock
  } = {},
) {
  const told = { admitted: 0, accepted: 0, throttled: [] as (number | undefined)[], requests: [] as string[] }
  let credentials: Credentials = {
    consumerKey: 'ck_test',
    consumerSecret: 'cs_test',
    webhookSecret: 'whsec-test',
    ...options.credentials,
  }
  const account: ChannelAccount<Settings> = {
    id: asId<'account'>('woo'),
    shop: options.shop ?? options.origin ?? origin,
    origin: options.origin ?? origin,
    settings: settings.parse(options.settings ?? {}),
    webhookUrl: 'https://onhand.example/webhooks/woo',
  }
  const channel = woocommerce.open(account, {
    fetch: (request) => {
      told.requests.push(`${request.method} ${request.url}`)
      return fetch(request)
    },
    clock: options.clock ?? stillClock(),
    random: seededRandom(7),
    pace: {
      admit: async () => {
        told.admitted += 1
      },
      learn: () => {},
      throttled: (ms) => {
        told.throttled.push(ms)
      },
      accepted: () => {
        told.accepted += 1
      },
    },
    secrets: {
      current: () => credentials,
      replace: async (next) => {
        told.requests.push('secrets.replace')
        credentials = next
      },
    },
  })
  return { channel, told, credentials: () => credentials }
}

export const kept = (raw: RawDelivery): Delivery => ({
  ...raw,
  id: asId<'delivery'>('d1'),
  account: asId<'account'>('woo'),
  receivedAt: 0,
})

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

let calls = 0
export const newKey = () => `key-${++calls}`
