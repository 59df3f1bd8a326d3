/** A store for tests: answers fixtures by nock, and holds every request and every fixture to the official schema. */

import { execute, parse } from 'graphql'
import nock from 'nock'
import { expect } from 'vitest'
import { parseJson } from '../../../connectors/json.ts'
import { shopify } from '../../../connectors/shopify/index.ts'
import {
  type ShopifyCredentials,
  type ShopifySettings,
  scopesWanted,
  settings as settingsShape,
} from '../../../connectors/shopify/install.ts'
import type { Channel, Delivery, Pacer, RawDelivery, Reading } from '../../../src/channel.ts'
import { seededRandom } from '../../../src/clock.ts'
import { asId } from '../../../src/domain.ts'
import { adminSchema, faultsOf } from './schema.ts'

export const origin = 'https://store.myshopify.com'
export const path = '/admin/api/2026-10/graphql.json'
export const startedAt = Date.UTC(2026, 10, 22, 10, 0, 0)

export interface Asked {
  readonly query: string
  readonly variables: Record<string, unknown>
}

export interface Store {
  readonly channel: Channel
  /** What the pacer was told, in order. */
  readonly paced: string[]
  /** Requests received, in order. */
  readonly asked: Asked[]
  /** The next request is answered with this data, run through the official schema; `errors` and `cost` are added beside it. */
  answers(data: Record<string, unknown>, beside?: { errors?: unknown[]; cost?: unknown }): Store
  /** The next request is answered with exactly this. */
  replies(status: number, body: string, headers?: Record<string, string>): Store
  breaks(code: string): Store
}

const cost = {
  requestedQueryCost: 12,
  actualQueryCost: 10,
  throttleStatus: { maximumAvailable: 2000, currentlyAvailable: 1988, restoreRate: 100 },
}

export function openStore(
  given: { settings?: ShopifySettings; credentials?: Partial<ShopifyCredentials>; origin?: string } = {},
): Store {
  const paced: string[] = []
  const asked: Asked[] = []
  const pace: Pacer = {
    admit: async (points, urgency) => void paced.push(`admit ${points} ${urgency}`),
    learn: ({ available, capacity, restorePerSecond }) =>
      paced.push(`learn ${available}/${capacity} +${restorePerSecond}`),
    throttled: (retryAfterMs) =>
      paced.push(`throttled ${retryAfterMs === undefined ? '' : Math.floor(retryAfterMs / 1000)}`),
    accepted: () => paced.push('accepted'),
  }
  const credentials = { accessToken: 'shpat_secret', clientSecret: 'hush', ...given.credentials }
  const channel = shopify.open(
    {
      id: asId<'account'>('shop-a'),
      shop: 'store.myshopify.com',
      origin: given.origin ?? origin,
      settings: settingsShape.parse(given.settings ?? { location: '77' }),
      webhookUrl: 'https://onhand.example/webhooks/shop-a',
    },
    {
      fetch: (request) => fetch(request),
      clock: { now: () => startedAt, monotonic: () => 0, sleep: async () => undefined },
      random: seededRandom(1),
      pace,
      secrets: { current: () => credentials, replace: async () => undefined },
    },
  )

  const scope = () =>
    nock(given.origin ?? origin, {
      reqheaders: { 'x-shopify-access-token': 'shpat_secret', 'content-type': 'application/json' },
    })
  /** What is wrong with a request is kept for `settle`: thrown here it would look like a broken connection. */
  async function receive(request: Request): Promise<Asked> {
    const { query, variables }: Asked = JSON.parse(await request.text())
    asked.push({ query, variables })
    problems.push(...faultsOf(query, variables))
    return { query, variables }
  }

  const store: Store = {
    channel,
    paced,
    asked,
    answers(data, beside = {}) {
      scope()
        .post(path)
        .reply(async (request: Request) => {
          const { query, variables } = await receive(request)
          const run = await execute({
            schema: adminSchema(),
            document: parse(query),
            rootValue: data,
            variableValues: variables,
          })
          if (!beside.errors) problems.push(...(run.errors ?? []).map(({ message }) => `fixture: ${message}`))
          const body = {
            data: run.data,
            ...(beside.errors && { errors: beside.errors }),
            extensions: { cost: beside.cost ?? cost },
          }
          return [200, JSON.stringify(body), { 'content-type': 'application/json' }]
        })
      return store
    },
    replies(status, body, headers = { 'content-type': 'application/json' }) {
      scope()
        .post(path)
        .reply(async (request: Request) => {
          await receive(request)
          return [status, body, headers]
        })
      return store
    },
    breaks(code) {
      scope()
        .post(path)
        .replyWithError(Object.assign(new Error(code), { code }))
      return store
    },
  }
  return store
}

/** What the shop answers when it is asked what the app may do; by default all that is wanted. */
export const granted = (scopes: readonly string[] = scopesWanted) => ({
  currentAppInstallation: {
    id: 'gid://shopify/AppInstallation/1',
    accessScopes: scopes.map((handle) => ({ handle })),
  },
})

nock.disableNetConnect()

const problems: string[] = []

/** Call after each test: every request kept to the schema, every prepared answer was used. */
export function settle(): void {
  const unused = nock.pendingMocks()
  nock.cleanAll()
  expect(problems.splice(0)).toEqual([])
  expect(unused).toEqual([])
}

let deliveries = 0
export const asDelivery = (raw: RawDelivery): Delivery => ({
  ...raw,
  id: asId<'delivery'>(`d${++deliveries}`),
  account: asId<'account'>('shop-a'),
  receivedAt: startedAt,
})

export const interpretAll = (channel: Channel, raws: readonly RawDelivery[]): Reading[] =>
  raws.flatMap((raw) => channel.interpret(asDelivery(raw)))

export const fixture = async (name: string): Promise<string> => {
  const { readFile } = await import('node:fs/promises')
  return readFile(new URL(`../../fixtures/shopify/${name}.json`, import.meta.url), 'utf8')
}

export const fixtureData = async (name: string): Promise<Record<string, unknown>> =>
  parseJson(await fixture(name)) as Record<string, unknown>

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
