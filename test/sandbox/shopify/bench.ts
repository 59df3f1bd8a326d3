/** A sandbox shop on a virtual clock, with a client that writes no more than the wire needs. */

import { seededRandom } from '../../../src/clock.ts'
import { calmHooks, type HookChaos } from '../../../src/sandbox/shop.ts'
import { type ShopifySandbox, shopifySandbox } from '../../../src/sandbox/shopify/index.ts'
import type { ShopOptions } from '../../../src/sandbox/shopify/options.ts'
import { type VirtualClock, virtualClock } from '../../../src/sandbox/virtual-clock.ts'

export interface Received {
  readonly url: string
  readonly headers: Headers
  readonly text: string
  readonly at: number
}

export interface Bench {
  readonly clock: VirtualClock
  readonly shop: ShopifySandbox
  readonly received: Received[]
  /** What the receiver answers to a webhook. */
  status: number
  post(query: string, variables?: unknown, token?: string): Promise<{ status: number; headers: Headers; body: Answer }>
  /** The data of an answer that must have no errors. */
  data(query: string, variables?: unknown): Promise<Json>
  readonly itemOf: (sku: string) => Promise<{ item: string; variant: string; location: string }>
  levels(sku: string): Promise<Record<string, number>>
}

// biome-ignore lint/suspicious/noExplicitAny: answers are read by tests that would fail on any other shape
export type Json = any
export interface Answer {
  readonly data?: Json
  readonly errors?: Json
  readonly extensions?: Json
}

export function bench(options: Partial<ShopOptions> = {}, chaos: HookChaos = calmHooks): Bench {
  const clock = virtualClock(undefined, 5)
  const received: Received[] = []
  const shop = shopifySandbox(
    {
      clock,
      random: seededRandom(7),
      chaos,
      async fetch(request) {
        received.push({ url: request.url, headers: request.headers, text: await request.text(), at: clock.now() })
        return new Response(null, { status: self.status })
      },
    },
    options,
  )
  const { credentials, settings } = shop.connection()
  const location = `gid://shopify/Location/${settings.location}`

  const self: Bench = {
    clock,
    shop,
    received,
    status: 200,
    async post(query, variables = {}, token = String(credentials.accessToken)) {
      const answer = await shop.app.request('/admin/api/2026-10/graphql.json', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-shopify-access-token': token },
        body: JSON.stringify({ query, variables }),
      })
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer }
    },
    async data(query, variables) {
      const { status, body } = await self.post(query, variables)
      if (status !== 200 || body.errors) throw new Error(`${status} ${JSON.stringify(body.errors)}`)
      return body.data
    },
    async itemOf(sku) {
      const query =
        'query($q: String!) { productVariants(first: 50, query: $q) { nodes { id sku inventoryItem { id } } } }'
      const { productVariants } = await self.data(query, { q: `sku:"${sku}"` })
      const variant = productVariants.nodes.find((node: Json) => node.sku === sku)
      return { item: variant.inventoryItem.id, variant: variant.id, location }
    },
    async levels(sku) {
      const { item } = await self.itemOf(sku)
      const { inventoryItem } = await self.data(
        `query($id: ID!, $at: ID!) { inventoryItem(id: $id) { inventoryLevel(locationId: $at) {
          quantities(names: ["available", "on_hand", "committed", "reserved", "safety_stock", "damaged", "quality_control"]) { name quantity } } } }`,
        { id: item, at: location },
      )
      return Object.fromEntries(inventoryItem.inventoryLevel.quantities.map((one: Json) => [one.name, one.quantity]))
    },
  }
  return self
}

export const mug = { sku: 'MUG-1', title: 'Mug', price: '12.50', quantity: 10 }
export const tee = { sku: 'TEE-1', title: 'Tee', price: '20.00', quantity: 5, gtin: '8712345678906' }

/** The storefront names orders by number, GraphQL by global id. */
export const orderGid = (number: string): string => `gid://shopify/Order/${number}`
