/** WooCommerce orders and parcels: what they mean, how they are fetched and polled. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../../../connectors/woocommerce/types.ts'
import type { OrderSnapshot } from '../../../src/domain.ts'
import { asId } from '../../../src/domain.ts'
import { all, api, json, kept, openShop, origin, recorded, recordedRow } from './shop.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

const readings = (body: unknown, topic = 'orders', settings: Partial<Settings> = {}) =>
  openShop({ settings }).channel.interpret(kept({ source: 'fetch', topic, key: 'k', body: JSON.stringify(body) }))
function snapshot(body: unknown, topic?: string): OrderSnapshot {
  const [first] = readings(body, topic)
  if (first?.kind !== 'order') throw new Error(JSON.stringify(first))
  return first.order
}
const line = (more: Record<string, unknown>) => ({
  id: 22,
  name: 'P',
  product_id: 55,
  variation_id: 0,
  quantity: 5,
  total: '50.00',
  total_tax: '0.00',
  sku: '',
  meta_data: [],
  ...more,
})
const reduced = (units: unknown) => [{ id: 1, key: '_reduced_stock', value: units }]
const processing = recordedRow('order-get-processing')
const orders = (...ids: string[]) => ids.map((id) => asId<'order'>(id))

describe('an order as a snapshot', () => {
  it('reads a recorded one', () => {
    expect(snapshot(recordedRow('order-get-storeapi'))).toEqual({
      id: '363',
      name: '#363',
      phase: 'on_hold',
      status: 'on-hold',
      createdAt: Date.UTC(2026, 10, 22, 16, 19, 57),
      updatedAt: Date.UTC(2026, 10, 22, 16, 20, 2),
      fulfilment: 'seller',
      lines: [
        {
          id: '173',
          listing: 'p362',
          title: 'Resv',
          quantity: 2,
          takenUnits: 2,
          shippedUnits: 0,
          unitPrice: { amount: '10.00', currency: 'EUR' },
        },
      ],
      currency: 'EUR',
      total: { amount: '20.00', currency: 'EUR' },
      shippingPrice: { amount: '0.00', currency: 'EUR' },
      address: {
        name: 'A B',
        line1: 'S 1',
        postalCode: '1011 AA',
        city: 'Amsterdam',
        country: 'NL',
        phone: '0612345678',
        email: 'a@example.test',
      },
    })
  })

  it.each([
    ['a variation', line({ variation_id: 71 }), { listing: 'v55/71' }],
    ['no product', line({ product_id: 0, sku: null }), { title: 'P', takenUnits: 0 }],
    ['taken', line({ meta_data: reduced('3') }), { takenUnits: 3 }],
    ['never taken', line({ meta_data: [] }), { takenUnits: 0 }],
    ['nonsense', line({ meta_data: reduced('abc') }), { takenUnits: 0 }],
    ['meta of an odd shape', line({ meta_data: { a: 1 } }), { takenUnits: 0 }],
    ['price per unit', line({ total: '29.85', quantity: 3 }), { unitPrice: { amount: '9.95', currency: 'EUR' } }],
    ['an sku', line({ sku: 'MUG' }), { sku: 'MUG' }],
  ])('reads a line: %s', (_name, one, expected) => {
    expect(snapshot({ ...processing, line_items: [one] }).lines).toMatchObject([expected])
  })

  it('has no listing where the shop names no product', () => {
    expect(snapshot(recordedRow('order-create-unknown-product')).lines[0]).not.toHaveProperty('listing')
  })

  it('counts the tax in where the shop enters prices with tax', () => {
    const taxed = {
      ...processing,
      line_items: [line({ total: '41.32', total_tax: '8.68', quantity: 5 })],
      shipping_total: '4.13',
      shipping_tax: '0.87',
    }
    expect(snapshot({ ...taxed, prices_include_tax: true })).toMatchObject({
      lines: [{ unitPrice: { amount: '10.00' } }],
      shippingPrice: { amount: '5.00' },
    })
    expect(snapshot(taxed)).toMatchObject({
      lines: [{ unitPrice: { amount: '8.26' } }],
      shippingPrice: { amount: '4.13' },
    })
  })

  const states: [string, Record<string, unknown>, string, number, number][] = [
    ['checkout-draft', {}, 'draft', 5, 0],
    ['pending', {}, 'unpaid', 5, 0],
    ['on-hold', {}, 'on_hold', 5, 0],
    ['processing', {}, 'ready', 5, 0],
    ['completed', {}, 'shipped', 5, 5],
    ['shipped', {}, 'shipped', 5, 5],
    ['delivered', {}, 'delivered', 5, 5],
    ['partial-shipped', {}, 'partly_shipped', 5, 0],
    ['cancelled', {}, 'cancelled', 5, 0],
    ['failed', {}, 'cancelled', 5, 0],
    ['refunded', {}, 'closed', 5, 0],
    ['refunded', { date_completed_gmt: '2026-11-22T16:10:00' }, 'closed', 5, 5],
    ['a-plugin-of-its-own', {}, 'ready', 5, 0],
    ['processing', { meta_data: [{ id: 1, key: '_fulfillment_status', value: 'fulfilled' }] }, 'shipped', 5, 5],
    [
      'processing',
      { meta_data: [{ id: 1, key: '_fulfillment_status', value: 'partially_fulfilled' }] },
      'partly_shipped',
      5,
      0,
    ],
  ]
  it.each(states)('%s %o is %s, taken %d, shipped %d', (status, more, phase, takenUnits, shippedUnits) => {
    expect(snapshot({ ...processing, ...more, status })).toMatchObject({
      phase,
      status,
      lines: [{ takenUnits, shippedUnits }],
    })
  })

  it('sees a restocked refund in what the line still has', () => {
    expect(snapshot(recordedRow('order-get-refunded'))).toMatchObject({
      phase: 'closed',
      lines: [{ quantity: 3, takenUnits: 2 }],
    })
  })

  it('counts shipped units from fulfilments, never more than were taken', () => {
    const order = recordedRow('order-get-after-fulfillment')
    const fulfillments = recorded('fulfillments-list').body as Record<string, unknown>[]
    expect(snapshot({ order, fulfillments }, 'parcels')).toMatchObject({
      phase: 'partly_shipped',
      lines: [{ takenUnits: 3, shippedUnits: 2 }],
    })
    const twice = [...fulfillments, ...fulfillments, { id: 'odd' }]
    expect(snapshot({ order, fulfillments: twice }, 'parcels')).toMatchObject({
      lines: [{ takenUnits: 3, shippedUnits: 3 }],
    })
    const deleted = fulfillments.map((one) => ({ ...one, date_deleted: '2026-11-22 17:22:00' }))
    expect(snapshot({ order, fulfillments: deleted }, 'parcels')).toMatchObject({ lines: [{ shippedUnits: 0 }] })
  })

  it.each([
    [{ transaction_id: 'onhand:tiktok:5761' }, 'onhand:tiktok:5761'],
    [{ meta_data: [{ id: 1, key: '_onhand_reference', value: 'onhand:tiktok:5761' }] }, 'onhand:tiktok:5761'],
    [{ transaction_id: 'tr_WDqYK6vllg' }, undefined],
    [{ transaction_id: 'onhand:' }, undefined],
    [{ meta_data: [{ id: 1, key: '_onhand_reference', value: { a: 1 } }] }, undefined],
  ])('our reference in %j', (more, reference) => {
    expect(snapshot({ ...processing, ...more }).ourReference).toBe(reference)
  })

  it('says what it cannot read', () => {
    expect(readings({ id: 5 })).toMatchObject([{ kind: 'unreadable' }])
    expect(readings({ ...processing, date_created_gmt: null })).toMatchObject([{ kind: 'unreadable' }])
    expect(readings('x', 'nonsense')).toMatchObject([{ kind: 'unreadable' }])
    expect(readings({ ...processing, status: 'trash' })).toEqual([{ kind: 'gone', of: 'order', id: '56' }])
  })
})

describe('parcels', () => {
  const parcels = (meta_data: unknown, settings: Partial<Settings> = {}) =>
    readings({ ...processing, meta_data }, 'orders', settings).flatMap((reading) =>
      reading.kind === 'shipment' ? [reading.shipment] : [],
    )
  const meta = (key: string, value: unknown) => [{ id: 1, key, value }]

  it('come from recorded fulfilments, with shop time made UTC', () => {
    const body = { order: recordedRow('order-get-after-fulfillment'), fulfillments: recorded('fulfillments-list').body }
    expect(readings(body, 'parcels')[1]).toEqual({
      kind: 'shipment',
      shipment: {
        id: '370/fulfillment:1',
        order: '370',
        updatedAt: Date.UTC(2026, 10, 22, 16, 21, 9),
        cancelled: false,
        carrier: 'PostNL',
        numbers: ['3STEST123456789'],
        url: 'https://postnl.nl/track/3STEST123456789',
        lines: [{ line: '178', units: 2 }],
      },
    })
  })

  it('come from a recorded order with Shipment Tracking items', () => {
    expect(readings(recordedRow('order-get-with-ast'))[1]).toMatchObject({
      shipment: {
        id: '377/shipment-tracking:9029e393795a58520e84813ad2459b83',
        carrier: 'PostNL',
        numbers: ['3SAST0001'],
        lines: [],
      },
    })
  })

  it.each([
    [
      'PostNL, one',
      meta('_postnl_order_metadata', { labels: { label: { barcode: '3SPOST1' } } }),
      [{ id: '56/postnl:3SPOST1', carrier: 'PostNL', numbers: ['3SPOST1'] }],
    ],
    [
      'PostNL, several',
      meta('_postnl_order_metadata', {
        labels: { label: { barcode: '3SPOST1' } },
        barcodes: [{ value: '3SPOST1' }, { value: '3SPOST2' }],
      }),
      [{ numbers: ['3SPOST1', '3SPOST2'] }],
    ],
    ['PostNL, none yet', meta('_postnl_order_metadata', { frontend: {} }), []],
    [
      'MyParcel 5',
      meta('_myparcelnl_order_shipments', [
        { id: 9, barcode: '3SMYPA1', linkConsumerPortal: 'https://p.example/1', carrier: { name: 'postnl' } },
        { id: 10, barcode: '3SMYPA2', deleted: '2026-11-22' },
        { id: 11, barcode: '3SRETURN', isReturn: true },
        { id: 12 },
      ]),
      [{ id: '56/myparcel:9', carrier: 'PostNL', url: 'https://p.example/1', numbers: ['3SMYPA1'] }],
    ],
    [
      'MyParcel 6 as text',
      meta('_myparcelcom_order_shipments', '[{"id":9,"barcode":"3SMYPA1"}]'),
      [{ numbers: ['3SMYPA1'] }],
    ],
    [
      'MyParcel 4',
      meta('_myparcel_shipments', {
        77: { shipment_id: 77, track_trace: '3SOLD1' },
        78: { shipment: { barcode: '3SOLD2' } },
      }),
      [{ id: '56/myparcel:77' }, { numbers: ['3SOLD2'] }],
    ],
    ['MyParcel, very old', meta('_myparcel_tracktrace', '3SOLDEST'), [{ numbers: ['3SOLDEST'] }]],
    [
      'plain keys',
      [...meta('_tracking_number', '3SABCD, 3SEFGH'), ...meta('_tracking_provider', 'dhl')],
      [{ id: '56/meta:3SABCD', carrier: 'DHL', numbers: ['3SABCD'] }, { id: '56/meta:3SEFGH' }],
    ],
    [
      'a number known already',
      [
        ...meta('_tracking_number', '3SPOST1'),
        ...meta('_postnl_order_metadata', { labels: { label: { barcode: '3SPOST1' } } }),
      ],
      [{ id: '56/postnl:3SPOST1' }],
    ],
    ['nothing', meta('_tracking_number', ''), []],
    [
      'odd shapes',
      [
        ...meta('_wc_shipment_tracking_items', 'x'),
        ...meta('_myparcelnl_order_shipments', '[oops'),
        ...meta('_postnl_order_metadata', 7),
        ...meta('_myparcel_tracktrace', null),
      ],
      [],
    ],
  ])('%s', (_name, meta_data, expected) => {
    const found = parcels(meta_data)
    expect(found).toMatchObject(expected)
    expect(found).toHaveLength(expected.length)
  })

  it('come from whatever key a merchant names', () => {
    const settings = { trackingKeys: [{ number: 'zending' }] }
    expect(parcels([...meta('zending', '3SEIGEN'), ...meta('_tracking_number', '3SABCD')], settings)).toMatchObject([
      { numbers: ['3SEIGEN'] },
    ])
  })
})

describe('fetching orders', () => {
  const list = (ids: string) =>
    nock(origin)
      .get(`${api}/orders`)
      .query((q) => q.include === ids && q.status === 'any')
  const get = (path: string) => nock(origin).get(`${api}/${path}`).query(true)

  it('brings one delivery per order, and never silence', async () => {
    const { channel, told } = openShop()
    list('56,5,6,7').reply(200, [processing], json)
    get('orders/5').reply(404, recorded('error-404-order').body as nock.Body, json)
    get('orders/6').reply(200, { ...processing, id: 6, status: 'trash' }, json)
    get('orders/7').reply(200, { ...processing, id: 7 }, json)
    const deliveries = await channel.fetch({ kind: 'orders', ids: orders('56', '5', '6', '7') })
    expect(deliveries.map((raw) => channel.interpret(kept(raw))[0])).toMatchObject([
      { kind: 'order', order: { id: '56' } },
      { kind: 'gone', of: 'order', id: '5' },
      { kind: 'gone', of: 'order', id: '6' },
      { kind: 'order', order: { id: '7' } },
    ])
    expect(deliveries[0]).toMatchObject({
      key: expect.stringMatching(/^orders\/56\/[0-9a-f]{32}$/),
      shopTime: Date.UTC(2026, 10, 22, 16, 3, 25),
    })
    expect(told).toMatchObject({ admitted: 4, accepted: 4 })
  })

  it('brings parcels with the order, and asks for fulfilments no more once they are off', async () => {
    const { channel } = openShop()
    list('370').reply(200, [recordedRow('order-get-after-fulfillment')], json)
    get('orders/370/fulfillments').reply(200, recorded('fulfillments-list').body as nock.Body, json)
    const [raw] = await channel.fetch({ kind: 'orders', ids: orders('370') })
    expect(raw && channel.interpret(kept(raw)).map((reading) => reading.kind)).toEqual(['order', 'shipment'])
    list('56').twice().reply(200, [processing], json)
    get('orders/56/fulfillments').reply(404, recorded('fulfillments-feature-off').body as nock.Body, json)
    for (const _ of [1, 2])
      expect(await channel.fetch({ kind: 'parcels', ids: orders('56') })).toMatchObject([{ topic: 'orders' }])
  })

  it('finds our own orders by exact reference, whatever else the search brings', async () => {
    const { channel } = openShop()
    const ours = { ...processing, id: 90, transaction_id: 'onhand:tiktok:57' }
    const search = (reference: string) =>
      nock(origin)
        .get(`${api}/orders`)
        .query((q) => q.search === reference)
    search('onhand:tiktok:57').reply(
      200,
      [processing, { ...processing, id: 91, transaction_id: 'onhand:tiktok:570' }, ours],
      json,
    )
    expect(await channel.fetch({ kind: 'references', ids: ['onhand:tiktok:57'] })).toMatchObject([
      { key: expect.stringContaining('orders/90/') },
    ])
    search('onhand:tiktok:58').reply(200, [], json)
    nock(origin)
      .get(`${api}/orders`)
      .query((q) => q.created_via === 'onhand' && q.page === '1')
      .reply(
        200,
        [ours, { ...processing, id: 92, meta_data: [{ key: '_onhand_reference', value: 'onhand:tiktok:58' }] }],
        json,
      )
    expect(await channel.fetch({ kind: 'references', ids: ['onhand:tiktok:58'] })).toMatchObject([
      { key: expect.stringContaining('orders/92/') },
    ])
  })

  it('refuses ids that are none before it calls', async () => {
    const { channel } = openShop()
    await expect(channel.fetch({ kind: 'orders', ids: orders('5/../6') })).rejects.toMatchObject({ kind: 'rejected' })
    await expect(channel.fetch({ kind: 'providers', ids: ['x'] })).rejects.toMatchObject({ kind: 'rejected' })
  })
})

describe('polling orders', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 16, 0, second)).toISOString().slice(0, 19)
  const order = (id: number, second: number) => ({ ...processing, id, date_modified_gmt: at(second) })
  const many = (from: number, count: number, second: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => order(from + i, second(i)))
  const since = Date.UTC(2026, 10, 22, 16, 0, 10)
  const page = (status: string, after: string | undefined, number = '1') =>
    nock(origin)
      .get(`${api}/orders`)
      .query(
        (q) =>
          q.status === status &&
          q.modified_after === after &&
          q.page === number &&
          (after === undefined || q.dates_are_gmt === 'true') &&
          q.orderby === 'modified' &&
          q.order === 'asc',
      )
  const idsOf = async (channel: ReturnType<typeof openShop>['channel'], from = since) =>
    (await all(channel.poll('orders', { since: from }))).map((raw) => Number(raw.key.split('/')[1]))

  it('spells times as bare UTC with an overlap, and looks into the trash', async () => {
    const { channel } = openShop()
    page('any', '2026-11-22T16:00:05').reply(200, [order(1, 6), order(2, 30)], json)
    page('trash', '2026-11-22T16:00:05').reply(200, [{ ...order(3, 8), status: 'trash' }], json)
    const deliveries = await all(channel.poll('orders', { since }))
    expect(deliveries.map((raw) => channel.interpret(kept(raw))[0]?.kind)).toEqual(['order', 'order', 'gone'])
    expect(deliveries.every((raw) => raw.source === 'poll' && raw.fetchStartedAt !== undefined)).toBe(true)
  })

  it('goes on from the last time seen, not from a page number', async () => {
    const { channel } = openShop()
    const first = many(1, 50, (i) => 6 + Math.floor(i / 10))
    page('any', '2026-11-22T16:00:05').reply(200, first, json)
    // Order 1 changed meanwhile; the last second is read again.
    page('any', '2026-11-22T16:00:09').reply(200, [...first.slice(40), order(51, 11), order(1, 12)], json)
    page('trash', '2026-11-22T16:00:05').reply(200, [], json)
    expect(await idsOf(channel)).toEqual([...first.map((one) => one.id), 51, 1])
  })

  it('walks a second that fills whole pages by page number', async () => {
    const { channel } = openShop()
    const rows = many(1, 120, () => 6)
    page('any', '2026-11-22T16:00:05').reply(200, rows.slice(0, 50), json)
    page('any', '2026-11-22T16:00:05', '2').reply(200, rows.slice(50, 100), json)
    page('any', '2026-11-22T16:00:05', '3').reply(200, rows.slice(100), json)
    page('trash', '2026-11-22T16:00:05').reply(200, [], json)
    expect(await idsOf(channel)).toHaveLength(120)
  })

  it('does not trust a shop that ignores the filter', async () => {
    const { channel } = openShop()
    const rows = [...many(1, 50, (i) => 50 - i), ...many(51, 10, () => 20)]
    page('any', '2026-11-22T16:00:05').reply(200, rows.slice(0, 50), json)
    page('any', '2026-11-22T16:00:05', '2').reply(200, rows.slice(50), json)
    page('trash', '2026-11-22T16:00:05').reply(200, rows.slice(0, 9), json)
    const ids = await idsOf(channel)
    expect(ids).toEqual(rows.filter((row) => row.date_modified_gmt >= '2026-11-22T16:00:05').map((row) => row.id))
  })

  it('starts over by page numbers when the order breaks on the way', async () => {
    const { channel } = openShop()
    const first = many(1, 50, (i) => 6 + Math.floor(i / 10))
    page('any', '2026-11-22T16:00:05').reply(200, first, json)
    page('any', '2026-11-22T16:00:09').reply(
      200,
      many(51, 50, (i) => 59 - i),
      json,
    )
    page('any', '2026-11-22T16:00:05', '1').reply(200, first, json)
    page('any', '2026-11-22T16:00:05', '2').reply(
      200,
      many(101, 3, () => 30),
      json,
    )
    page('trash', '2026-11-22T16:00:05').reply(200, [], json)
    const ids = await idsOf(channel)
    expect(ids).toHaveLength(103)
    expect(new Set(ids).size).toBe(103)
  })

  it('asks for everything when there is no time to start from', async () => {
    const { channel } = openShop()
    page('any', undefined).reply(200, [order(1, 6)], json)
    page('trash', undefined).reply(200, [], json)
    expect(await idsOf(channel, 0)).toEqual([1])
  })

  it('is not offered for parcels', () => {
    expect(() => openShop().channel.poll('parcels', { since })).toThrow(/come with their orders/)
  })
})
