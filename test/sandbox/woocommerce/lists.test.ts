/** Lists: pages, headers, filters that work, filters that do not, and the time zones of `modified_after`. */

import { describe, expect, it } from 'vitest'
import { at, bench } from './bench.ts'

async function shopWith(products: number) {
  const b = bench()
  for (let i = 1; i <= products; i++) await b.product(`P${i}`, i)
  return b
}

describe('pages', () => {
  it('tells totals and neighbours in headers, and nothing past the end', async () => {
    const { call } = await shopWith(5)
    const { headers, body } = await call('GET', '/products?per_page=2&page=2&order=asc&orderby=id')
    expect([headers.get('x-wp-total'), headers.get('x-wp-totalpages')]).toEqual(['5', '3'])
    expect(headers.get('link')).toMatch(/page=1.*rel="prev", .*page=3.*rel="next"/)
    expect(at(body, '*.sku')).toEqual(['P3', 'P4'])
    const past = await call('GET', '/products?per_page=2&page=9')
    expect([past.status, past.body]).toEqual([200, []])
    expect(at((await call('GET', '/products?per_page=2&offset=4&order=asc')).body, '*.sku')).toEqual(['P5'])
    const head = await call('HEAD', '/products')
    expect([head.status, head.body, head.headers.get('x-wp-total')]).toEqual([200, '', '5'])
  })

  it.each([
    'per_page=101',
    'per_page=0',
    'per_page=x',
    'page=0',
    'orderby=stock',
    'order=up',
    'status=shipped',
    'modified_after=soon',
  ])('refuses %s', async (query) => {
    const { status, body } = await bench().call('GET', `/orders?${query}`)
    expect([status, at(body, 'code')]).toEqual([400, 'rest_invalid_param'])
  })

  it('shows ten at most unless asked, newest first', async () => {
    const { call } = await shopWith(12)
    expect(at((await call('GET', '/products')).body, '*.sku')).toEqual([
      'P12',
      'P11',
      'P10',
      'P9',
      'P8',
      'P7',
      'P6',
      'P5',
      'P4',
      'P3',
    ])
  })

  it('trims to _fields', async () => {
    const { call } = await shopWith(1)
    expect((await call('GET', '/products?_fields=id,sku,none')).body).toEqual([{ id: 11, sku: 'P1' }])
    expect((await call('GET', '/products/11?_fields=dimensions.width')).body).toEqual({ dimensions: { width: '' } })
  })
})

describe('filters', () => {
  it('ignores parameters it does not know and returns everything', async () => {
    const b = await shopWith(1)
    for (const reference of ['onhand:1', 'onhand:2'])
      await b.order({
        transaction_id: reference,
        created_via: 'onhand',
        meta_data: [{ key: '_ref', value: reference }],
      })
    for (const query of ['transaction_id=onhand:1', 'meta_key=_ref&meta_value=onhand:1', 'referense=x'])
      expect(at((await b.call('GET', `/orders?${query}`)).body, '*.id')).toHaveLength(2)
  })

  it('searches ids, mail and parts of transaction ids, but neither meta nor notes', async () => {
    const b = bench()
    const first = at(
      await b.order({
        transaction_id: 'onhand:1',
        meta_data: [{ key: '_ref', value: 'needle' }],
        customer_note: 'needle',
      }),
      'id',
    )
    const second = at(await b.order({ transaction_id: 'onhand:12', billing: { email: 'a@example.test' } }), 'id')
    const ids = async (term: string) => at((await b.call('GET', `/orders?search=${term}&order=asc`)).body, '*.id')
    expect(await ids('onhand:1')).toEqual([first, second])
    expect(await ids('A@example')).toEqual([second])
    expect(await ids(String(first))).toEqual([first])
    expect(await ids('needle')).toEqual([])
  })

  it('knows include, status lists and created_via', async () => {
    const b = bench()
    const ids: unknown[] = []
    for (const status of ['pending', 'processing', 'on-hold', 'completed'])
      ids.push(at(await b.order({ status, created_via: status }), 'id'))
    const found = async (query: string) => at((await b.call('GET', `/orders?order=asc&${query}`)).body, '*.id')
    expect(await found('status=processing,completed')).toEqual([ids[1], ids[3]])
    expect(await found('created_via=on-hold')).toEqual([ids[2]])
    expect(await found(`include=${ids[0]},${ids[3]}`)).toEqual([ids[0], ids[3]])
    expect(await found(`include[]=${ids[2]}&include[]=${ids[1]}&orderby=include`)).toEqual([ids[2], ids[1]])
    await b.call('DELETE', `/orders/${ids[0]}`)
    expect(await found('status=any')).toEqual([ids[1], ids[2], ids[3]])
    expect(await found('status=trash')).toEqual([ids[0]])
  })
})

describe('modified_after', () => {
  /** The shop is one hour ahead; P1 changed at 16:00:00 UTC, P2 at 16:30:00, P3 at 17:00:00. */
  async function threeProducts() {
    const b = bench()
    for (const sku of ['P1', 'P2', 'P3']) {
      await b.product(sku, 1)
      await b.clock.advance(30 * 60_000)
    }
    return async (query: string) =>
      at((await b.call('GET', `/products?orderby=modified&order=asc&${query}`)).body, '*.sku')
  }

  it.each([
    ['bare is shop time', 'modified_after=2026-11-22T17:00:00', ['P2', 'P3']],
    ['bare UTC needs the flag', 'modified_after=2026-11-22T16:00:00&dates_are_gmt=true', ['P2', 'P3']],
    ['with Z and no flag it is UTC', 'modified_after=2026-11-22T16:00:00Z', ['P2', 'P3']],
    ['with another zone it is that zone', 'modified_after=2026-11-22T18:00:00%2B02:00', ['P2', 'P3']],
    ['with Z and the flag it is an hour off', 'modified_after=2026-11-22T16:00:00Z&dates_are_gmt=true', []],
    ['it is exclusive', 'modified_after=2026-11-22T16:29:59Z', ['P2', 'P3']],
    ['to the second', 'modified_after=2026-11-22T16:30:00Z', ['P3']],
    ['before works too', 'modified_before=2026-11-22T16:30:00Z', ['P1']],
  ])('%s', async (_name, query, expected) => {
    expect(await (await threeProducts())(query)).toEqual(expected)
  })

  it('shows dates without a zone, in shop time and in UTC', async () => {
    const b = bench({ utcOffsetMinutes: 120 })
    const { body } = await b.call('GET', `/products/${await b.product('A', 1)}`)
    expect([at(body, 'date_modified'), at(body, 'date_modified_gmt')]).toEqual([
      '2026-11-22T18:00:00',
      '2026-11-22T16:00:00',
    ])
  })
})

describe('what moves date_modified', () => {
  const cases: [
    string,
    'order' | 'product',
    (b: ReturnType<typeof bench>, order: unknown, product: number) => Promise<unknown>,
    boolean,
  ][] = [
    ['a stock write', 'product', (b, _o, p) => b.call('PUT', `/products/${p}`, { stock_quantity: 3 }), true],
    ['a write that changes nothing', 'product', (b, _o, p) => b.call('PUT', `/products/${p}`, {}), true],
    [
      'an order',
      'product',
      (b, _o, p) => b.order({ set_paid: true, line_items: [{ product_id: p, quantity: 1 }] }),
      true,
    ],
    [
      'order meta',
      'order',
      (b, o) => b.call('PUT', `/orders/${at(o, 'id')}`, { meta_data: [{ key: 'k', value: 'v' }] }),
      true,
    ],
    ['a refund', 'order', (b, o) => b.call('POST', `/orders/${at(o, 'id')}/refunds`, { amount: '1.00' }), true],
    ['an order note', 'order', (b, o) => b.call('POST', `/orders/${at(o, 'id')}/notes`, { note: 'PostNL 3S1' }), false],
  ]
  it.each(cases)('%s', async (_name, what, change, moves) => {
    const b = bench()
    const product = await b.product('A', 10)
    const order = await b.order({ set_paid: true, line_items: [{ product_id: product, quantity: 1 }] })
    await b.clock.advance(60_000)
    await change(b, order, product)
    const { body } = await b.call('GET', what === 'order' ? `/orders/${at(order, 'id')}` : `/products/${product}`)
    expect(at(body, 'date_modified_gmt')).toBe(moves ? '2026-11-22T16:01:00' : '2026-11-22T16:00:00')
  })
})
