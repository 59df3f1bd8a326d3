/** Every event that TikTok's documentation shows, and what it makes us look at. */

import { expect, test } from 'vitest'
import type { Reading } from '../../../src/channel.ts'
import { delivered, fixture, open } from './support.ts'

const events = fixture<readonly { type: string; raw: string }[]>('published-events')

/** A reading as short text: `orders 576486316948490001`, `connection expiring`. */
function shorten(reading: Reading): string {
  if (reading.kind === 'hint') return `${reading.wanted.kind} ${reading.wanted.ids.join(' ')}`
  return reading.kind === 'connection' ? `connection ${reading.event}` : reading.kind
}

const expected: Readonly<Record<string, readonly string[]>> = {
  '1': ['orders 576486316948490001'],
  '1, the signed one': ['orders 576653688135258178'],
  '4': ['orders 152523 532123', 'parcels 152523 532123'],
  // Cancellation and return: the order tells what they gave back.
  '11': ['orders 576486316948490001'],
  '12': ['orders 576486316948490001'],
  '67': ['orders 789456123'],
  // Stock: shown flat, without type and shop.
  '68': ['stock 1891234567890123456/1729507467923261408'],
  '27': ['stock 732357708734418520388/73235770873441823254'],
  // The product id stands there as a bare number.
  '5': ['listings 576486316948490000'],
  '37': ['listings 789078671231'],
  '6': ['connection uninstalled'],
  '7': ['connection expiring'],
}

test.each(events)('type $type', ({ type, raw }) => {
  const { channel } = open()
  const readings = channel.interpret(delivered({ source: 'webhook', topic: `type-${type}`, key: 'k', body: raw }))
  expect(readings.map(shorten)).toEqual(expected[type])
})

test('no published event is left out', () => {
  expect(events.map(({ type }) => type).toSorted()).toEqual(Object.keys(expected).toSorted())
})
