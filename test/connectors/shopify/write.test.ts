/** What is sent to a Shopify store, and what its answers mean row by row. */

import { afterEach, describe, expect, test } from 'vitest'
import type { Ops, OrderOp, StockOp, TrackingOp } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { granted, openStore, type Store, settle } from './store.ts'

afterEach(settle)

let keys = 0
const newKey = () => `key-${++keys}`
const calls = (store: Store, ops: Ops) => store.channel.compose(ops, newKey)
const register = (n: number | string, location = 77) => asId<'register'>(`${n}@${location}`)
const adjust = (n: number | string, by = -1): StockOp => ({ register: register(n), kind: 'adjust', by })
const cas = (n: number, from: number, to: number): StockOp => ({ register: register(n), kind: 'cas', from, to })
const inputOf = (body: string) => JSON.parse(body).variables.input

async function write(store: Store, ops: Ops) {
  const [composed] = calls(store, ops)
  if (!composed) throw new Error('nothing composed')
  return (await store.channel.write(composed.call)).rows
}

describe('stock calls', () => {
  const store = openStore()

  test.each<[StockOp, string, unknown]>([
    [
      adjust('9007199254740993', -2),
      'inventoryAdjustQuantities',
      {
        name: 'available',
        changes: [
          {
            delta: -2,
            changeFromQuantity: null,
            inventoryItemId: 'gid://shopify/InventoryItem/9007199254740993',
            locationId: 'gid://shopify/Location/77',
          },
        ],
      },
    ],
    [
      cas(1, 7, 5),
      'inventorySetQuantities',
      { name: 'available', quantities: [{ quantity: 5, changeFromQuantity: 7 }] },
    ],
    [
      { register: register(1), kind: 'set', to: 0 },
      'inventorySetQuantities',
      { name: 'available', quantities: [{ quantity: 0, changeFromQuantity: null }] },
    ],
    [
      { register: register(1), kind: 'move', by: 3, from: 'available', to: 'safety_stock' },
      'inventoryMoveQuantities',
      {
        changes: [
          {
            quantity: 3,
            from: { name: 'available' },
            to: { name: 'safety_stock', ledgerDocumentUri: 'gid://onhand/Pool/main' },
          },
        ],
      },
    ],
  ])('%j', (op, method, input) => {
    const [composed] = calls(store, { kind: 'stock', ops: [op] })
    expect(composed).toMatchObject({ positions: [0], call: { kind: 'stock', method, rows: 1, repeatable: true } })
    const sent = JSON.parse(composed?.call.body ?? '')
    expect(sent.variables.input).toMatchObject(input as object)
    expect(sent.variables.idempotencyKey).toBe(composed?.call.key)
    expect(composed?.call.body).not.toContain('"available","ledgerDocumentUri"')
  })

  test('hold 250 rows at most, every operation once, and never a register twice', () => {
    const ops = [...Array.from({ length: 600 }, (_, n) => adjust(n)), adjust(5), cas(5, 1, 2), adjust(5)]
    const composed = calls(store, { kind: 'stock', ops })
    expect(composed.flatMap(({ positions }) => positions).sort((a, b) => a - b)).toEqual(ops.map((_, n) => n))
    for (const { call, positions } of composed) {
      expect(call.rows).toBe(positions.length)
      expect(call.rows).toBeLessThanOrEqual(store.channel.limits.itemsPerStockCall)
      const rows = inputOf(call.body).changes ?? inputOf(call.body).quantities
      expect(new Set(rows.map((row: { inventoryItemId: string }) => row.inventoryItemId)).size).toBe(call.rows)
    }
    expect(new Set(composed.map(({ call }) => call.key)).size).toBe(composed.length)
  })

  test('are the same text for the same operations and key', () => {
    const once = () => store.channel.compose({ kind: 'stock', ops: [adjust(1), adjust(2)] }, () => 'k')[0]?.call.body
    expect(once()).toBe(once())
    expect(once()).not.toContain('shpat_secret')
  })

  test('refuse a register that is not one', () => {
    const op = { register: asId<'register'>('1"@2'), kind: 'adjust', by: 1 } as const
    expect(() => calls(store, { kind: 'stock', ops: [op] })).toThrow(/register/)
  })
})

describe('stock answers', () => {
  const change = (n: number, quantityAfterChange: number | null, name = 'available') => ({
    name,
    delta: 1,
    quantityAfterChange,
    item: { id: `gid://shopify/InventoryItem/${n}` },
    location: { id: 'gid://shopify/Location/77' },
  })
  const error = (code: string, field: string[] | null, message = 'No.') => ({ code, field, message })
  const adjusted = (changes: unknown[] | null, userErrors: unknown[] = []) => ({
    inventoryAdjustQuantities: { inventoryAdjustmentGroup: changes && { id: 'g', changes }, userErrors },
  })
  const ops: Ops = { kind: 'stock', ops: [adjust(1), adjust(2), adjust(3)] }
  const row = (index: number) => ['input', 'changes', String(index), 'delta']

  test('state what is available now, in the order of the rows', async () => {
    const changes = [change(3, -1), change(1, 8), change(1, 12, 'on_hand'), change(2, null)]
    const store = openStore().answers(adjusted(changes))
    expect(await write(store, ops)).toEqual([
      { ok: true, confirmedUnits: 8 },
      { ok: true },
      { ok: true, confirmedUnits: -1 },
    ])
  })

  test.each([
    ['INVALID_INVENTORY_ITEM', 'rejected'],
    ['NON_MUTABLE_INVENTORY_ITEM', 'rejected'],
    ['A_CODE_OF_2027', 'rejected'],
    ['CHANGE_FROM_QUANTITY_STALE', 'stale'],
    ['SERVICE_UNAVAILABLE', 'again'],
    ['ADJUST_QUANTITIES_FAILED', 'again'],
    ['IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED', 'again'],
  ])('with %s of one row: that row is %s, the others were not done', async (code, kind) => {
    const unknown = code === 'A_CODE_OF_2027'
    const store = openStore()
    const answer = adjusted(null, [error(code, row(1))])
    if (unknown) store.replies(200, JSON.stringify({ data: answer }))
    else store.answers(adjusted(null, [error(code, row(1))]))
    expect(await write(store, ops)).toMatchObject([
      { ok: false, kind: 'again' },
      { ok: false, kind, code },
      { ok: false, kind: 'again' },
    ])
  })

  test('with an error of no row: it is every row’s', async () => {
    const store = openStore().answers(adjusted(null, [error('INVALID_REASON', ['input', 'reason'])]))
    expect((await write(store, ops)).map((each) => !each.ok && each.kind)).toEqual(['rejected', 'rejected', 'rejected'])
  })

  test('that list a row beside an error did that row', async () => {
    const store = openStore().answers(adjusted([change(1, 8)], [error('INVALID_INVENTORY_ITEM', row(2))]))
    expect(await write(store, ops)).toMatchObject([
      { ok: true, confirmedUnits: 8 },
      { ok: false, kind: 'again' },
      { ok: false, kind: 'rejected' },
    ])
  })

  test('that the first sending is still under way leave it open: the same call is sent again', async () => {
    const store = openStore().answers(adjusted(null, [error('IDEMPOTENCY_CONCURRENT_REQUEST', null)]))
    await expect(write(store, ops)).rejects.toMatchObject({ kind: 'transient', retryAfterMs: 1000 })
  })

  test('of a compare-and-set that saw another value', async () => {
    const userErrors = [error('CHANGE_FROM_QUANTITY_STALE', ['input', 'quantities', '1', 'changeFromQuantity'])]
    const store = openStore().answers({ inventorySetQuantities: { inventoryAdjustmentGroup: null, userErrors } })
    expect(await write(store, { kind: 'stock', ops: [cas(1, 5, 4), cas(2, 5, 4)] })).toMatchObject([
      { ok: false, kind: 'again' },
      { ok: false, kind: 'stale', code: 'CHANGE_FROM_QUANTITY_STALE' },
    ])
  })

  test('of a move are matched by where it moved', async () => {
    const changes = [change(1, 7), change(1, 3, 'safety_stock')]
    const store = openStore().answers({
      inventoryMoveQuantities: { inventoryAdjustmentGroup: { id: 'g', changes }, userErrors: [] },
    })
    const op: StockOp = { register: register(1), kind: 'move', by: 3, from: 'available', to: 'safety_stock' }
    expect(await write(store, { kind: 'stock', ops: [op] })).toEqual([{ ok: true, confirmedUnits: 7 }])
  })
})

const newOrder: Extract<OrderOp, { kind: 'create' }> = {
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
    postalCode: '1015 CJ',
    city: 'Amsterdam',
    region: 'Noord-Holland',
    country: 'nl',
    email: 'jan@example.com',
  },
}

describe('a new order', () => {
  test('takes its stock, carries our reference, and writes to nobody', () => {
    const [composed] = calls(openStore(), { kind: 'order', op: newOrder })
    expect(composed?.call).toMatchObject({ method: 'orderCreate', rows: 1, repeatable: false })
    const { order, options } = JSON.parse(composed?.call.body ?? '').variables
    expect(options).toEqual({
      inventoryBehaviour: 'DECREMENT_IGNORING_POLICY',
      sendReceipt: false,
      sendFulfillmentReceipt: false,
    })
    expect(order).toEqual({
      sourceIdentifier: 'onhand:tiktok:577087614418520388',
      currency: 'EUR',
      processedAt: '2026-11-22T09:30:00.000Z',
      financialStatus: 'PAID',
      tags: ['onhand'],
      customAttributes: [{ key: 'Original order', value: '577087614418520388' }],
      shippingAddress: {
        firstName: 'Jan',
        lastName: 'van der Berg',
        address1: 'Keizersgracht 1',
        zip: '1015 CJ',
        city: 'Amsterdam',
        countryCode: 'NL',
      },
      lineItems: [
        {
          variantId: 'gid://shopify/ProductVariant/642667041472713922',
          quantity: 2,
          requiresShipping: true,
          priceSet: { shopMoney: { amount: '12.50', currencyCode: 'EUR' } },
        },
      ],
      shippingLines: [{ title: 'Shipping', priceSet: { shopMoney: { amount: '4.95', currencyCode: 'EUR' } } }],
    })
  })

  test('of a buyer with one name still has a last name', () => {
    const op = {
      ...newOrder,
      address: { name: ' Sukarno ', line1: 'x', postalCode: '1', city: 'y', country: 'BE', region: 'VAN' },
    }
    const [composed] = calls(openStore(), { kind: 'order', op })
    expect(JSON.parse(composed?.call.body ?? '').variables.order.shippingAddress).toMatchObject({
      lastName: 'Sukarno',
      provinceCode: 'VAN',
    })
  })

  test('in another currency than the store’s is refused in words', () => {
    const store = openStore({ settings: { location: '77', currency: 'EUR' } })
    expect(() => calls(store, { kind: 'order', op: { ...newOrder, currency: 'GBP' } })).toThrow(/GBP.*EUR/)
    expect(calls(store, { kind: 'order', op: newOrder })).toHaveLength(1)
  })

  const created = (order: unknown, userErrors: unknown[] = []) => ({ orderCreate: { order, userErrors } })
  test('is told by its id, to the last digit', async () => {
    const store = openStore().answers(created({ id: 'gid://shopify/Order/9007199254740993' }))
    expect(await write(store, { kind: 'order', op: newOrder })).toEqual([{ ok: true, id: '9007199254740993' }])
  })

  test.each([
    ['INVALID', 'Variant does not exist', 'rejected'],
    ['INVALID', 'Too many attempts. Please try again later.', 'again'],
    ['INVENTORY_CLAIM_FAILED', 'Out of stock', 'rejected'],
  ])('refused with %s: %s', async (code, message, kind) => {
    const store = openStore().answers(created(null, [{ code, field: null, message }]))
    expect(await write(store, { kind: 'order', op: newOrder })).toEqual([{ ok: false, kind, code, message }])
  })

  test('neither made nor refused may exist', async () => {
    const store = openStore().answers(created(null))
    await expect(write(store, { kind: 'order', op: newOrder })).rejects.toMatchObject({ kind: 'unknownOutcome' })
  })
})

describe('a cancellation', () => {
  const op = { kind: 'cancel', order: asId<'order'>('12'), restock: true, reason: 'Cancelled on TikTok Shop' } as const
  const answer = (orderCancelUserErrors: unknown[]) => ({
    orderCancel: { job: { id: 'gid://shopify/Job/1' }, orderCancelUserErrors },
  })
  const refusal = { code: 'INVALID', field: ['orderId'], message: 'Cannot cancel' }
  const looked = (cancelledAt: string | null) => ({ order: { id: 'gid://shopify/Order/12', cancelledAt } })

  test('pays nothing back and writes to nobody', async () => {
    const store = openStore().answers(answer([]))
    expect(await write(store, { kind: 'order', op })).toEqual([{ ok: true }])
    expect(store.asked[0]?.variables).toEqual({
      orderId: 'gid://shopify/Order/12',
      reason: 'OTHER',
      restock: true,
      refundMethod: { originalPaymentMethodsRefund: false },
      notifyCustomer: false,
      staffNote: 'Cancelled on TikTok Shop',
    })
  })

  test('that was done already is done', async () => {
    const store = openStore()
      .answers(answer([refusal]))
      .answers(looked('2026-11-22T10:00:00Z'))
    expect(await write(store, { kind: 'order', op })).toEqual([{ ok: true, warning: expect.any(String) }])
  })

  test('of an order that is not cancelled is refused', async () => {
    const store = openStore()
      .answers(answer([refusal]))
      .answers(looked(null))
    expect(await write(store, { kind: 'order', op })).toMatchObject([
      { ok: false, kind: 'rejected', message: 'Cannot cancel' },
    ])
  })

  test.each<OrderOp>([
    { kind: 'cancelLines', order: asId('1'), lines: [], restock: true, reason: '' },
    { kind: 'approveCancel', order: asId('1'), request: '2' },
    { kind: 'return', order: asId('1'), lines: [], restock: true, reason: '' },
  ])('$kind is refused in words', (other) => {
    expect(() => calls(openStore(), { kind: 'order', op: other })).toThrow(/Shopify/)
  })
})

describe('a tracking number', () => {
  const op: TrackingOp = {
    order: asId('12'),
    shipment: asId('9'),
    carrier: 'postnl',
    number: '3SABCD1234567',
    url: 'https://postnl.example/3SABCD1234567',
  }
  const fulfillmentOrder = (n: number, status: string, actions: string[], location = 77) => ({
    id: `gid://shopify/FulfillmentOrder/${n}`,
    status,
    supportedActions: actions.map((action) => ({ action })),
    assignedLocation: { location: { id: `gid://shopify/Location/${location}` } },
  })
  const parcel = (n: number, number: string, status = 'SUCCESS') => ({
    id: `gid://shopify/Fulfillment/${n}`,
    status,
    trackingInfo: [{ number }],
  })
  const look = (nodes: unknown[], fulfillments: unknown[] = []) => ({
    order: {
      id: 'gid://shopify/Order/12',
      fulfillments,
      fulfillmentOrders: { nodes, pageInfo: { hasNextPage: false } },
    },
  })
  const open = fulfillmentOrder(1, 'OPEN', ['CREATE_FULFILLMENT', 'HOLD'])
  const made = (fulfillment: unknown, userErrors: unknown[] = []) => ({
    fulfillmentCreate: { fulfillment, userErrors },
  })

  test('ships what is open, with the carrier as Shopify spells it', async () => {
    const store = openStore()
      .answers(
        look([fulfillmentOrder(3, 'CLOSED', []), open, fulfillmentOrder(2, 'IN_PROGRESS', ['CREATE_FULFILLMENT'])]),
      )
      .answers(made({ id: 'gid://shopify/Fulfillment/44' }))
    expect(await write(store, { kind: 'tracking', op })).toEqual([{ ok: true, id: '44' }])
    expect(store.asked[1]?.variables.fulfillment).toEqual({
      lineItemsByFulfillmentOrder: [
        { fulfillmentOrderId: 'gid://shopify/FulfillmentOrder/1' },
        { fulfillmentOrderId: 'gid://shopify/FulfillmentOrder/2' },
      ],
      notifyCustomer: false,
      trackingInfo: { company: 'PostNL', number: '3SABCD1234567', url: 'https://postnl.example/3SABCD1234567' },
    })
    // The look asks for its place at the rate limit, the write itself was admitted by its caller.
    expect(store.paced.filter((line) => line.startsWith('admit'))).toEqual(['admit 163 normal'])
  })

  test('that is there already ships nothing again', async () => {
    const store = openStore().answers(look([open], [parcel(7, '3SABCD1234567')]))
    expect(await write(store, { kind: 'tracking', op })).toEqual([{ ok: true, id: '7' }])
  })

  test('of a parcel that was cancelled is shipped anew', async () => {
    const store = openStore()
      .answers(look([open], [parcel(7, '3SABCD1234567', 'CANCELLED')]))
      .answers(made({ id: 'gid://shopify/Fulfillment/8' }))
    expect(await write(store, { kind: 'tracking', op })).toEqual([{ ok: true, id: '8' }])
  })

  test.each([
    ['the order is gone', { order: null }, 'rejected', 'NOT_FOUND'],
    ['it is not decided where it ships from', look([]), 'again', 'NOT_ROUTED'],
    ['it is on hold', look([fulfillmentOrder(1, 'ON_HOLD', ['RELEASE_HOLD'])]), 'rejected', 'NOTHING_TO_SHIP'],
    [
      'two places ship it',
      look([open, fulfillmentOrder(2, 'OPEN', ['CREATE_FULFILLMENT'], 78)]),
      'rejected',
      'SEVERAL_LOCATIONS',
    ],
  ])('when %s', async (_what, answer, kind, code) => {
    const store = openStore().answers(answer)
    expect(await write(store, { kind: 'tracking', op })).toMatchObject([{ ok: false, kind, code }])
  })

  test('refused because somebody was faster with the same number is done; else it is refused', async () => {
    const refusal = made(null, [{ field: null, message: 'Nothing left to fulfil' }])
    const faster = openStore()
      .answers(look([open]))
      .answers(refusal)
      .answers(look([], [parcel(7, '3SABCD1234567')]))
    expect(await write(faster, { kind: 'tracking', op })).toEqual([{ ok: true, id: '7' }])
    const not = openStore()
      .answers(look([open]))
      .answers(refusal)
      .answers(look([open]))
    expect(await write(not, { kind: 'tracking', op })).toMatchObject([
      { ok: false, kind: 'rejected', message: 'Nothing left to fulfil' },
    ])
  })

  test('whose answer was lost may have shipped, and is sent once only', async () => {
    const store = openStore()
      .answers(look([open]))
      .breaks('ECONNRESET')
    await expect(write(store, { kind: 'tracking', op })).rejects.toMatchObject({ kind: 'unknownOutcome' })
  })

  test('for nothing of an order is refused in words', () => {
    expect(() => calls(openStore(), { kind: 'tracking', op: { ...op, lines: [] } })).toThrow(/names no line/)
  })
})

describe('webhook subscriptions', () => {
  const url = 'https://onhand.example/webhooks/shop-a'
  const subscription = (n: number, topic: string, rest: Record<string, unknown> = {}) => ({
    id: `gid://shopify/WebhookSubscription/${n}`,
    topic,
    uri: url,
    format: 'JSON',
    filter: '',
    ...rest,
  })
  const listed = (nodes: unknown[]) => ({
    webhookSubscriptions: { nodes, pageInfo: { hasNextPage: false, endCursor: null } },
  })
  const wanted = openStore().channel.subscriptions.wanted()
  const whole = wanted.map((topic, n) => subscription(n + 1, topic))

  test('that are whole need nothing', async () => {
    const store = openStore().answers(listed(whole)).answers(granted()).answers(listed(whole))
    expect(await store.channel.subscriptions.audit()).toEqual({ found: wanted, missing: [], broken: [] })
    await store.channel.subscriptions.repair()
    expect(store.asked).toHaveLength(3)
  })

  const damaged = [
    ...whole.slice(2),
    subscription(50, wanted[0] ?? '', { uri: 'https://old.example/webhooks/shop-a' }),
    subscription(51, wanted[1] ?? '', { filter: 'id:1' }),
    subscription(52, wanted[2] ?? ''),
    // Somebody else's, who shares the app: neither counted nor touched.
    subscription(53, wanted[0] ?? '', { uri: 'https://erp.example/hooks' }),
    subscription(54, 'CARTS_UPDATE'),
  ]

  test('that are broken are named with the reason', async () => {
    const store = openStore().answers(listed(damaged)).answers(granted())
    expect(await store.channel.subscriptions.audit()).toEqual({
      found: wanted.slice(2),
      missing: wanted.slice(0, 2),
      broken: [
        { topic: wanted[0], reason: 'points to https://old.example/webhooks/shop-a' },
        { topic: wanted[1], reason: 'is filtered (id:1)' },
        { topic: wanted[2], reason: 'doubled' },
      ],
    })
  })

  test('are mended: broken ones go, missing ones come', async () => {
    const store = openStore().answers(listed(damaged))
    for (let n = 0; n < 3; n++) store.answers({ webhookSubscriptionDelete: { userErrors: [] } })
    for (let n = 0; n < 2; n++) store.answers({ webhookSubscriptionCreate: { userErrors: [] } })
    await store.channel.subscriptions.repair()
    expect(store.asked.slice(1).map(({ variables }) => variables.id ?? variables.topic)).toEqual([
      'gid://shopify/WebhookSubscription/50',
      'gid://shopify/WebhookSubscription/51',
      'gid://shopify/WebhookSubscription/52',
      wanted[0],
      wanted[1],
    ])
    expect(store.asked.at(-1)?.variables.webhookSubscription).toEqual({ uri: url, format: 'JSON' })
    expect(store.paced.filter((line) => line.startsWith('admit'))).toHaveLength(6)
  })

  test('that the store refuses are told together, after all others were made', async () => {
    const refuse = (message: string) => ({ webhookSubscriptionCreate: { userErrors: [{ field: null, message }] } })
    const store = openStore().answers(listed(whole.slice(3)))
    store
      .answers(refuse('needs read_orders'))
      .answers(refuse('Address for this topic has already been taken'))
      .answers(refuse('no'))
    await expect(store.channel.subscriptions.repair()).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringMatching(/needs read_orders.*: no$/),
    })
  })
})
