/** Creating and cancelling orders in a WooCommerce shop. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../../../connectors/woocommerce/types.ts'
import type { OrderOp } from '../../../src/channel.ts'
import { asId } from '../../../src/domain.ts'
import { api, json, newKey, openShop, origin, recorded, recordedRow } from './shop.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

const eur = (amount: string) => ({ amount, currency: 'EUR' })
const create: OrderOp & { kind: 'create' } = {
  kind: 'create',
  reference: 'onhand:tiktok:576',
  name: 'TikTok 576',
  placedAt: 0,
  currency: 'EUR',
  lines: [
    { listing: asId('p11'), title: 'Blue mug', units: 3, unitPrice: eur('9.95') },
    { listing: asId('v69/71'), title: 'Shirt M', units: 1, unitPrice: eur('15') },
  ],
  shippingPrice: eur('4.95'),
  address: {
    name: 'Jan van der Berg',
    line1: 'Damrak 1',
    line2: 'II',
    postalCode: '1012 LG',
    city: 'Amsterdam',
    country: 'NL',
    phone: '0612345678',
  },
  buyerNote: 'Bel niet aan',
}
const compose = (op: OrderOp, settings: Partial<Settings> = {}) => {
  const shop = openShop({ settings })
  const [first] = shop.channel.compose({ kind: 'order', op }, newKey)
  if (!first) throw new Error('nothing composed')
  return { ...shop, call: first.call }
}

describe('creating an order', () => {
  it('is one request with our reference in both places', () => {
    const { call } = compose(create)
    expect(call).toMatchObject({ kind: 'order', rows: 1, repeatable: false })
    const address = {
      first_name: 'Jan',
      last_name: 'van der Berg',
      company: '',
      address_1: 'Damrak 1',
      address_2: 'II',
      postcode: '1012 LG',
      city: 'Amsterdam',
      state: '',
      country: 'NL',
      phone: '0612345678',
    }
    expect(JSON.parse(call.body)).toEqual({
      status: 'processing',
      set_paid: true,
      currency: 'EUR',
      created_via: 'onhand',
      transaction_id: 'onhand:tiktok:576',
      payment_method: 'onhand',
      payment_method_title: 'TikTok 576',
      customer_note: 'Bel niet aan',
      billing: address,
      shipping: address,
      line_items: [
        { product_id: 11, quantity: 3, subtotal: '29.85', total: '29.85' },
        { product_id: 69, variation_id: 71, quantity: 1, subtotal: '15', total: '15' },
      ],
      shipping_lines: [{ method_id: 'onhand', method_title: 'Shipping', total: '4.95' }],
      meta_data: [
        { key: '_onhand_reference', value: 'onhand:tiktok:576' },
        { key: '_onhand_order_name', value: 'TikTok 576' },
      ],
    })
  })

  it('puts an e-mail on the bill only, and a tax class where the merchant wants one', () => {
    const address = { name: 'An', line1: 'x', postalCode: '1', city: 'y', country: 'BE', email: 'an@example.test' }
    const body = JSON.parse(
      compose({ ...create, address }, { taxClass: 'zero-rate', createdVia: 'middleware' }).call.body,
    )
    expect(body).toMatchObject({
      billing: { email: 'an@example.test', first_name: 'An', last_name: '' },
      created_via: 'middleware',
      line_items: [{ tax_class: 'zero-rate' }, { tax_class: 'zero-rate' }],
    })
    expect(body.shipping).not.toHaveProperty('email')
  })

  it.each([
    ['no lines', { lines: [] }, /no lines/],
    [
      'no units',
      { lines: [{ listing: asId<'listing'>('p11'), title: 'Mug', units: 0, unitPrice: eur('1') }] },
      /asks for 0/,
    ],
    [
      'half a unit',
      { lines: [{ listing: asId<'listing'>('p11'), title: 'Mug', units: 0.5, unitPrice: eur('1') }] },
      /asks for 0.5/,
    ],
    [
      'another currency',
      {
        lines: [
          { listing: asId<'listing'>('p11'), title: 'Mug', units: 1, unitPrice: { amount: '1', currency: 'USD' } },
        ],
      },
      /priced in USD/,
    ],
    [
      'no price',
      { lines: [{ listing: asId<'listing'>('p11'), title: 'Mug', units: 1, unitPrice: eur('free') }] },
      /"free" is not the price/,
    ],
    [
      'a listing of another shop',
      { lines: [{ listing: asId<'listing'>('gid://x'), title: 'Mug', units: 1, unitPrice: eur('1') }] },
      /not a WooCommerce product/,
    ],
  ])('refuses %s', (_name, more, message) => {
    expect(() => compose({ ...create, ...more })).toThrow(message)
  })

  it('answers with the id the shop gave', async () => {
    const { channel, call, told } = compose(create)
    const { status, body } = recorded('order-create-processing')
    nock(origin)
      .post(`${api}/orders`, call.body)
      .reply(status, body as nock.Body, json)
    expect(await channel.write(call)).toEqual({ rows: [{ ok: true, id: '12' }] })
    expect(told.admitted).toBe(0)
  })

  it('takes back an order in which the shop did not know a product', async () => {
    const { channel, call } = compose(create)
    const { status, body } = recorded('order-create-unknown-product')
    nock(origin)
      .post(`${api}/orders`)
      .reply(status, body as nock.Body, json)
    nock(origin)
      .put(`${api}/orders/383`, {
        status: 'cancelled',
        transaction_id: '',
        meta_data: [{ key: '_onhand_reference', value: null }],
      })
      .reply(200, { ...(body as object), status: 'cancelled' }, json)
    expect(await channel.write(call)).toMatchObject({
      rows: [
        {
          ok: false,
          kind: 'rejected',
          code: 'unknown_product',
          message: 'The shop does not have product 11 (line 1). Order 383, made without it, was cancelled.',
        },
      ],
    })
  })

  it('says so when that half order could not be taken back', async () => {
    const { channel, call } = compose(create)
    const { status, body } = recorded('order-create-unknown-product')
    nock(origin)
      .post(`${api}/orders`)
      .reply(status, body as nock.Body, json)
    nock(origin)
      .put(`${api}/orders/383`)
      .reply(400, recorded('error-invalid-param').body as nock.Body, json)
    expect(await channel.write(call)).toMatchObject({
      rows: [{ ok: false, message: expect.stringContaining('cancel it in the shop by hand') }],
    })
  })

  it.each([
    [
      'a lost answer',
      () =>
        nock(origin)
          .post(`${api}/orders`)
          .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
    ],
    [
      'a time-out of PHP',
      () => nock(origin).post(`${api}/orders`).reply(504, '<html></html>', { 'content-type': 'text/html' }),
    ],
    ['an answer cut off', () => nock(origin).post(`${api}/orders`).reply(201, '{"id":12,"status":', json)],
    ['an answer of another shape', () => nock(origin).post(`${api}/orders`).reply(201, { ok: true }, json)],
  ])('does not know what happened after %s, and sends once', async (_name, play) => {
    const { channel, call, told } = compose(create)
    play()
    await expect(channel.write(call)).rejects.toMatchObject({ kind: 'unknownOutcome' })
    expect(told.requests).toHaveLength(1)
  })
})

describe('cancelling an order', () => {
  const order = recordedRow('order-get-processing')
  const op: OrderOp = { kind: 'cancel', order: asId('56'), restock: true, reason: 'cancelled on TikTok' }
  const now = (more: Record<string, unknown>) =>
    nock(origin)
      .get(`${api}/orders/56`)
      .query(true)
      .reply(200, { ...order, ...more }, json)

  it('sets the status and reads it back', async () => {
    const { channel, call } = compose(op)
    now({})
    nock(origin)
      .put(`${api}/orders/56`, {
        status: 'cancelled',
        meta_data: [{ key: '_onhand_cancel_reason', value: 'cancelled on TikTok' }],
      })
      .reply(200, { ...order, status: 'cancelled' }, json)
    expect(await channel.write(call)).toEqual({ rows: [{ ok: true, id: '56' }] })
  })

  it('warns when stock was not to come back', async () => {
    const { channel, call } = compose({ ...op, restock: false })
    now({})
    nock(origin)
      .put(`${api}/orders/56`)
      .reply(200, { ...order, status: 'cancelled' }, json)
    expect(await channel.write(call)).toMatchObject({ rows: [{ ok: true, warning: expect.stringContaining('stock') }] })
  })

  it('does nothing twice, and nothing to what has left', async () => {
    const { channel, call } = compose(op)
    now({ status: 'cancelled' })
    expect(await channel.write(call)).toMatchObject({ rows: [{ ok: true }] })
    now({ status: 'completed' })
    expect(await channel.write(call)).toMatchObject({
      rows: [{ ok: false, kind: 'rejected', code: 'not_cancellable' }],
    })
    now({ meta_data: [{ key: '_fulfillment_status', value: 'partially_fulfilled' }] })
    expect(await channel.write(call)).toMatchObject({
      rows: [{ ok: false, kind: 'rejected', code: 'not_cancellable' }],
    })
    nock(origin)
      .get(`${api}/orders/56`)
      .query(true)
      .reply(404, recorded('error-404-order').body as nock.Body, json)
    expect(await channel.write(call)).toMatchObject({ rows: [{ ok: false, kind: 'rejected', code: 'gone' }] })
  })

  it('comes back later when the shop kept another status', async () => {
    const { channel, call } = compose(op)
    now({})
    nock(origin).put(`${api}/orders/56`).reply(200, order, json)
    expect(await channel.write(call)).toMatchObject({ rows: [{ ok: false, kind: 'again' }] })
  })

  it.each([
    { kind: 'cancelLines', order: asId<'order'>('56'), lines: [], restock: true, reason: '' },
    { kind: 'approveCancel', order: asId<'order'>('56'), request: 'r' },
    {
      kind: 'changeAddress',
      order: asId<'order'>('56'),
      address: { name: '', line1: '', postalCode: '', city: '', country: '' },
    },
    { kind: 'return', order: asId<'order'>('56'), lines: [], restock: true, reason: '' },
  ] satisfies OrderOp[])('$kind is refused in words', (other) => {
    expect(() => compose(other)).toThrow(/WooCommerce/)
  })
})
