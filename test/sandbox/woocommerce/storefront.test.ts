/** The buyers' and the merchant's side: refusals, invisible holds, cancelling, shipping, and what is told about orders. */

import { describe, expect, it } from 'vitest'
import { at, bench } from './bench.ts'

const one = (sku: string, quantity = 1) => [{ sku, quantity }]

describe('buying', () => {
  it('takes stock at once and refuses what is not there', async () => {
    const { shop, call } = bench()
    shop.addProduct({ sku: 'A', title: 'Mug', price: '9.95', quantity: 3, gtin: '8712345678906' })
    const bought = shop.buy([...one('A'), ...one('A')])
    expect(bought.ok).toBe(true)
    expect([shop.buy(one('A', 2)), shop.buy(one('B'))]).toEqual([
      { ok: false, reason: 'out_of_stock' },
      { ok: false, reason: 'unknown_sku' },
    ])
    expect(shop.shelf()).toEqual(new Map([['A', 1]]))
    const { body } = await call('GET', '/orders')
    expect([at(body, '0.created_via'), at(body, '0.status'), at(body, '0.total')]).toEqual([
      'store-api',
      'processing',
      '19.90',
    ])
    expect(at((await call('GET', '/products?sku=A')).body, '0.global_unique_id')).toBe('8712345678906')
    expect(shop.orders()).toMatchObject([
      {
        id: bought.ok && bought.order,
        name: `#${bought.ok && bought.order}`,
        lines: [{ sku: 'A', quantity: 2 }],
        cancelled: false,
        shipped: false,
        tracking: [],
      },
    ])
  })

  it('sells beyond the count with backorders, counts a pool once, and nothing that is hidden', async () => {
    const b = bench()
    const id = await b.product('A', 1, { backorders: 'yes' })
    expect([b.shop.buy(one('A', 5)).ok, await b.stock(id)]).toEqual([true, -4])
    expect(b.shop.shelf().get('A')).toBe(0)
    const parent = at(
      (await b.call('POST', '/products', { name: 'Shirt', type: 'variable', manage_stock: true, stock_quantity: 3 }))
        .body,
      'id',
    )
    for (const sku of ['S', 'M']) await b.call('POST', `/products/${parent}/variations`, { sku, regular_price: '15' })
    expect(b.shop.buy([...one('S', 2), ...one('M', 2)])).toEqual({ ok: false, reason: 'out_of_stock' })
    expect(b.shop.buy([...one('S', 2), ...one('M', 1)]).ok).toBe(true)
    expect(b.shop.shelf().get('S')).toBe(0)
    await b.product('D', 5, { status: 'draft' })
    expect([b.shop.buy(one('D')), b.shop.shelf().has('D')]).toEqual([{ ok: false, reason: 'unknown_sku' }, false])
  })

  it('goes on while the API is dark', () => {
    const { shop } = bench()
    shop.addProduct({ sku: 'A', title: 'Mug', price: '9.95', quantity: 3 })
    shop.setDark(true)
    expect(shop.buy(one('A')).ok).toBe(true)
  })
})

describe('unpaid checkouts', () => {
  const setup = async (abandonedFraction: number) => {
    const b = bench({ pendingFraction: 1, abandonedFraction, paysAfterMs: 60_000 })
    const product = await b.product('A', 5)
    const bought = b.shop.buy(one('A', 4))
    return { ...b, product, cart: bought.ok ? bought.order : '' }
  }

  it('holds units that only the storefront knows of', async () => {
    const b = await setup(1)
    expect([await b.stock(b.product), b.shop.shelf().get('A')]).toEqual([5, 1])
    expect(b.shop.buy(one('A', 2))).toEqual({ ok: false, reason: 'out_of_stock' })
    const order = await b.order({ set_paid: true, line_items: [{ sku: 'A', quantity: 5 }] })
    expect([at(order, 'status'), await b.stock(b.product)]).toEqual(['processing', 0])
  })

  it('takes the stock when it is paid', async () => {
    const b = await setup(0)
    await b.clock.advance(60_000)
    b.shop.tick()
    expect([b.shop.orders()[0]?.status, await b.stock(b.product), b.shop.shelf().get('A')]).toEqual([
      'processing',
      1,
      1,
    ])
  })

  it('is cancelled by the shop when the hold ends, unlike a pending order made over REST', async () => {
    const b = await setup(1)
    await b.order({ line_items: [{ sku: 'A' }] })
    await b.clock.advance(60 * 60_000)
    b.shop.tick()
    expect([b.shop.orders().map(({ status }) => status), b.shop.shelf().get('A')]).toEqual([
      ['cancelled', 'pending'],
      5,
    ])
  })

  it('lets go when it is cancelled or paid over REST', async () => {
    const b = await setup(1)
    expect([b.shop.cancel(b.cart), b.shop.shelf().get('A')]).toEqual([true, 5])
  })
})

describe('the merchant', () => {
  it('cancels until it is completed', async () => {
    const { shop } = bench()
    shop.addProduct({ sku: 'A', title: 'Mug', price: '9.95', quantity: 9 })
    const [first, second] = [shop.buy(one('A', 2)), shop.buy(one('A', 3))]
    if (!first.ok || !second.ok) throw new Error('both should be sold')
    expect([shop.cancel(first.order), shop.cancel(first.order), shop.shelf().get('A')]).toEqual([true, false, 6])
    expect(shop.ship(second.order, { carrier: 'PostNL', number: '3S1' })).toBe(true)
    expect([
      shop.cancel(second.order),
      shop.ship(second.order, { carrier: 'PostNL', number: '3S2' }),
      shop.ship(first.order, { carrier: 'x', number: 'y' }),
    ]).toEqual([false, false, false])
    expect(shop.orders().map(({ status, shipped, tracking }) => [status, shipped, tracking])).toEqual([
      ['cancelled', false, []],
      ['completed', true, [{ carrier: 'postnl', number: '3S1' }]],
    ])
  })

  it('edits a count by hand', async () => {
    const b = bench()
    const id = await b.product('A', 5)
    await b.clock.advance(60_000)
    b.shop.setStockByHand('A', 2)
    const { body } = await b.call('GET', `/products/${id}`)
    expect([at(body, 'stock_quantity'), at(body, 'date_modified_gmt')]).toEqual([2, '2026-11-22T16:01:00'])
    expect(() => b.shop.setStockByHand('nope', 1)).toThrow('nope')
  })
})

describe('what is told about orders', () => {
  it('finds our reference in the transaction id or in meta', async () => {
    const b = bench()
    await b.order({ transaction_id: 'onhand:a:1' })
    await b.order({ meta_data: [{ key: '_any', value: 'onhand:a:2' }] })
    await b.order({ transaction_id: 'tr_3' })
    expect(b.shop.orders().map(({ reference }) => reference)).toEqual(['onhand:a:1', 'onhand:a:2', undefined])
  })

  it('finds tracking in fulfilments, in the plugin’s meta and in plain meta', async () => {
    const b = bench({ fulfillments: true, shipmentTracking: true })
    await b.product('A', 9)
    const order = await b.order({ set_paid: true, line_items: [{ sku: 'A' }] })
    const path = `/orders/${at(order, 'id')}`
    const meta = {
      _items: [{ item_id: at(order, 'line_items.0.id'), qty: 1 }],
      _tracking_number: '3S1',
      _shipment_provider: 'postnl',
    }
    await b.call('POST', `${path}/fulfillments`, {
      status: 'fulfilled',
      meta_data: Object.entries(meta).map(([key, value]) => ({ id: 0, key, value })),
    })
    await b.call('POST', `/wp-json/wc-shipment-tracking/v3${path}/shipment-trackings`, {
      tracking_provider: 'UPS',
      tracking_number: '1Z2',
    })
    await b.call('PUT', path, {
      meta_data: [
        { key: '_tracking_number', value: 'D3' },
        { key: '_tracking_provider', value: 'dpd' },
      ],
    })
    const [told] = b.shop.orders()
    expect([told?.shipped, told?.tracking]).toEqual([
      true,
      [
        { carrier: 'postnl', number: '3S1' },
        { carrier: 'ups', number: '1Z2' },
        { carrier: 'dpd', number: 'D3' },
      ],
    ])
  })

  it('gives what a merchant types in, also for a port that is known late', async () => {
    let port = 0
    const { shop, call } = bench({ home: () => `http://127.0.0.1:${port}/` })
    port = 4321
    const { shop: home, credentials } = shop.connection()
    expect(home).toBe('http://127.0.0.1:4321')
    expect(at((await call('GET', '/wp-json/')).body, 'home')).toBe(home)
    expect(credentials.consumerKey).toMatch(/^ck_[0-9a-f]{40}$/)
    expect(credentials.consumerSecret).toMatch(/^cs_[0-9a-f]{40}$/)
  })
})
