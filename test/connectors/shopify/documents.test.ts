/** Every request that this connector can make is one that Shopify's own schema and run-time rules accept. */

import { describe, expect, test } from 'vitest'
import { compose } from '../../../connectors/shopify/calls.ts'
import * as documents from '../../../connectors/shopify/documents.ts'
import { subscribedTopics } from '../../../connectors/shopify/hints.ts'
import type { Ops, OrderOp, StockOp } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { faultsOf } from './schema.ts'

const id = 'gid://shopify/Order/820982911946154508'
const query = "updated_at:>='2026-11-22T10:00:00.000Z'"

/** Read requests: what their variables look like. Mutations are taken from what `compose` really makes, below. */
const variables: Record<string, Record<string, unknown>> = {
  OrdersById: { ids: [id] },
  OrdersSince: { query, first: 10, after: null },
  OrderLines: { id, after: 'cursor' },
  OrderRefunds: { id },
  RefundLines: { id: 'gid://shopify/Refund/1', after: 'cursor' },
  OrdersBySource: { query: 'source_identifier:"onhand:a:1"' },
  ParcelsById: { ids: [id], parcels: 5 },
  ParcelsSince: { query, first: 4, after: null, parcels: 5 },
  ParcelLines: { id: 'gid://shopify/Fulfillment/1', after: 'cursor' },
  ListingsById: { ids: ['gid://shopify/ProductVariant/1'] },
  ListingsSince: { query, first: 5, after: null },
  ProductVariants: { id: 'gid://shopify/Product/1', after: 'cursor' },
  StockById: { ids: ['gid://shopify/InventoryItem/1'], locationId: 'gid://shopify/Location/77' },
  StockAtLocation: { locationId: 'gid://shopify/Location/77', first: 100, after: null },
  ActiveLocations: {},
  GrantedScopes: {},
  WhoIsIt: {},
  VariantsCount: { limit: 2001 },
  bulkOperationRunQuery: { query: documents.bulkListings(query) },
  BulkState: { id: 'gid://shopify/BulkOperation/1' },
  OrderCancelled: { id },
  Shippable: { id },
  ShippableLines: { id },
  Subscriptions: { after: null },
  fulfillmentTrackingInfoUpdate: {
    id: 'gid://shopify/Fulfillment/1',
    trackingInfo: { company: 'PostNL', number: '3SABCD1234567' },
  },
  fulfillmentCreate: {
    fulfillment: {
      lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: 'gid://shopify/FulfillmentOrder/1' }],
      notifyCustomer: false,
      trackingInfo: { company: 'PostNL', number: '3SABCD1234567', url: 'https://postnl.nl/track/3SABCD1234567' },
    },
  },
  webhookSubscriptionCreate: {
    topic: 'ORDERS_CREATE',
    webhookSubscription: { uri: 'https://onhand.example/webhooks/a', format: 'JSON' },
  },
  webhookSubscriptionDelete: { id: 'gid://shopify/WebhookSubscription/1' },
}

const register = asId<'register'>('271878346596884015@77')
const stockOps: Record<StockOp['kind'], StockOp> = {
  set: { register, kind: 'set', to: 5 },
  adjust: { register, kind: 'adjust', by: -2 },
  cas: { register, kind: 'cas', from: 7, to: 5 },
  move: { register, kind: 'move', by: 3, from: 'available', to: 'safety_stock' },
}
const orderOps: Record<'create' | 'cancel', OrderOp> = {
  create: {
    kind: 'create',
    reference: 'onhand:tiktok:577087614418520388',
    name: '577087614418520388',
    placedAt: Date.UTC(2026, 10, 22, 9, 30),
    currency: 'EUR',
    lines: [
      {
        listing: asId<'listing'>('642667041472713922'),
        title: 'Mug',
        units: 2,
        unitPrice: { amount: '12.50', currency: 'EUR' },
      },
    ],
    shippingPrice: { amount: '4.95', currency: 'EUR' },
    address: {
      name: 'Jan van der Berg',
      line1: 'Keizersgracht 1',
      line2: '2 hoog',
      postalCode: '1015 CJ',
      city: 'Amsterdam',
      region: 'Noord-Holland',
      country: 'NL',
      phone: '+31612345678',
      email: 'jan@example.com',
    },
    buyerNote: 'Ring twice',
  },
  cancel: { kind: 'cancel', order: asId<'order'>('1'), restock: true, reason: 'Cancelled by the buyer on TikTok Shop' },
}

const composed = (ops: Ops) => compose({}, ops, () => '6c423d89-5ddd-42b5-a9c5-b4af92657453').map(({ call }) => call)
const calls = [
  ...Object.values(stockOps).flatMap((op) => composed({ kind: 'stock', ops: [op] })),
  ...Object.values(orderOps).flatMap((op) => composed({ kind: 'order', op })),
]
const isDocument = (value: unknown): value is documents.Document =>
  typeof value === 'object' && value !== null && 'text' in value
const all = Object.values(documents).filter(isDocument)

describe('requests to Shopify', () => {
  test.each(all)('$name is known, used and within the cost limit', ({ name, cost, costPerId = 0 }) => {
    const isComposed = calls.some(({ method }) => method === name)
    expect(isComposed || name in variables).toBe(true)
    expect(cost + costPerId).toBeLessThanOrEqual(1000)
  })

  test.each(all.filter(({ name }) => name in variables))('$name fits the schema', ({ name, text }) => {
    expect(faultsOf(text, variables[name] ?? {})).toEqual([])
  })

  test.each(calls)('a composed $method fits the schema', ({ body }) => {
    const sent: { query: string; variables: Record<string, unknown> } = JSON.parse(body)
    expect(faultsOf(sent.query, sent.variables)).toEqual([])
  })

  test('the query of the bulk operation for stock does so too', () => {
    const text = documents.bulkStock('gid://shopify/Location/77')
    expect(faultsOf(text, {})).toEqual([])
    expect(text.match(/edges/g)).toHaveLength(1)
    expect(text).not.toMatch(/nodes|pageInfo|fragment|\$|first:/)
  })

  test('the query of the bulk operation fits the schema and what such a query may be', () => {
    const text = documents.bulkListings(query)
    expect(faultsOf(text, {})).toEqual([])
    // Lists as edges, no more than five, at most two levels deep, no root of nodes, no fragments and no variables.
    expect(text.match(/edges/g)).toHaveLength(2)
    expect(text).not.toMatch(/nodes|pageInfo|fragment|\$|first:/)
    expect(documents.bulkListings('title:"a\\b"')).toContain(String.raw`title:\"a\\b\"`)
  })

  test.each(subscribedTopics)('%s is a topic Shopify has', (topic) => {
    const webhookSubscription = { uri: 'https://onhand.example/webhooks/a', format: 'JSON' }
    expect(faultsOf(documents.createSubscription.text, { topic, webhookSubscription })).toEqual([])
  })
})

describe('the check itself', () => {
  test('finds a misspelt field', () => {
    const text = documents.ordersById.text.replace('displayFulfillmentStatus', 'displayFulfilmentStatus')
    expect(faultsOf(text, { ids: [id] })).toEqual([expect.stringContaining('displayFulfilmentStatus')])
  })

  test('finds a deprecated field', () => {
    const text = documents.activeLocations.text.replace('isActive', 'isPrimary')
    expect(faultsOf(text, {})).toEqual([expect.stringContaining('deprecated')])
  })

  test('finds a variable of the wrong type, or none', () => {
    expect(faultsOf(documents.ordersById.text, {})).not.toEqual([])
    expect(faultsOf(documents.shippable.text, { id: 5.5 })).not.toEqual([])
  })

  test.each([documents.adjustQuantities, documents.setQuantities, documents.moveQuantities])(
    'finds a missing idempotency key on $name',
    ({ name, text }) => {
      const { body } = calls.find(({ method }) => method === name) ?? { body: '{}' }
      const bare = text.replace(' @idempotent(key: $idempotencyKey)', '').replace(', $idempotencyKey: String!', '')
      expect(faultsOf(bare, JSON.parse(body).variables)).toEqual([`${name} needs @idempotent`])
    },
  )

  test.each(Object.values(stockOps).flatMap((op) => composed({ kind: 'stock', ops: [op] })))(
    'finds a $method that leaves changeFromQuantity out',
    ({ body }) => {
      const sent = JSON.parse(body, (key, value) => (key === 'changeFromQuantity' ? undefined : value))
      expect(faultsOf(sent.query, sent.variables)).toContainEqual(expect.stringContaining('changeFromQuantity'))
    },
  )
})
