/** Requests to cancel and returns: delivered with the order they are about, found however they are told, and never in its way. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RawDelivery } from '../../../src/channel.ts'
import { asId, type OrderSnapshot } from '../../../src/domain.ts'
import {
  answers,
  api,
  cancellationsPath,
  collect,
  delivered,
  failed,
  fixture,
  ok,
  open,
  quietAftersales,
  type Received,
  readings,
  returnsPath,
  startAt,
} from './support.ts'

type Json = Record<string, unknown>
const order = fixture<Json & { id: string; line_items: Json[] }>('order')
const cancellation = fixture<Json>('cancellation')
const returned = fixture<Json & { return_line_items: Json[] }>('return')
const ordersPath = '/order/202507/orders'
const searchPath = '/order/202309/orders/search'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left).toEqual([])
})

const want = (...ids: string[]) => ({ kind: 'orders', ids: ids.map((id) => asId<'order'>(id)) }) as const
const bodyOf = (received: Received | undefined): Json => JSON.parse(received?.body ?? '{}')

function ordersIn(channel: ReturnType<typeof open>['channel'], raws: readonly RawDelivery[]): OrderSnapshot[] {
  return readings(channel, raws).flatMap((each) => (each.kind === 'order' ? [each.order] : []))
}

/** One order as the detail shows it, with what the searches find for it. */
async function read(change: Json, found: { cancellations?: Json[]; returns?: Json[] } = {}) {
  answers('GET', ordersPath, ok({ orders: [{ ...order, ...change }] }))
  if (found.cancellations) answers('POST', cancellationsPath, ok({ cancellations: found.cancellations }))
  if (found.returns) answers('POST', returnsPath, ok({ return_orders: found.returns }))
  const { channel } = open()
  const raws = await channel.fetch(want(order.id))
  expect(raws).toHaveLength(1)
  return { raw: raws[0], order: ordersIn(channel, raws)[0] }
}

describe('a request to cancel', () => {
  test('is found by its order, and is the order’s open request', async () => {
    answers('GET', ordersPath, ok({ orders: [{ ...order, is_buyer_request_cancel: true }] }))
    const asked = answers('POST', cancellationsPath, ok({ cancellations: [cancellation] }))
    const { channel } = open()
    const raws = await channel.fetch(want(order.id))
    expect(bodyOf(asked[0])).toEqual({ order_ids: [order.id] })
    expect(asked[0]?.query).toMatchObject({ page_size: '50' })
    expect(ordersIn(channel, raws)).toMatchObject([{ id: order.id, cancelRequest: '4035318504086604100' }])
    expect(JSON.parse(raws[0]?.body ?? '')).toEqual({
      ...order,
      is_buyer_request_cancel: true,
      cancellations: [cancellation],
    })
  })

  test('is not looked for where nobody asks', async () => {
    const { order: found } = await read({})
    expect(found).not.toHaveProperty('cancelRequest')
    expect(found).not.toHaveProperty('returns')
  })

  test.each([
    ['CANCELLATION_REQUEST_PENDING', 'BUYER', 'BUYER_CANCEL', true],
    ['CANCELLATION_REQUEST_PENDING', undefined, 'BUYER_CANCEL', true],
    ['CANCELLATION_REQUEST_PENDING', 'SELLER', 'CANCEL', false],
    ['CANCELLATION_REQUEST_SUCCESS', 'BUYER', 'BUYER_CANCEL', false],
    ['CANCELLATION_REQUEST_CANCEL', 'BUYER', 'BUYER_CANCEL', false],
    ['CANCELLATION_REQUEST_CANCELLED', 'BUYER', 'BUYER_CANCEL', false],
    ['CANCELLATION_REQUEST_COMPLETE', 'BUYER', 'BUYER_CANCEL', false],
    ['SOMETHING_NEW', 'BUYER', 'BUYER_CANCEL', false],
  ])('%s by %s (%s) is open: %s', async (cancel_status, role, cancel_type, isOpen) => {
    const cancellations = [{ ...cancellation, cancel_status, role, cancel_type }]
    const { order: found } = await read({ is_buyer_request_cancel: true }, { cancellations })
    expect(found?.cancelRequest).toBe(isOpen ? '4035318504086604100' : undefined)
  })

  test('after one that was settled is the later one', async () => {
    const settled = { ...cancellation, cancel_id: '1', cancel_status: 'CANCELLATION_REQUEST_CANCELLED' }
    const { order: found } = await read({ is_buyer_request_cancel: true }, { cancellations: [settled, cancellation] })
    expect(found?.cancelRequest).toBe('4035318504086604100')
  })

  test('of one order stays with it, beside others', async () => {
    const orders = [
      { ...order, id: '1' },
      { ...order, id: '2', is_buyer_request_cancel: true },
      { ...order, id: '3', is_buyer_request_cancel: true },
    ]
    answers('GET', ordersPath, ok({ orders }))
    const first = answers(
      'POST',
      cancellationsPath,
      ok({ cancellations: [{ ...cancellation, order_id: '3', cancel_id: '33' }], next_page_token: 'n' }),
    )
    const second = answers(
      'POST',
      cancellationsPath,
      ok({ cancellations: [{ ...cancellation, order_id: '2', cancel_id: '22' }], next_page_token: '' }),
    )
    const { channel } = open()
    const found = ordersIn(channel, await channel.fetch(want('1', '2', '3')))
    expect(found.map(({ id, cancelRequest }) => [id, cancelRequest])).toEqual([
      ['1', undefined],
      ['2', '22'],
      ['3', '33'],
    ])
    expect(bodyOf(first[0])).toEqual({ order_ids: ['2', '3'] })
    expect(second[0]?.query.page_token).toBe('n')
  })

  test('is where a webhook of type 11 leads', async () => {
    const body = JSON.stringify({
      type: 11,
      tts_notification_id: '1',
      shop_id: '2',
      timestamp: 1,
      data: { order_id: order.id, cancel_id: '3', cancel_status: 'CANCELLATION_REQUEST_PENDING' },
    })
    const hint = open().channel.interpret(delivered({ source: 'webhook', topic: 'type-11', key: 'k', body }))
    expect(hint).toEqual([{ kind: 'hint', wanted: want(order.id) }])
  })
})

describe('a return', () => {
  test.each(['UNPAID', 'ON_HOLD', 'AWAITING_SHIPMENT', 'CANCELLED', 'CANCEL'])(
    'is not looked for while an order is %s',
    async (status) => {
      expect((await read({ status })).order).not.toHaveProperty('returns')
    },
  )

  test.each(['PARTIALLY_SHIPPING', 'AWAITING_COLLECTION', 'IN_TRANSIT', 'DELIVERED', 'COMPLETED', 'NEVER_HEARD_OF'])(
    'is looked for when an order is %s',
    async (status) => {
      const { raw, order: found } = await read({ status }, { returns: [returned] })
      expect(found?.returns).toEqual([
        {
          id: '4035318504086604200',
          status: 'RETURN_OR_REFUND_REQUEST_PENDING',
          reason: 'ecom_order_delivered_refund_and_return_reason_wrong_product',
          cause: 'wrong_item',
          lines: [{ line: '2729382476852921560', units: 1 }],
        },
      ])
      expect(JSON.parse(raw?.body ?? '').return_orders).toEqual([returned])
    },
  )

  test('counts its units per line, and keeps words that nobody knows', async () => {
    const [first, second] = order.line_items
    const units = [
      { order_line_item_id: first?.id, sku_id: 'ignored-for-the-order-knows-better' },
      { order_line_item_id: second?.id },
      { order_line_item_id: 'unit-of-another-time', sku_id: '77' },
      {},
    ]
    const strange = { ...returned, return_status: 'IN_ORBIT', return_reason: 'moon', return_line_items: units }
    const { order: found } = await read({ status: 'DELIVERED' }, { returns: [strange] })
    const keys = [first, second].map((unit) => String(unit?.sku_id))
    const lines = [...new Set([...keys, '77'])].map((line) => ({
      line,
      units: line === '77' ? 1 : keys.filter((key) => key === line).length,
    }))
    expect(found?.returns).toEqual([
      { id: returned.return_id, status: 'IN_ORBIT', reason: 'moon', cause: 'other', lines },
    ])
  })

  test('in a shape of its own is left out and costs the order nothing', async () => {
    const { order: found } = await read({ status: 'DELIVERED' }, { returns: [{ order_id: order.id }, returned] })
    expect(found?.returns?.map(({ id }) => id)).toEqual(['4035318504086604200'])
  })

  test('is no part of what a parcel is read from', async () => {
    answers('GET', ordersPath, ok({ orders: [{ ...order, status: 'DELIVERED', is_buyer_request_cancel: true }] }))
    expect(await open().channel.fetch({ kind: 'parcels', ids: [asId(order.id)] })).toHaveLength(1)
  })
})

describe('a poll of orders', () => {
  const listed = (ids: string[]) => answers('POST', searchPath, ok({ orders: ids.map((id) => ({ id })) }))

  test('finds orders whose request or return changed, though their own time did not', async () => {
    listed(['1'])
    answers('GET', ordersPath, ok({ orders: [{ ...order, id: '1', update_time: 1 }] }))
    const changedRequests = answers(
      'POST',
      cancellationsPath,
      ok({ cancellations: [{ ...cancellation, order_id: '1' }] }),
    )
    const changedReturns = answers('POST', returnsPath, ok({ return_orders: [{ ...returned, order_id: '2' }] }))
    const detail = answers(
      'GET',
      ordersPath,
      ok({ orders: [{ ...order, id: '2', update_time: 2, status: 'DELIVERED' }] }),
    )
    answers('POST', cancellationsPath, ok({}))
    answers('POST', returnsPath, ok({ return_orders: [{ ...returned, order_id: '2' }] }))
    const { channel } = open()
    const raws = await collect(channel.poll('orders', { since: startAt }))
    expect(bodyOf(changedRequests[0])).toEqual({ update_time_ge: startAt / 1000 })
    expect(changedReturns[0]?.query).toMatchObject({ sort_field: 'update_time', sort_order: 'ASC', page_size: '50' })
    expect(detail[0]?.query.ids).toBe('2')
    expect(ordersIn(channel, raws).map(({ id, returns }) => [id, returns?.length])).toEqual([
      ['1', undefined],
      ['2', 1],
    ])
  })

  test('tells a request that was taken back as another fact, though the order looks as before', async () => {
    const before = (await read({})).raw
    const settled = { ...cancellation, cancel_status: 'CANCELLATION_REQUEST_CANCELLED' }
    listed([])
    answers('POST', cancellationsPath, ok({ cancellations: [settled] }), { times: 2 })
    answers('POST', returnsPath, ok({}), { times: 2 })
    answers('GET', ordersPath, ok({ orders: [order] }))
    const { channel } = open()
    const raws = await collect(channel.poll('orders', { since: startAt }))
    expect(raws).toHaveLength(1)
    expect(raws[0]?.body).not.toBe(before?.body)
    expect(ordersIn(channel, raws)[0]).not.toHaveProperty('cancelRequest')
  })

  test('asks for nothing more where nobody cancels and nothing comes back', async () => {
    listed([])
    quietAftersales()
    expect(await collect(open().channel.poll('orders', { since: startAt }))).toEqual([])
  })
})

describe('an app that may not read them', () => {
  test.each([
    [105005, 'scope not granted'],
    [36009014, 'version withdrawn'],
  ])('still brings its orders, and says so once a day (%i)', async (code, message) => {
    answers('GET', ordersPath, ok({ orders: [{ ...order, is_buyer_request_cancel: true }] }), { times: 2 })
    answers('POST', cancellationsPath, failed(code, message), { times: 2 })
    const { channel, clock } = open()
    const first = await channel.fetch(want(order.id))
    expect(readings(channel, first)).toMatchObject([
      { kind: 'order', order: { id: order.id } },
      { kind: 'unreadable', reason: expect.stringContaining(String(code)) },
    ])
    clock.now += 60_000
    const second = await channel.fetch(want(order.id))
    expect(second[1]?.key).toBe(first[1]?.key)
  })

  test.each([
    [failed(36009003, 'internal'), 'transient'],
    [failed(36009002, 'too many requests'), 'throttled'],
    [failed(101000, 'invalid token'), 'auth'],
  ])('for now only: the order is asked for again as a whole (%j)', async (body, kind) => {
    answers('GET', ordersPath, ok({ orders: [{ ...order, is_buyer_request_cancel: true }] }))
    nock(api).post(cancellationsPath).query(true).reply(200, body)
    await expect(open().channel.fetch(want(order.id))).rejects.toMatchObject({ kind })
  })
})
