/** What orders, parcels, products and stock of TikTok Shop mean. */

import { describe, expect, test } from 'vitest'
import { interpret } from '../../../connectors/tiktok-shop/mapping.ts'
import type { Reading } from '../../../src/channel.ts'
import type { ListingSnapshot, OrderSnapshot } from '../../../src/domain.ts'
import { delivered, fixture, startAt } from './support.ts'

type Json = Record<string, unknown>
const order = fixture<Json & { line_items: Json[]; recipient_address: Json; payment: Json }>('order')
const product = fixture<Json & { skus: Json[] }>('product')
const inventory = fixture<Json & { skus: Json[] }>('inventory')

const read = (topic: string, body: unknown): Reading[] =>
  interpret(delivered({ source: 'fetch', topic, key: 'k', body: JSON.stringify(body), fetchStartedAt: startAt }), 'NL')

function orderOf(change: Json): OrderSnapshot {
  const [reading] = read('order', { ...order, ...change })
  if (reading?.kind !== 'order') throw new Error(JSON.stringify(reading))
  return reading.order
}

/** The order with every unit changed. */
const withUnits = (change: Json, orderChange: Json = {}) =>
  orderOf({ ...orderChange, line_items: order.line_items.map((unit) => ({ ...unit, ...change })) })

const [mug, , tea] = order.line_items

describe('orders', () => {
  test('the times that TikTok holds a seller to, each by itself, and 0 is none', () => {
    const times = { rts_sla_time: 1780172400, tts_sla_time: 0, delivery_sla_time: null, cancel_order_sla_time: 'soon' }
    expect(orderOf(times).deadlines).toEqual({ ready: 1780172400000 })
    expect(orderOf({ ...times, tts_sla_time: 5, delivery_sla_time: 6, cancel_order_sla_time: 7 }).deadlines).toEqual({
      ready: 1780172400000,
      transit: 5000,
      delivered: 6000,
      cancel: 7000,
    })
    expect(orderOf({ paid_time: 0 })).not.toHaveProperty('paidAt')
  })

  test('a whole order: units become lines', () => {
    expect(orderOf({})).toEqual({
      id: '576461413038785752',
      name: '576461413038785752',
      phase: 'ready',
      status: 'AWAITING_SHIPMENT',
      createdAt: 1780000000000,
      updatedAt: 1780000600000,
      fulfilment: 'seller',
      paidAt: 1780000100000,
      market: 'NL',
      currency: 'EUR',
      total: { amount: '44.85', currency: 'EUR' },
      shippingPrice: { amount: '4.95', currency: 'EUR' },
      buyerNote: 'Bel niet aan na 20 uur',
      deliveryOption: '7091146663229654785|NL|NL',
      address: {
        name: 'Sanne de Vries',
        line1: 'Kerkstraat 12',
        postalCode: '3511 AB',
        city: 'Utrecht (stad)',
        region: 'Utrecht',
        country: 'NL',
        phone: '(+31)612345678',
        email: 'v2b2V5@chat.seller.tiktok.com',
      },
      lines: [
        {
          id: '2729382476852921560',
          listing: '1729582718312380123/2729382476852921560@6955005333819123123',
          sku: 'MUG-RED',
          title: 'Mok (Rood)',
          quantity: 2,
          takenUnits: 2,
          shippedUnits: 0,
          unitPrice: { amount: '12.50', currency: 'EUR' },
        },
        {
          id: '2729382476852921561',
          listing: '1729582718312380124/2729382476852921561@6955005333819123123',
          sku: 'TEA-SET',
          title: 'Theeset',
          quantity: 1,
          takenUnits: 1,
          shippedUnits: 0,
          unitPrice: { amount: '14.90', currency: 'EUR' },
          components: [
            { listing: '1729582718312380456/2729382476852921123@6955005333819123123', units: 4 },
            { listing: '1729582718312380457/2729382476852921124@6955005333819123123', units: 1 },
          ],
        },
      ],
    })
  })

  test.each([
    ['UNPAID', 'unpaid', 2, 0],
    ['ON_HOLD', 'on_hold', 2, 0],
    ['AWAITING_SHIPMENT', 'ready', 2, 0],
    ['PARTIALLY_SHIPPING', 'partly_shipped', 2, 0],
    ['AWAITING_COLLECTION', 'shipped', 2, 2],
    ['IN_TRANSIT', 'shipped', 2, 2],
    ['DELIVERED', 'delivered', 2, 2],
    ['COMPLETED', 'closed', 2, 2],
    ['CANCELLED', 'cancelled', 0, 0],
    ['CANCEL', 'cancelled', 0, 0],
    ['SOMETHING_NEW', 'on_hold', 2, 0],
  ])('an order that is %s', (status, phase, taken, shipped) => {
    const { phase: got, lines } = orderOf({ status })
    expect([got, lines[0]?.takenUnits, lines[0]?.shippedUnits]).toEqual([phase, taken, shipped])
  })

  test.each([
    [{ display_status: 'AWAITING_COLLECTION' }, 1, 1],
    [{ display_status: 'IN_TRANSIT' }, 1, 1],
    [{ display_status: 'TO_SHIP', package_status: 'PROCESSING' }, 1, 1],
    [{ display_status: 'TO_SHIP', package_status: 'FULFILLING' }, 1, 1],
    [{ display_status: 'TO_SHIP', package_status: 'COMPLETED' }, 1, 1],
    [{ display_status: 'TO_SHIP', package_status: 'TO_FULFILL' }, 1, 0],
    [{ display_status: 'TO_SHIP', package_status: null }, 1, 0],
    [{ display_status: null, package_status: '' }, 1, 0],
    [{ display_status: 'CANCELLED' }, 0, 0],
    [{ display_status: 'CANCEL' }, 0, 0],
    // A requested cancellation leaves its traces on a unit that is still to be shipped.
    [{ display_status: 'AWAITING_SHIPMENT', cancel_user: 'BUYER', cancel_reason: 'Pricing error' }, 1, 0],
  ])('one unit with %j in a partly shipped order', (change, taken, shipped) => {
    const { lines } = orderOf({ status: 'PARTIALLY_SHIPPING', line_items: [{ ...mug, ...change }] })
    expect(lines).toHaveLength(1)
    expect([lines[0]?.quantity, lines[0]?.takenUnits, lines[0]?.shippedUnits]).toEqual([taken, taken, shipped])
  })

  test('one cancelled unit of two gives one back', () => {
    const [first, second] = order.line_items
    const { lines } = orderOf({ line_items: [first, { ...second, display_status: 'CANCELLED' }] })
    expect(lines).toMatchObject([{ quantity: 1, takenUnits: 1 }])
  })

  test.each([
    [{ fulfillment_type: 'FULFILLMENT_BY_TIKTOK', shipping_type: 'TIKTOK' }, 'platform', 0],
    [{ fulfillment_type: 'FULFILLMENT_BY_DILAYANI_TOKOPEDIA' }, 'platform', 0],
    [{ shipping_type: 'TIKTOK' }, 'platform_label', 2],
    [{ shipping_type: 'SELLER' }, 'seller', 2],
    [{ fulfillment_type: undefined, shipping_type: undefined }, 'seller', 2],
  ])('%j is shipped by %s', (change, fulfilment, taken) => {
    const { fulfilment: got, lines } = orderOf(change)
    expect([got, lines[0]?.takenUnits, lines[0]?.quantity]).toEqual([fulfilment, taken, 2])
  })

  test.each([
    [['10.00', '0'], '5.00'],
    [['10.00', '0.01'], '5.01'],
    [['1000', '2001'], '1501'],
    [['0.10', '0.20', '0.20'], '0.17'],
    [['12345678901234567.89', '12345678901234567.89'], '12345678901234567.89'],
  ])('units sold at %j cost %s each', (prices, each) => {
    const { lines } = orderOf({ line_items: prices.map((sale_price, at) => ({ ...mug, id: `${at}`, sale_price })) })
    expect(lines[0]?.unitPrice).toEqual({ amount: each, currency: 'EUR' })
  })

  test.each([
    ['a price that is a number', { sale_price: 12.5 }],
    ['no price', { sale_price: null }],
  ])('%s leaves the price out and keeps the units', (_what, change) => {
    const [line] = withUnits(change).lines
    expect(line?.unitPrice).toBeUndefined()
    expect(line?.takenUnits).toBe(2)
  })

  test('ON_HOLD hides the buyer: no address, and no provider list of a wrong country', () => {
    const held = orderOf({ status: 'ON_HOLD', recipient_address: undefined, buyer_email: undefined })
    expect(held.address).toBeUndefined()
    expect(held.deliveryOption).toBeUndefined()
    expect(orderOf({ recipient_address: undefined }).deliveryOption).toBe('7091146663229654785|NL|')
  })

  test('a masked address is none, a masked telephone number is left out', () => {
    const to = order.recipient_address
    expect(orderOf({ recipient_address: { ...to, name: 'S*** de V***' } }).address).toBeUndefined()
    expect(orderOf({ recipient_address: { ...to, address_line1: '***' } }).address).toBeUndefined()
    expect(orderOf({ recipient_address: { ...to, phone_number: '(+31)6***78' } }).address?.phone).toBeUndefined()
    expect(orderOf({ recipient_address: 'not an address' }).address).toBeUndefined()
  })

  test('a unit without a product is a line without a listing', () => {
    const { lines } = orderOf({ line_items: [{ ...mug, product_id: '', sku_id: '' }] })
    expect(lines).toMatchObject([{ id: '577086512123755123', takenUnits: 1 }])
    expect(lines[0]?.listing).toBeUndefined()
  })

  test('without a warehouse the listing names the sku alone', () => {
    expect(orderOf({ warehouse_id: '' }).lines[0]?.listing).toBe('1729582718312380123/2729382476852921560')
  })

  test.each([
    ['no id', { id: undefined }],
    ['no status', { status: '' }],
    ['no update time', { update_time: undefined }],
    [
      'a bundle without counts',
      { line_items: [{ ...tea, combined_listing_skus: [{ sku_id: '1', product_id: '2' }] }] },
    ],
  ])('%s is unreadable', (_what, change) => {
    expect(read('order', { ...order, ...change })).toMatchObject([{ kind: 'unreadable', reason: expect.any(String) }])
  })
})

describe('parcels', () => {
  const parcel = { package_id: '1152321127278713123', package_status: 'FULFILLING', tracking_number: '3SABC' }

  test('a parcel under way with its lines', () => {
    const units = order.line_items.map((unit) => ({ ...unit, ...parcel, shipping_provider_name: 'PostNL' }))
    expect(read('parcels', { ...order, line_items: units })).toEqual([
      {
        kind: 'shipment',
        shipment: {
          id: '1152321127278713123',
          order: '576461413038785752',
          updatedAt: 1780000600000,
          cancelled: false,
          carrier: 'PostNL',
          numbers: ['3SABC'],
          lines: [
            { line: '2729382476852921560', units: 2 },
            { line: '2729382476852921561', units: 1 },
          ],
        },
      },
    ])
  })

  test('a cancelled parcel, and one that is not sent yet', () => {
    const cancelled = { ...mug, ...parcel, package_status: 'CANCELLED' }
    const waiting = { ...tea, ...parcel, package_id: '2', package_status: 'TO_FULFILL' }
    expect(read('parcels', { ...order, line_items: [cancelled, waiting] })).toMatchObject([
      { kind: 'shipment', shipment: { id: '1152321127278713123', cancelled: true } },
    ])
    expect(read('parcels', { ...order, line_items: [waiting] })).toMatchObject([{ kind: 'ignored' }])
  })
})

describe('listings', () => {
  const listings = (change: Json): ListingSnapshot[] =>
    read('product', { ...product, ...change }).flatMap((each) => (each.kind === 'listing' ? [each.listing] : []))

  test('one per sku and warehouse', () => {
    expect(listings({})).toEqual([
      {
        id: '1729592969712207008/1729388324987897824@7054915283043174149',
        register: '1729592969712207008/1729388324987897824@7054915283043174149',
        group: '1729388324987897824',
        title: 'Mok',
        sku: 'MUG-RED',
        gtin: '8710000000017',
        state: 'active',
        counting: 'counted',
        updatedAt: 1780000000000,
      },
      {
        id: '1729592969712207008/1729388324987897824@7054915283043174150',
        register: '1729592969712207008/1729388324987897824@7054915283043174150',
        group: '1729388324987897824',
        title: 'Mok',
        sku: 'MUG-RED',
        gtin: '8710000000017',
        state: 'active',
        counting: 'counted',
        updatedAt: 1780000000000,
      },
      {
        id: '1729592969712207008/1729388324987897825@7054915283043174149',
        register: '1729592969712207008/1729388324987897825@7054915283043174149',
        group: '1729388324987897825',
        title: 'Mok',
        sku: 'MUG-BLUE',
        state: 'inactive',
        counting: 'counted',
        updatedAt: 1780000000000,
      },
    ])
  })

  test.each([
    ['ACTIVATE', 'active'],
    ['SELLER_DEACTIVATED', 'inactive'],
    ['PLATFORM_DEACTIVATED', 'inactive'],
    ['FREEZE', 'frozen'],
    ['DELETED', 'deleted'],
    ['DRAFT', 'inactive'],
    ['PENDING', 'inactive'],
    ['FAILED', 'inactive'],
    ['SOMETHING_NEW', 'inactive'],
  ])('a product that is %s', (status, state) => {
    expect(listings({ status })[0]?.state).toBe(state)
  })

  test('without a status the one of the product itself counts, without a time that of the reading', () => {
    expect(listings({ status: undefined, product_status: 'FREEZE', update_time: undefined })[0]).toMatchObject({
      state: 'frozen',
      updatedAt: startAt,
    })
  })

  test.each([
    [{ combined_skus: [{ sku_id: '1', sku_count: 2 }] }, 'derived'],
    [{ global_listing_policy: { inventory_type: 'SHARED', replicate_source: { product_id: '1' } } }, 'derived'],
    [{ global_listing_policy: { inventory_type: 'SHARED' } }, 'counted'],
    [{ global_listing_policy: { inventory_type: 'EXCLUSIVE', replicate_source: { product_id: '1' } } }, 'counted'],
  ])('a sku with %j is %s', (change, counting) => {
    expect(listings({ skus: [{ ...product.skus[0], ...change }] })[0]?.counting).toBe(counting)
  })

  test('a draft without stock is no listing yet', () => {
    expect(read('product', { id: '1', status: 'DRAFT' })).toMatchObject([{ kind: 'ignored' }])
  })
})

describe('stock and the rest', () => {
  test('available, committed and locked of every warehouse', () => {
    expect(read('inventory', inventory)).toEqual([
      {
        kind: 'stock',
        level: {
          register: '1729592969712207008/1729388324987897824@7054915283043174149',
          availableUnits: 90,
          committedUnits: 10,
          lockedUnits: 30,
        },
      },
      {
        kind: 'stock',
        level: {
          register: '1729592969712207008/1729388324987897824@7054915283043174150',
          availableUnits: 10,
          committedUnits: 0,
          lockedUnits: 0,
        },
      },
    ])
  })

  test.each([
    // [campaigns, creators, available per warehouse, locked per warehouse]
    [[30], [20], [90, 10], [50, 0]],
    [[30], [65], [90, 10], [90, 5]],
    [[5, 6], [], [10], [10]],
    [[4], [], [-2, 10], [0, 4]],
    [[], [], [3], [0]],
  ])('%j given to campaigns and %j to creators of %j count as %j', (campaigns, creators, available, locked) => {
    const rows = available.map((units, at) => ({ warehouse_id: `${at}`, available_quantity: units }))
    const shares = {
      campaign_inventory: campaigns.map((quantity) => ({ quantity, campaign_name: 'Zomer' })),
      creator_inventory: creators.map((quantity) => ({ quantity, creator_name: 'py001' })),
      in_shop_inventory: { quantity: 0 },
    }
    const sku = { id: '2', warehouse_inventory: rows, total_available_inventory_distribution: shares }
    const found = read('inventory', { product_id: '1', skus: [sku] })
    expect(found.map((each) => each.kind === 'stock' && each.level.lockedUnits)).toEqual(locked)
  })

  test('a distribution in a shape of its own costs nothing but itself', () => {
    const rows = [{ warehouse_id: '3', available_quantity: 7 }]
    const sku = {
      id: '2',
      warehouse_inventory: rows,
      total_available_inventory_distribution: { campaign_inventory: 5 },
    }
    expect(read('inventory', { product_id: '1', skus: [sku] })).toEqual([
      { kind: 'stock', level: { register: '1/2@3', availableUnits: 7 } },
    ])
  })

  test('committed that is not told is not zero', () => {
    const sku = { id: '2', warehouse_inventory: [{ warehouse_id: '3', available_quantity: -1 }] }
    expect(read('inventory', { product_id: '1', skus: [sku] })).toEqual([
      { kind: 'stock', level: { register: '1/2@3', availableUnits: -1 } },
    ])
  })

  test.each([
    ['order-gone', { id: '5' }, [{ kind: 'gone', of: 'order', id: '5' }]],
    ['listing-gone', { id: '1/2@3' }, [{ kind: 'gone', of: 'listing', id: '1/2@3' }]],
    ['inventory-missing', { ids: ['1/2'] }, [{ kind: 'hint', wanted: { kind: 'listings', ids: ['1/2'] } }]],
    ['refused', { id: '5', reason: 'no' }, [{ kind: 'unreadable', reason: '5: no' }]],
    [
      'providers',
      { deliveryOption: '7|NL|BE', shipping_providers: [{ id: '6617675021119438849', name: 'PostNL' }] },
      [
        {
          kind: 'providers',
          deliveryOption: '7|NL|BE',
          providers: [{ id: '6617675021119438849', name: 'PostNL' }],
        },
      ],
    ],
    ['something', {}, [{ kind: 'ignored', reason: 'topic something' }]],
  ])('topic %s', (topic, body, meaning) => {
    expect(read(topic, body)).toEqual(meaning)
  })

  test.each(['order', 'parcels', 'product', 'inventory', 'providers', 'order-gone'])(
    '%s in any shape does not throw',
    (topic) => {
      for (const body of [null, [], 'x', 1, {}])
        expect(read(topic, body)).toMatchObject([{ kind: 'unreadable', reason: expect.any(String) }])
      const broken = delivered({ source: 'fetch', topic, key: 'k', body: '<html>' })
      expect(interpret(broken, 'NL')).toMatchObject([{ kind: 'unreadable' }])
    },
  )
})
