/** Telling a WooCommerce shop of parcels, by each of the three ways. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../../../connectors/woocommerce/types.ts'
import type { TrackingOp } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { api, json, newKey, openShop, origin, recorded, recordedRow } from './shop.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

const order = recordedRow('order-get-processing')
const op: TrackingOp = {
  order: asId('56'),
  shipment: asId('gid://1'),
  carrier: 'PostNL',
  number: '3SABCD1',
  url: 'https://p.example/3SABCD1',
}
const part = (units: number, number: string): TrackingOp => ({
  ...op,
  shipment: asId(number),
  number,
  lines: [{ line: asId('22'), units }],
})
const trackings = '/wp-json/wc-shipment-tracking/v3/orders/56/shipment-trackings'
const noRoute = recorded('fulfillments-feature-off').body as nock.Body

/** Tells the shop of a parcel; `meta_data` is what the order says before. */
async function tell(
  one: TrackingOp,
  settings: Partial<Settings>,
  play: () => void,
  before: Record<string, unknown> = {},
) {
  const { channel, told } = openShop({ settings })
  const [first] = channel.compose({ kind: 'tracking', op: one }, newKey)
  if (!first) throw new Error('nothing composed')
  nock(origin)
    .get(`${api}/orders/56`)
    .query(true)
    .reply(200, { ...order, ...before }, json)
  play()
  const result = await channel.write(first.call)
  expect(told.admitted).toBe(0)
  return result
}
const changes: unknown[] = []
const change = () =>
  nock(origin)
    .put(`${api}/orders/56`, (body) => {
      changes.push(body)
      return true
    })
    .reply(200, order, json)
beforeEach(() => {
  changes.length = 0
})
const marked = { key: '_onhand_shipments', value: [{ shipment: 'gid://1', number: '3SABCD1' }] }

describe('tracking in the order itself', () => {
  it('writes the number and completes the order in one request', async () => {
    expect(await tell(op, {}, change)).toEqual({ rows: [{ ok: true, id: '3SABCD1' }] })
    expect(changes).toEqual([
      {
        status: 'completed',
        meta_data: [
          marked,
          { key: '_tracking_number', value: '3SABCD1' },
          { key: '_tracking_provider', value: 'PostNL' },
          { key: '_tracking_url', value: 'https://p.example/3SABCD1' },
        ],
      },
    ])
  })

  it('does nothing a second time', async () => {
    const before = { status: 'completed', meta_data: [marked, { key: '_tracking_number', value: '3SABCD1' }] }
    expect(await tell(op, {}, () => {}, before)).toMatchObject({ rows: [{ ok: true }] })
    expect(await tell(op, { trackingKeys: [] }, () => {}, before)).toMatchObject({ rows: [{ ok: true }] })
  })

  it('adds up parcels of parts, and completes with the last', async () => {
    await tell(part(2, '3SPART1'), {}, change)
    expect(changes[0]).not.toHaveProperty('status')
    const first = {
      key: '_onhand_shipments',
      value: [{ shipment: '3SPART1', number: '3SPART1', lines: [{ line: '22', units: 2 }] }],
    }
    await tell(part(3, '3SPART2'), {}, change, { meta_data: [first, { key: '_tracking_number', value: '3SPART1' }] })
    expect(changes[1]).toMatchObject({
      status: 'completed',
      meta_data: [
        { value: [{ number: '3SPART1' }, { number: '3SPART2' }] },
        { key: '_tracking_number', value: '3SPART1, 3SPART2' },
        {},
        {},
      ],
    })
  })

  it('leaves the status alone where the merchant wants that, or the order is cancelled', async () => {
    await tell(op, { completeWhenShipped: false }, change)
    await tell(op, {}, change, { status: 'cancelled' })
    for (const one of changes) expect(one).not.toHaveProperty('status')
  })

  it('refuses an order that is gone, and a parcel without a number', async () => {
    expect(await tell(op, {}, () => {}, { status: 'trash' })).toMatchObject({
      rows: [{ ok: false, kind: 'rejected', code: 'gone' }],
    })
    expect(() => openShop().channel.compose({ kind: 'tracking', op: { ...op, number: ' ' } }, newKey)).toThrow(
      /no tracking number/,
    )
  })
})

describe('tracking as a fulfilment', () => {
  const settings = { trackingBy: 'fulfillments' } as const
  const list = () => nock(origin).get(`${api}/orders/56/fulfillments`).query(true)

  it('makes one with an id on every entry, and completes the order', async () => {
    const play = () => {
      list().reply(200, [], json)
      nock(origin)
        .post(`${api}/orders/56/fulfillments`, {
          status: 'fulfilled',
          is_fulfilled: true,
          notify_customer: false,
          meta_data: [
            { id: 0, key: '_tracking_number', value: '3SABCD1' },
            { id: 0, key: '_tracking_url', value: 'https://p.example/3SABCD1' },
            { id: 0, key: '_shipment_provider', value: 'postnl' },
            { id: 0, key: '_onhand_shipment_id', value: 'gid://1' },
            { id: 0, key: '_items', value: [{ item_id: 22, qty: 5 }] },
          ],
        })
        .reply(201, recorded('fulfillment-create').body as nock.Body, json)
      change()
    }
    expect(await tell(op, settings, play)).toEqual({ rows: [{ ok: true, id: '1' }] })
    expect(changes).toEqual([{ status: 'completed', meta_data: [marked] }])
  })

  it('names carriers that WooCommerce does not know', async () => {
    const seen: unknown[] = []
    await tell({ ...part(2, '3SX12'), carrier: 'Fietskoerier' }, { ...settings, notifyCustomer: true }, () => {
      list().reply(200, [], json)
      nock(origin)
        .post(`${api}/orders/56/fulfillments`, (body) => !!seen.push(body))
        .reply(201, recorded('fulfillment-create').body as nock.Body, json)
      change()
    })
    expect(seen[0]).toMatchObject({
      notify_customer: true,
      meta_data: expect.arrayContaining([
        { id: 0, key: '_shipment_provider', value: 'other' },
        { id: 0, key: '_provider_name', value: 'Fietskoerier' },
        { id: 0, key: '_items', value: [{ item_id: 22, qty: 2 }] },
      ]),
    })
  })

  it('does not make a second one for the same parcel', async () => {
    const there = [{ id: 4, status: 'fulfilled', meta_data: [{ id: 1, key: '_onhand_shipment_id', value: 'gid://1' }] }]
    const result = await tell(op, settings, () => list().reply(200, there, json), {
      status: 'completed',
      meta_data: [marked],
    })
    expect(result).toEqual({ rows: [{ ok: true, id: '4' }] })
    const same = [{ id: 5, status: 'fulfilled', meta_data: [{ id: 1, key: '_tracking_number', value: '3SABCD1' }] }]
    expect(
      await tell(op, settings, () => list().reply(200, same, json), { status: 'completed', meta_data: [marked] }),
    ).toEqual({ rows: [{ ok: true, id: '5' }] })
  })

  it('falls back to the order while the feature is off, and says so', async () => {
    const result = await tell(op, settings, () => {
      list().reply(404, noRoute, json)
      change()
    })
    expect(result).toMatchObject({ rows: [{ ok: true, warning: expect.stringContaining('does not answer') }] })
    expect(changes).toMatchObject([{ status: 'completed', meta_data: [{}, { key: '_tracking_number' }, {}, {}] }])
  })

  it('refuses what the shop refuses (code 0, status as text)', async () => {
    const missing = recorded('fulfillment-create-missing-meta-id')
    const play = () => {
      list().reply(200, [], json)
      nock(origin)
        .post(`${api}/orders/56/fulfillments`)
        .reply(missing.status, missing.body as nock.Body, json)
    }
    await expect(tell(op, settings, play)).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('at least one item'),
    })
  })
})

describe('tracking by Shipment Tracking', () => {
  const settings = { trackingBy: 'shipment-tracking' } as const

  it('adds the number under the name of the carrier', async () => {
    const play = () => {
      nock(origin)
        .get(trackings)
        .query(true)
        .reply(200, recorded('ast-list').body as nock.Body, json)
      nock(origin)
        .post(trackings, { tracking_number: '3SABCD1', tracking_provider: 'PostNL' })
        .reply(201, recorded('ast-create').body as nock.Body, json)
      change()
    }
    expect(await tell(op, settings, play)).toEqual({ rows: [{ ok: true, id: '9029e393795a58520e84813ad2459b83' }] })
    expect(changes).toEqual([{ status: 'completed', meta_data: [marked] }])
  })

  it('adds nothing when the number is there', async () => {
    const play = () => {
      nock(origin)
        .get(trackings)
        .query(true)
        .reply(200, recorded('ast-list').body as nock.Body, json)
      change()
    }
    expect(await tell({ ...op, number: '3SAST0001' }, settings, play)).toMatchObject({
      rows: [{ ok: true, id: '9029e393795a58520e84813ad2459b83' }],
    })
  })

  it('gives other carriers a name and a link', async () => {
    await tell({ ...op, carrier: 'Fietskoerier' }, settings, () => {
      nock(origin).get(trackings).query(true).reply(200, [], json)
      nock(origin)
        .post(trackings, {
          tracking_number: '3SABCD1',
          custom_tracking_provider: 'Fietskoerier',
          custom_tracking_link: 'https://p.example/3SABCD1',
        })
        .reply(201, recorded('ast-create').body as nock.Body, json)
      change()
    })
  })
})
