/** What a Shopify store's answers mean: tables of answer → reading. */

import { describe, expect, test } from 'vitest'
import type { ShopifySettings } from '../../../connectors/shopify/install.ts'
import { interpret } from '../../../connectors/shopify/mapping.ts'
import type { Reading } from '../../../src/channel.ts'
import { asDelivery, fixtureData } from './store.ts'

type Json = Record<string, unknown>

const read = (topic: string, body: unknown, settings: ShopifySettings = {}): Reading[] =>
  interpret(
    settings,
    asDelivery({ source: 'fetch', topic, key: 'k', body: typeof body === 'string' ? body : JSON.stringify(body) }),
  )

const orderJson = await fixtureData('order')
const parcelsJson = await fixtureData('parcels')
const variantJson = await fixtureData('variant')

function readOrder(changes: Json) {
  const [reading] = read('order', { ...orderJson, ...changes })
  if (reading?.kind !== 'order') throw new Error(`not an order: ${JSON.stringify(reading)}`)
  return reading.order
}

/** The fixture's first line alone, changed, with the refund lines that go with it. */
function readLine(line: Json, refundLines?: Json[]) {
  const { nodes, pageInfo } = orderJson.lineItems as { nodes: Json[]; pageInfo: Json }
  const order = readOrder({
    lineItems: { nodes: [{ ...nodes[0], ...line }], pageInfo },
    ...(refundLines && { refundLines }),
  })
  const [first] = order.lines
  if (!first) throw new Error('no line')
  return first
}

const refundOf = (quantity: number, restockType: string, restocked = restockType !== 'NO_RESTOCK') => ({
  quantity,
  restockType,
  restocked,
  lineItem: { id: 'gid://shopify/LineItem/487817672276298554' },
})

describe('an order', () => {
  test('is read whole, ids to the last digit', () => {
    expect(readOrder({})).toEqual({
      id: '820982911946154508',
      name: '#1042',
      phase: 'ready',
      status: 'UNFULFILLED',
      createdAt: Date.UTC(2026, 10, 22, 9, 30),
      updatedAt: Date.UTC(2026, 10, 22, 9, 31, 10),
      fulfilment: 'seller',
      lines: [
        {
          id: '487817672276298554',
          listing: '642667041472713922',
          sku: 'MUG-BLUE',
          title: 'Mug - Blue',
          quantity: 3,
          takenUnits: 3,
          shippedUnits: 0,
          unitPrice: { amount: '12.50', currency: 'EUR' },
        },
        {
          id: '487817672276298555',
          title: 'Gift wrap',
          quantity: 1,
          takenUnits: 1,
          shippedUnits: 0,
          unitPrice: { amount: '12.40', currency: 'EUR' },
        },
      ],
      currency: 'EUR',
      total: { amount: '54.85', currency: 'EUR' },
      shippingPrice: { amount: '4.95', currency: 'EUR' },
      address: {
        name: 'Fenna de Wit',
        line1: 'Oudegracht 120',
        postalCode: '3511 AW',
        city: 'Utrecht',
        country: 'NL',
        phone: '+31301234567',
        email: 'fenna@example.com',
      },
      buyerNote: 'Graag bij de buren',
    })
  })

  test.each([
    ['UNFULFILLED', 'PAID', null, 'ready'],
    ['UNFULFILLED', 'AUTHORIZED', null, 'ready'],
    ['UNFULFILLED', 'PENDING', null, 'unpaid'],
    ['UNFULFILLED', 'PARTIALLY_PAID', null, 'unpaid'],
    ['UNFULFILLED', 'EXPIRED', null, 'unpaid'],
    ['UNFULFILLED', 'VOIDED', null, 'unpaid'],
    ['UNFULFILLED', null, null, 'ready'],
    ['IN_PROGRESS', 'PAID', null, 'ready'],
    ['ON_HOLD', 'PENDING', null, 'on_hold'],
    ['SCHEDULED', 'PAID', null, 'on_hold'],
    ['PARTIALLY_FULFILLED', 'PENDING', null, 'partly_shipped'],
    ['FULFILLED', 'PENDING', null, 'shipped'],
    ['RESTOCKED', 'REFUNDED', null, 'closed'],
    ['FULFILLMENT_NOT_REQUIRED', 'PAID', null, 'closed'],
    ['A_WORD_OF_2027', 'PAID', null, 'ready'],
    ['UNFULFILLED', 'PAID', '2026-11-22T10:00:00Z', 'cancelled'],
    ['FULFILLED', 'REFUNDED', '2026-11-22T10:00:00Z', 'cancelled'],
  ])('%s, %s, cancelled at %s is %s', (displayFulfillmentStatus, displayFinancialStatus, cancelledAt, phase) => {
    const order = readOrder({ displayFulfillmentStatus, displayFinancialStatus, cancelledAt })
    expect([order.phase, order.status]).toEqual([phase, displayFulfillmentStatus])
  })

  test.each([
    // what happened to a line of 3, [current, unfulfilled], its refunds → [taken, shipped]
    ['nothing', [3, 3], undefined, [3, 0]],
    ['2 shipped', [3, 1], undefined, [3, 2]],
    ['all shipped', [3, 0], undefined, [3, 3]],
    ['1 cancelled before shipping and put back', [2, 2], [refundOf(1, 'CANCEL')], [2, 0]],
    ['1 removed before shipping and written off', [2, 2], [refundOf(1, 'NO_RESTOCK')], [3, 1]],
    ['all shipped, 1 came back into stock', [2, 0], [refundOf(1, 'RETURN')], [2, 2]],
    ['all shipped, 1 refunded and kept by the buyer', [2, 0], [refundOf(1, 'NO_RESTOCK')], [3, 3]],
    ['a restock that the shop says did not happen', [2, 2], [refundOf(1, 'CANCEL', false)], [3, 1]],
    ['1 put back, 1 written off', [1, 1], [refundOf(1, 'CANCEL'), refundOf(1, 'NO_RESTOCK')], [2, 1]],
    ['removed by an edit that left no refund', [2, 2], [], [2, 0]],
    ['cancelled with restock', [0, 0], [refundOf(3, 'CANCEL')], [0, 0]],
    ['cancelled without restock', [0, 0], [refundOf(3, 'NO_RESTOCK')], [3, 3]],
  ])('a line with %s', (_what, [currentQuantity, unfulfilledQuantity], refunds, [taken, shipped]) => {
    const line = readLine({ currentQuantity, unfulfilledQuantity }, refunds)
    expect([line.takenUnits, line.shippedUnits, line.quantity]).toEqual([taken, shipped, currentQuantity])
  })

  test('cancelled, with lines that lost nothing, keeps its units: the shop has not given them back', () => {
    const order = readOrder({ cancelledAt: '2026-11-22T10:00:00Z' })
    expect(order.lines.map(({ takenUnits }) => takenUnits)).toEqual([3, 1])
  })

  test('of ours is known by its reference; another channel’s reference is not ours', () => {
    expect(readOrder({ sourceIdentifier: 'onhand:tiktok:5770' }).ourReference).toBe('onhand:tiktok:5770')
    expect(readOrder({ sourceIdentifier: '1234-12-1000' }).ourReference).toBeUndefined()
  })

  test('without the buyer’s data, which this app may not see, is still an order', () => {
    const order = readOrder({ shippingAddress: null, email: null, note: null })
    expect(order.address).toBeUndefined()
    expect(order.lines).toHaveLength(2)
  })

  test('that is test money takes stock as any other', () => {
    expect(readOrder({ test: true }).lines[0]?.takenUnits).toBe(3)
  })

  test('with more lines than were read is unreadable, never short', () => {
    const { nodes } = orderJson.lineItems as { nodes: Json[] }
    const cut = { lineItems: { nodes, pageInfo: { hasNextPage: true, endCursor: 'x' } } }
    expect(read('order', { ...orderJson, ...cut })).toEqual([
      { kind: 'unreadable', reason: expect.stringContaining('#1042') },
    ])
  })

  test('that lost units, without its refunds, is unreadable: nobody knows which are back', () => {
    const { nodes, pageInfo } = orderJson.lineItems as { nodes: Json[]; pageInfo: Json }
    const lineItems = { nodes: [{ ...nodes[0], currentQuantity: 1 }], pageInfo }
    expect(read('order', { ...orderJson, lineItems })).toEqual([
      { kind: 'unreadable', reason: expect.stringContaining('refunds') },
    ])
  })

  test('that is not there is gone', () => {
    expect(read('order', { gone: '820982911946154508' })).toEqual([
      { kind: 'gone', of: 'order', id: '820982911946154508' },
    ])
  })
})

describe('parcels', () => {
  test('are read with their numbers and what is in them', () => {
    expect(read('parcels', parcelsJson)).toEqual([
      {
        kind: 'shipment',
        shipment: {
          id: '4711000000000000001',
          order: '820982911946154508',
          updatedAt: Date.UTC(2026, 10, 22, 15, 2),
          cancelled: false,
          carrier: 'PostNL',
          numbers: ['3SABCD1234567', '3SABCD1234568'],
          url: 'https://postnl.example/3SABCD1234567',
          lines: [{ line: '487817672276298554', units: 2 }],
        },
      },
      {
        kind: 'shipment',
        shipment: {
          id: '4711000000000000002',
          order: '820982911946154508',
          updatedAt: Date.UTC(2026, 10, 22, 14),
          cancelled: true,
          numbers: [],
          lines: [{ line: '487817672276298554', units: 1 }],
        },
      },
    ])
  })

  test.each([
    ['SUCCESS', [false]],
    ['CANCELLED', [true]],
    ['ERROR', [true]],
    ['FAILURE', [true]],
    ['A_WORD_OF_2027', [false]],
    // Waiting for a fulfilment service: nothing has left.
    ['PENDING', []],
    ['OPEN', []],
  ])('with status %s', (status, cancelled) => {
    const [parcel] = parcelsJson.fulfillments as Json[]
    const readings = read('parcels', { ...parcelsJson, fulfillments: [{ ...parcel, status }] })
    expect(readings.flatMap((reading) => (reading.kind === 'shipment' ? reading.shipment.cancelled : []))).toEqual(
      cancelled,
    )
  })

  test('of an order that has none are ignored; cut ones are unreadable', () => {
    expect(read('parcels', { ...parcelsJson, fulfillments: [] })[0]?.kind).toBe('ignored')
    expect(read('parcels', { ...parcelsJson, cut: true })[0]?.kind).toBe('unreadable')
  })
})

describe('a listing', () => {
  const readListing = (changes: Json, product: Json = {}) => {
    const variant = { ...variantJson, ...changes, product: { ...(variantJson.product as Json), ...product } }
    const [reading] = read('listing', { location: '77', variant })
    if (reading?.kind !== 'listing') throw new Error(`not a listing: ${JSON.stringify(reading)}`)
    return reading.listing
  }

  test('reads the counter of its item at the location', () => {
    expect(readListing({})).toEqual({
      id: '642667041472713922',
      register: '271878346596884015@77',
      title: 'Mug - Blue',
      sku: 'MUG-BLUE',
      gtin: '8712345678906',
      state: 'active',
      counting: 'counted',
      updatedAt: Date.UTC(2026, 10, 21, 8),
    })
  })

  test.each([
    [{ inventoryPolicy: 'DENY' }, true, 'counted', true],
    [{ inventoryPolicy: 'CONTINUE' }, true, 'endless', true],
    [{ inventoryPolicy: 'DENY' }, false, 'untracked', false],
    [{ inventoryPolicy: 'CONTINUE' }, false, 'untracked', false],
    [{ requiresComponents: true }, true, 'derived', false],
  ])('with %o, tracked %s, is %s', (changes, tracked, counting, hasRegister) => {
    const item = { ...(variantJson.inventoryItem as Json), tracked }
    const listing = readListing({ ...changes, inventoryItem: item })
    expect([listing.counting, listing.register !== undefined]).toEqual([counting, hasRegister])
  })

  test.each([
    ['ACTIVE', 'active'],
    ['UNLISTED', 'active'],
    ['DRAFT', 'inactive'],
    ['ARCHIVED', 'inactive'],
    ['A_WORD_OF_2027', 'active'],
  ])('of a product that is %s is %s', (status, state) => {
    expect(readListing({}, { status }).state).toBe(state)
  })

  test('of a product with one variant is called like the product', () => {
    expect(readListing({ title: 'Default Title' }).title).toBe('Mug')
  })
})

describe('stock', () => {
  test('is what may be sold and what is sold but not shipped; an item never stocked here sells nothing', () => {
    const quantities = [
      { name: 'committed', quantity: 4 },
      { name: 'available', quantity: -2 },
    ]
    const levels = [
      { item: '271878346596884015', quantities },
      { item: '8', quantities: null },
      { item: '9', quantities: null, gone: true },
      { item: '10', quantities: [] },
    ]
    expect(read('stock', { location: '77', levels })).toEqual([
      { kind: 'stock', level: { register: '271878346596884015@77', availableUnits: -2, committedUnits: 4 } },
      { kind: 'stock', level: { register: '8@77', availableUnits: 0, committedUnits: 0 } },
      { kind: 'gone', of: 'register', id: '9@77' },
      { kind: 'unreadable', reason: expect.stringContaining('10@77') },
    ])
  })
})

describe('what cannot be read', () => {
  test.each([
    ['order', '{"id":'],
    ['order', 'null'],
    ['order', '[]'],
    ['order', { ...orderJson, updatedAt: 'yesterday' }],
    ['order', { ...orderJson, id: 'gid://shopify/DraftOrder/1' }],
    ['parcels', { id: 'gid://shopify/Order/1' }],
    ['listing', { variant: variantJson }],
    ['stock', { location: '77' }],
    ['ORDERS_CREATE', '<html>'],
    ['ORDERS_CREATE', {}],
    ['ORDERS_CREATE', { id: 'abc' }],
    ['FULFILLMENTS_CREATE', { id: 1 }],
    ['INVENTORY_LEVELS_UPDATE', { inventory_item_id: null, location_id: 77 }],
  ])('%s %j is unreadable and never throws', (topic, body) => {
    expect(read(topic, body).map(({ kind }) => kind)).toEqual(['unreadable'])
  })

  test('is explained without the buyer’s data', () => {
    const broken = { ...orderJson, shippingAddress: { name: { first: 'Fenna' } } }
    const text = JSON.stringify([...read('order', broken), ...read('order', '{"email":"fenna@example.com"')])
    expect(text).toContain('shippingAddress.name')
    expect(text.toLowerCase()).not.toContain('fenna')
  })
})
