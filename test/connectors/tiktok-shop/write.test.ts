/** Our changes as requests, and what TikTok's answers make of their rows. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ComposedCall, OrderOp, StockOp, TrackingOp } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { answers, expectedSign, failed, fixture, keys, ok, open } from './support.ts'

type Json = Record<string, unknown>
const order = fixture<Json & { id: string; line_items: Json[] }>('order')
const ordersPath = '/order/202507/orders'
const markPath = '/fulfillment/202309/orders/576461413038785752/packages'
const shipPath = '/fulfillment/202309/packages/1152321127278713123/ship'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left).toEqual([])
})

const set = (register: string, to: number): StockOp => ({ kind: 'set', register: asId(register), to })
const composeStock = (ops: StockOp[], opened = open()) => opened.channel.compose({ kind: 'stock', ops }, keys())
const composeOrder = (op: OrderOp, opened = open()) => opened.channel.compose({ kind: 'order', op }, keys())
const parcel = (change: Partial<TrackingOp> = {}): TrackingOp => ({
  order: asId(order.id),
  shipment: asId('s1'),
  carrier: 'PostNL',
  provider: '6617675021119438849',
  number: '3SABCD1234567',
  ...change,
})

function only(composed: ComposedCall[]): ComposedCall {
  const [first, ...others] = composed
  if (!first || others.length > 0) throw new Error(`${composed.length} calls`)
  return first
}

function caught(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('stock', () => {
  test('one call per product, a sku with all its warehouses together', () => {
    const ops = [set('1/2@a', 5), set('9/8@a', 1), set('1/3@a', 0), set('1/2@b', 99_999)]
    expect(composeStock(ops)).toEqual([
      {
        positions: [0, 3, 2],
        call: {
          key: 'key-1',
          kind: 'stock',
          method: 'inventoryUpdate',
          body: JSON.stringify({
            product: '1',
            skus: [
              {
                id: '2',
                inventory: [
                  { warehouse_id: 'a', quantity: 5 },
                  { warehouse_id: 'b', quantity: 99_999 },
                ],
              },
              { id: '3', inventory: [{ warehouse_id: 'a', quantity: 0 }] },
            ],
          }),
          rows: 3,
          cost: 1,
          repeatable: false,
        },
      },
      expect.objectContaining({ positions: [1] }),
    ])
  })

  test('a long product is cut between skus, never inside one', () => {
    const ops = Array.from({ length: 60 }, (_, at) => set(`1/${Math.floor(at / 3)}@${at % 3}`, at))
    const calls = composeStock(ops)
    expect(calls.map(({ call }) => call.rows)).toEqual([48, 12])
    expect(calls.flatMap(({ positions }) => positions)).toEqual(ops.map((_, at) => at))
  })

  test.each<[string, StockOp]>([
    ['a relative change', { kind: 'adjust', register: asId('1/2@3'), by: 1 }],
    ['compare and set', { kind: 'cas', register: asId('1/2@3'), from: 1, to: 2 }],
    ['a move', { kind: 'move', register: asId('1/2@3'), by: 1, from: 'a', to: 'b' }],
    ['a negative quantity', set('1/2@3', -1)],
    ['half a unit', set('1/2@3', 0.5)],
    ['more than TikTok takes', set('1/2@3', 100_000)],
    ['a register without a warehouse', set('1/2', 1)],
    ['a register that is none', set('../1/2@3', 1)],
  ])('refuses %s in words', (_what, op) => {
    expect(caught(() => composeStock([op]))).toMatchObject({ name: 'ChannelError', kind: 'rejected' })
  })

  test('refuses one register twice', () => {
    expect(caught(() => composeStock([set('1/2@3', 1), set('1/2@3', 2)]))).toMatchObject({ kind: 'rejected' })
  })

  const write = async (data: unknown) => {
    const received = answers('POST', '/product/202309/products/1/inventory/update', ok(data))
    const opened = open()
    const { call } = only(composeStock([set('1/2@a', 5), set('1/2@b', 6), set('1/3@a', 7)], opened))
    const result = await opened.channel.write(call)
    return { result, received, opened }
  }

  test('is sent signed, without asking for a place of its own', async () => {
    const { result, received, opened } = await write({})
    expect(result).toEqual({ rows: [{ ok: true }, { ok: true }, { ok: true }] })
    expect(received[0]?.query.sign).toBe(received[0] && expectedSign(received[0]))
    expect(received[0]?.body).toBe(
      '{"skus":[{"id":"2","inventory":[{"warehouse_id":"a","quantity":5},{"warehouse_id":"b","quantity":6}]},{"id":"3","inventory":[{"warehouse_id":"a","quantity":7}]}]}',
    )
    expect(opened.paced).toEqual([{ kind: 'accepted' }])
  })

  const summary = ({ rows }: Awaited<ReturnType<typeof write>>['result']) =>
    rows.map((row) => (row.ok ? 'ok' : `${row.kind} ${row.code}`))

  test.each([
    ['null', null, ['ok', 'ok', 'ok']],
    [
      'one warehouse of a sku',
      {
        errors: [
          {
            code: 12052990,
            message: 'Check failed',
            detail: {
              sku_id: '2',
              extra_errors: [{ warehouse_id: 'b', code: 12052097, message: 'No such warehouse' }],
            },
          },
        ],
      },
      ['stale 12052097', 'stale 12052097', 'ok'],
    ],
    [
      'one sku',
      { errors: [{ code: 12052557, message: 'x', detail: { sku_id: '3' } }] },
      ['ok', 'ok', 'rejected 12052557'],
    ],
    [
      'the limit of the merchant',
      { errors: [{ code: 12052109, detail: { sku_id: '3' } }] },
      ['ok', 'ok', 'again 12052109'],
    ],
    [
      'an internal error',
      { errors: [{ code: 12001000, detail: { sku_id: '2' } }] },
      ['again 12001000', 'again 12001000', 'ok'],
    ],
    ['no sku', { errors: [{ code: 12052036, message: 'SKU id missing' }] }, Array(3).fill('rejected 12052036')],
  ])('errors inside a success: %s', async (_what, data, rows) => {
    expect(summary((await write(data)).result)).toEqual(rows)
  })

  test('a refused row says which sku and warehouse', async () => {
    const extra_errors = [{ warehouse_id: 'b', code: 12052097, message: 'The warehouse does not exist' }]
    const { result } = await write({
      errors: [{ code: 12052990, message: 'Check failed', detail: { sku_id: '2', extra_errors } }],
    })
    expect(result.rows[1]).toEqual({
      ok: false,
      kind: 'stale',
      code: '12052097',
      message: 'The warehouse does not exist (sku 2, warehouse b, 12052097)',
    })
  })

  test('errors that cannot be read leave the outcome open', async () => {
    await expect(write({ errors: [{ code: 'x' }] })).rejects.toMatchObject({ kind: 'unknownOutcome' })
  })
})

describe('orders', () => {
  const cancel = { kind: 'cancel', order: asId<'order'>('5'), restock: true } as const
  const lines = [{ line: asId<'line'>('77'), units: 2 }]
  const path = '/return_refund/202309/cancellations'

  test.each<[OrderOp, Json]>([
    [
      { ...cancel, reason: 'Sold out' },
      { order_id: '5', cancel_reason: 'seller_cancel_reason_out_of_stock' },
    ],
    [
      { ...cancel, reason: 'seller_cancel_reason_wrong_price' },
      { order_id: '5', cancel_reason: 'seller_cancel_reason_wrong_price' },
    ],
    [
      { ...cancel, kind: 'cancelLines', reason: '', lines },
      { order_id: '5', cancel_reason: 'seller_cancel_reason_out_of_stock', skus: [{ sku_id: '77', quantity: 2 }] },
    ],
  ])('%j', async (op, body) => {
    const received = answers('POST', path, ok({ cancel_id: '40', cancel_status: 'CANCELLATION_REQUEST_SUCCESS' }))
    const opened = open()
    const { call } = only(composeOrder(op, opened))
    expect(call).toMatchObject({ kind: 'order', method: 'cancellationCreate', rows: 1, repeatable: false })
    expect(await opened.channel.write(call)).toEqual({ rows: [{ ok: true, id: '40' }] })
    expect(JSON.parse(received[0]?.body ?? '')).toEqual(body)
  })

  test('a cancellation that still waits says so; a refused one keeps its code', async () => {
    const opened = open()
    const { call } = only(composeOrder({ ...cancel, reason: '' }, opened))
    answers('POST', path, ok({ cancel_id: '40', cancel_status: 'CANCELLATION_REQUEST_PENDING' }))
    expect((await opened.channel.write(call)).rows).toMatchObject([{ ok: true, warning: expect.any(String) }])
    answers('POST', path, failed(25001002, 'not cancellable'))
    expect((await opened.channel.write(call)).rows).toMatchObject([{ ok: false, kind: 'rejected', code: '25001002' }])
  })

  test('approving a cancellation carries the key of the call and no body', async () => {
    const received = answers('POST', `${path}/4035318504086604100/approve`, ok({}))
    const opened = open()
    const op: OrderOp = { kind: 'approveCancel', order: asId('5'), request: '4035318504086604100' }
    const { call } = only(composeOrder(op, opened))
    expect(call.repeatable).toBe(true)
    expect(await opened.channel.write(call)).toEqual({ rows: [{ ok: true, id: '4035318504086604100' }] })
    expect(received[0]?.query.idempotency_key).toBe('key-1')
    expect(received[0]?.body).toBe('')
  })

  test.each<[OrderOp['kind'], OrderOp]>([
    ['create', { kind: 'create', reference: 'r', name: '#1', placedAt: 0, lines: [], currency: 'EUR' }],
    [
      'changeAddress',
      {
        kind: 'changeAddress',
        order: asId('5'),
        address: { name: 'a', line1: 'b', postalCode: 'c', city: 'd', country: 'NL' },
      },
    ],
    ['return', { kind: 'return', order: asId('5'), lines, restock: true, reason: '' }],
    ['cancel', { ...cancel, order: asId('5/../6'), reason: '' }],
    ['cancelLines', { ...cancel, kind: 'cancelLines', lines: [], reason: '' }],
    ['approveCancel', { kind: 'approveCancel', order: asId('5'), request: '' }],
  ])('%s is refused in words', (_kind, op) => {
    expect(caught(() => composeOrder(op))).toMatchObject({ kind: 'rejected', message: expect.stringMatching(/\.$/) })
  })
})

describe('tracking', () => {
  const push = (op: TrackingOp, opened = open()) =>
    opened.channel.write(only(opened.channel.compose({ kind: 'tracking', op }, keys())).call)
  const ship = () => open({}, { trackingBy: 'ship' })
  const told = (change: Json, orderChange: Json = {}) =>
    ok({ orders: [{ ...order, ...orderChange, line_items: order.line_items.map((unit) => ({ ...unit, ...change })) }] })

  test('the whole order names no units', async () => {
    const received = answers(
      'POST',
      markPath,
      ok({ order_id: order.id, package_id: '9', warning: { message: 'two providers match' } }),
    )
    expect(await push(parcel())).toEqual({ rows: [{ ok: true, id: '9', warning: 'two providers match' }] })
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      tracking_number: '3SABCD1234567',
      shipping_provider_id: '6617675021119438849',
    })
  })

  test('part of an order names the units that are left, lowest first', async () => {
    const [first, second, third] = order.line_items
    answers('GET', ordersPath, ok({ orders: [{ ...order, line_items: [second, first, third] }] }))
    const received = answers('POST', markPath, ok({ package_id: '9' }))
    await push(parcel({ lines: [{ line: asId('2729382476852921560'), units: 1 }] }))
    expect(JSON.parse(received[0]?.body ?? '').order_line_item_ids).toEqual(['577086512123755123'])
  })

  test('units that are cancelled or sent are not named again', async () => {
    const [first, ...others] = order.line_items
    const sent = { ...first, package_id: '8', package_status: 'FULFILLING', tracking_number: 'OTHER' }
    answers(
      'GET',
      ordersPath,
      ok({ orders: [{ ...order, status: 'PARTIALLY_SHIPPING', line_items: [sent, ...others] }] }),
    )
    const received = answers('POST', markPath, ok({ package_id: '9' }))
    await push(parcel({ lines: [{ line: asId('2729382476852921560'), units: 1 }] }))
    expect(JSON.parse(received[0]?.body ?? '').order_line_item_ids).toEqual(['577086512123755124'])
  })

  test('more units than are left are refused without a request', async () => {
    answers('GET', ordersPath, ok({ orders: [order] }))
    const lines = [{ line: asId<'line'>('2729382476852921560'), units: 3 }]
    expect((await push(parcel({ lines }))).rows).toMatchObject([
      { ok: false, message: expect.stringContaining('only 2') },
    ])
  })

  test('a part that arrived before is not sent again', async () => {
    answers('GET', ordersPath, told({ tracking_number: '3SABCD1234567', package_id: '9' }))
    const lines = [{ line: asId<'line'>('2729382476852921560'), units: 1 }]
    expect(await push(parcel({ lines }))).toEqual({ rows: [{ ok: true, id: '9' }] })
  })

  test('where the region does not mark, the package is shipped', async () => {
    answers('POST', markPath, failed(21008106, 'not usable in this region'))
    answers('GET', ordersPath, ok({ orders: [order] }))
    const received = answers('POST', shipPath, ok({}))
    const opened = open()
    expect(await push(parcel(), opened)).toEqual({ rows: [{ ok: true, id: '1152321127278713123' }] })
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      self_shipment: { tracking_number: '3SABCD1234567', shipping_provider_id: '6617675021119438849' },
    })
    expect(opened.paced.filter(({ kind }) => kind === 'admit')).toHaveLength(1)

    // It is remembered: the next parcel does not ask in vain again, or nock would miss the answer.
    answers('GET', ordersPath, ok({ orders: [order] }))
    answers('POST', shipPath, ok({}))
    expect(await push(parcel({ number: '3SABCD7654321' }), opened)).toEqual({
      rows: [{ ok: true, id: '1152321127278713123' }],
    })
  })

  test.each([
    ['DE', 'mark'],
    ['NL', 'mark'],
    ['ID', 'ship'],
  ])('the first parcel of a shop in %s goes by %s', async (region, way) => {
    if (way === 'ship') answers('GET', ordersPath, ok({ orders: [order] }))
    answers('POST', way === 'ship' ? shipPath : markPath, ok({ package_id: '9' }))
    expect((await push(parcel(), open({}, { region }))).rows).toMatchObject([{ ok: true }])
  })

  describe('a corrected number', () => {
    const path = '/fulfillment/202309/packages/9/shipping_info/update'
    const correction = parcel({ number: '3SABCD7654321', replaces: ['3SABCD1234567'] })

    test('takes the place of the one that was told, on the same package', async () => {
      answers('GET', ordersPath, told({ tracking_number: '3SABCD1234567', package_id: '9' }))
      const received = answers('POST', path, ok({}))
      expect(await push(correction)).toEqual({ rows: [{ ok: true, id: '9' }] })
      expect(JSON.parse(received[0]?.body ?? '')).toEqual({
        tracking_number: '3SABCD7654321',
        shipping_provider_id: '6617675021119438849',
      })
    })

    test.each([
      [21011050, '72 hours'],
      [21011051, 'once'],
      [21011052, 'only so often'],
      [21011049, 'does not let'],
      [21011030, 'delivered'],
    ])('that TikTok refuses with %s is told to a person', async (code, words) => {
      answers('GET', ordersPath, told({ tracking_number: '3SABCD1234567', package_id: '9' }))
      answers('POST', path, failed(code, 'no'))
      expect((await push(correction)).rows).toMatchObject([
        { ok: false, kind: 'rejected', code: String(code), message: expect.stringContaining(words) },
      ])
    })

    test('of a number that never arrived is a first number', async () => {
      answers('GET', ordersPath, ok({ orders: [order] }))
      answers('POST', markPath, ok({ package_id: '9' }))
      expect(await push(correction)).toEqual({ rows: [{ ok: true, id: '9' }] })
    })
  })

  test('the setting starts with the package', async () => {
    answers('GET', ordersPath, ok({ orders: [order] }))
    answers('POST', shipPath, ok(null))
    expect(await push(parcel(), ship())).toEqual({ rows: [{ ok: true, id: '1152321127278713123' }] })
  })

  test.each([
    ['no package', { packages: [] }, 'no package'],
    ['several packages', { packages: [{ id: '1' }, { id: '2' }] }, 'several packages'],
  ])('an order with %s is refused in words', async (_what, change, words) => {
    answers('GET', ordersPath, ok({ orders: [{ ...order, ...change }] }))
    expect((await push(parcel(), ship())).rows).toMatchObject([
      { ok: false, kind: 'rejected', message: expect.stringContaining(words) },
    ])
  })

  test('asked to name the units, it names all that are open', async () => {
    answers('POST', markPath, failed(21011048, 'specify order lines'))
    answers('GET', ordersPath, ok({ orders: [order] }))
    const received = answers('POST', markPath, ok({ package_id: '9' }))
    expect(await push(parcel())).toEqual({ rows: [{ ok: true, id: '9' }] })
    expect(JSON.parse(received[0]?.body ?? '').order_line_item_ids).toEqual(order.line_items.map(({ id }) => id))
  })

  test.each([21011006, 21011020, 21042056, 21008099])('%i with our number is done', async (code) => {
    answers('POST', markPath, failed(code, 'already shipped'))
    answers('GET', ordersPath, told({ tracking_number: '3SABCD1234567', package_id: '9' }, { status: 'IN_TRANSIT' }))
    expect(await push(parcel())).toEqual({ rows: [{ ok: true, id: '9' }] })
  })

  test('already shipped under another number is refused with both', async () => {
    answers('POST', markPath, failed(21011006, 'already shipped'))
    answers('GET', ordersPath, told({ tracking_number: 'JX1' }, { status: 'IN_TRANSIT' }))
    const [row] = (await push(parcel())).rows
    expect(row).toMatchObject({ ok: false, kind: 'rejected', code: '21011006' })
    expect(row?.ok === false && row.message).toMatch(/JX1.*3SABCD1234567/)
  })

  test.each([11028006, 21004015, 21011025, 21011007, 21011004, 21008025, 21011041, 25001010, 21008111, 21099999])(
    '%i is refused in words',
    async (code) => {
      answers('POST', markPath, failed(code, 'no'))
      expect((await push(parcel())).rows).toMatchObject([{ ok: false, kind: 'rejected', code: String(code) }])
    },
  )

  test.each([
    [21001008, 'unknownOutcome'],
    [36009007, 'unknownOutcome'],
    [36009002, 'throttled'],
    [105005, 'auth'],
    [36009043, 'auth'],
  ])('%i is %s for the whole call', async (code, kind) => {
    answers('POST', markPath, failed(code, 'no'))
    await expect(push(parcel())).rejects.toMatchObject({ kind })
  })

  test.each<[string, TrackingOp]>([
    ['no provider', { order: asId('5'), shipment: asId('s'), carrier: 'PostNL', number: '3S' }],
    ['no number', parcel({ number: ' ' })],
    ['no line', parcel({ lines: [] })],
    ['no order', parcel({ order: asId('') })],
  ])('%s is refused in words', (_what, op) => {
    expect(caught(() => open().channel.compose({ kind: 'tracking', op }, keys()))).toMatchObject({ kind: 'rejected' })
  })
})

test('a method of another version is refused', async () => {
  const call = { ...only(composeStock([set('1/2@3', 1)])).call, method: 'inventorySet' }
  await expect(open().channel.write(call)).rejects.toMatchObject({ kind: 'rejected' })
})
