/** Every recorded webhook of a real shop, and what it makes us look at. */

import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { webhookReadings } from '../../../connectors/woocommerce/webhooks.ts'
import type { Reading } from '../../../src/channel.ts'
import { recordedWebhook } from './shop.ts'

const folder = new URL('../../fixtures/woocommerce/', import.meta.url)

/** A reading as short text: `orders 382`, `gone listing p62`, `ignored`. */
function shorten(reading: Reading): string {
  if (reading.kind === 'hint') return `${reading.wanted.kind} ${reading.wanted.ids.join(' ')}`
  if (reading.kind === 'gone') return `gone ${reading.of} ${reading.id}`
  return reading.kind
}

const expected: Readonly<Record<string, readonly string[]>> = {
  'order.created': ['orders 382'],
  'order.updated': ['orders 382'],
  'order.deleted': ['orders 361'],
  'product.created': ['listings p378', 'stock p378'],
  'product.updated': ['listings p378', 'stock p378'],
  'product.updated-variation': ['listings v69/71', 'stock v69/71'],
  'product.deleted': ['gone listing p378', 'listings p378'],
  'product.restored': ['listings p79', 'stock p79'],
  // Signed answers of the shop to itself: the product was gone, and its owner may no longer read it.
  'error-body': ['ignored'],
  'permission-error-body': ['unreadable'],
}

it.each(Object.entries(expected))('%s', (name, readings) => {
  const { headers, body } = recordedWebhook(name)
  expect(webhookReadings(headers['x-wc-webhook-topic'] ?? '', body).map(shorten)).toEqual(readings)
})

it('no recorded webhook is left out', () => {
  const recorded = readdirSync(folder).flatMap((file) => /^webhook-delivery-(.*)\.json$/.exec(file)?.[1] ?? [])
  // The ping is answered by the door and never read.
  expect(recorded.filter((name) => name !== 'ping').toSorted()).toEqual(Object.keys(expected).toSorted())
})

it('when a webhook is lost, those that came still lead to the stock as it is', () => {
  const { deliveries } = JSON.parse(readFileSync(new URL('webhook-lost-update.json', folder), 'utf8')) as {
    deliveries: ReturnType<typeof recordedWebhook>[]
  }
  const found = deliveries.flatMap(({ headers, body }) => webhookReadings(headers['x-wc-webhook-topic'] ?? '', body))
  // The webhook tells 9 where 8 is left: only which counter to read is taken from it.
  expect(found.map(shorten)).toEqual(['orders 100', 'listings p99', 'stock p99', 'orders 101'])
})
