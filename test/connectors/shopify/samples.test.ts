/** Every sample payload that Shopify publishes of the topics near ours, and what it makes us look at. */

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Reading } from '../../../src/channel.ts'
import { asDelivery, fixture, openStore } from './store.ts'

/** A reading as short text: `orders 820982911946154508`, `connection uninstalled`. */
function shorten(reading: Reading): string {
  if (reading.kind === 'hint') return `${reading.wanted.kind} ${reading.wanted.ids.join(' ')}`
  return reading.kind === 'connection' ? `connection ${reading.event}` : reading.kind
}

const order = 'orders 820982911946154508'

/** By file name, which is the topic in lower case. */
const expected: Readonly<Record<string, readonly string[]>> = {
  orders_create: [order],
  refunds_create: [order],
  fulfillments_create: ['parcels 820982911946154508', order],
  inventory_levels_update: ['stock 271878346596884015@24826418'],
  products_update: ['listings 642667041472713922 757650484644203962'],
  app_uninstalled: ['connection uninstalled'],
  // Nothing of stock or orders is in these.
  fulfillment_events_create: ['ignored'],
  fulfillment_orders_moved: ['ignored'],
  inventory_items_update: ['ignored'],
  bulk_operations_finish: ['ignored'],
  // The privacy requests every app is sent.
  customers_data_request: ['ignored'],
  customers_redact: ['ignored'],
  shop_redact: ['ignored'],
}

test.each(Object.entries(expected))('%s', async (name, readings) => {
  const { channel } = openStore({ settings: { location: '24826418' } })
  const body = await fixture(`published/${name}`)
  const found = channel.interpret(asDelivery({ source: 'webhook', topic: name.toUpperCase(), key: 'k', body }))
  expect(found.map(shorten)).toEqual(readings)
})

test('no published sample is left out', () => {
  const files = readdirSync(new URL('../../fixtures/shopify/published/', import.meta.url))
  expect(files.map((file) => file.replace('.json', '')).toSorted()).toEqual(Object.keys(expected).toSorted())
})
