/** WooCommerce products as listings. */

import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asId } from '../../../src/domain.ts'
import { all, api, json, kept, openShop, origin, recorded, recordedRow } from './shop.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

const simple = recordedRow('product-create-simple')
const readings = (rows: unknown[], parent: string | null = null) =>
  openShop().channel.interpret(
    kept({ source: 'poll', topic: 'listings', key: 'k', body: JSON.stringify({ parent, rows }) }),
  )
const listings = (...ids: string[]) => ids.map((id) => asId<'listing'>(id))

describe('products as listings', () => {
  it('reads a recorded product', () => {
    expect(readings([simple])).toEqual([
      {
        kind: 'listing',
        listing: {
          id: `p${String(simple.id)}`,
          register: `p${String(simple.id)}`,
          title: simple.name,
          sku: simple.sku,
          state: 'active',
          counting: 'counted',
          updatedAt: Date.parse(`${String(simple.date_modified_gmt)}Z`),
        },
      },
    ])
  })

  it.each([
    ['unmanaged', { manage_stock: false, stock_quantity: null }, { counting: 'untracked' }],
    ['backorders yes', { backorders: 'yes' }, { counting: 'endless' }],
    ['backorders notify', { backorders: 'notify' }, { counting: 'endless' }],
    ['backorders of a lax batch', { backorders: 'maybe' }, { counting: 'counted' }],
    ['draft', { status: 'draft' }, { state: 'inactive' }],
    ['private', { status: 'private' }, { state: 'inactive' }],
    ['a barcode', { global_unique_id: '8712345678906' }, { gtin: '8712345678906' }],
    ['no name', { name: '', sku: 'X' }, { title: 'X' }],
    ["a plugin's type", { type: 'subscription' }, { counting: 'counted' }],
  ])('%s', (_name, more, expected) => {
    expect(readings([{ ...simple, ...more }])).toMatchObject([{ kind: 'listing', listing: expected }])
  })

  it('has no register where nothing is counted, no barcode where it is none', () => {
    const [reading] = readings([{ ...simple, manage_stock: false, stock_quantity: null, global_unique_id: 'abc' }])
    expect(reading?.kind === 'listing' && reading.listing).not.toHaveProperty('register')
    expect(reading?.kind === 'listing' && reading.listing).not.toHaveProperty('gtin')
  })

  it.each(['variable', 'variable-subscription', 'grouped', 'external'])('%s is not sold by itself', (type) => {
    expect(readings([{ ...simple, type }])).toMatchObject([{ kind: 'ignored' }])
  })

  it('lets variations without own stock share the counter of their parent', () => {
    expect(
      readings([recordedRow('variation-create'), recordedRow('variation-get-parent-managed')], '69'),
    ).toMatchObject([
      { listing: { id: 'v69/70', register: 'v69/70', title: 'S', sku: 'SHIRT-S' } },
      { listing: { id: 'v69/71', register: 'p69', counting: 'counted' } },
    ])
  })

  it('reads variations of versions that send no name, type or parent', () => {
    const { name: _n, type: _t, parent_id: _p, ...old } = recordedRow('variation-create')
    expect(readings([old], '69')).toMatchObject([{ listing: { id: 'v69/70', title: 'S' } }])
  })

  it('says what is gone and what it cannot read, and reads the rest', () => {
    expect(readings([{ ...simple, id: 5, status: 'trash' }, { id: 'x' }, { ...simple, id: 6 }])).toMatchObject([
      { kind: 'gone', of: 'listing', id: 'p5' },
      { kind: 'unreadable' },
      { kind: 'listing', listing: { id: 'p6' } },
    ])
  })
})

describe('fetching listings', () => {
  const get = (path: string, include?: string) =>
    nock(origin)
      .get(`${api}/${path}`)
      .query((q) => q.include === include && !String(q._fields).includes('description'))
  const readAll = async (ids: string[]) => {
    const { channel } = openShop()
    const deliveries = await channel.fetch({ kind: 'listings', ids: listings(...ids) })
    return deliveries.flatMap((raw) => channel.interpret(kept(raw)))
  }

  it('brings all variations of a changed parent', async () => {
    get('products', '69').reply(200, [recordedRow('product-create-variable')], json)
    get('products/69/variations').reply(200, [recordedRow('variation-create')], json)
    expect(await readAll(['p69'])).toMatchObject([
      { kind: 'ignored' },
      { listing: { id: 'v69/70', title: 'Shirt - S' } },
    ])
  })

  it('names a variation with its parent, however it is read', async () => {
    const row = recordedRow('variation-create')
    for (const name of ['S', 'Shirt - S']) {
      get('products/69/variations', '70').reply(200, [{ ...row, name }], json)
      get('products/69').reply(200, { id: 69, name: 'Shirt' }, json)
      expect(await readAll(['v69/70'])).toMatchObject([{ listing: { id: 'v69/70', title: 'Shirt - S' } }])
    }
  })

  it('finds the variation behind a bare number', async () => {
    get('products', '71').reply(200, [], json)
    get('products/71').reply(200, { ...recordedRow('variation-get-parent-managed'), status: 'trash' }, json)
    expect(await readAll(['p71'])).toEqual([{ kind: 'gone', of: 'listing', id: 'v69/71' }])
  })

  it('says that variations of a deleted parent are gone', async () => {
    const missing = recorded('error-404-product')
    get('products/69/variations', '70').reply(404, missing.body as nock.Body, json)
    get('products/69/variations/70').reply(404, missing.body as nock.Body, json)
    expect(await readAll(['v69/70'])).toEqual([{ kind: 'gone', of: 'listing', id: 'v69/70' }])
  })

  it('takes a missing route for a fault, not for a deletion', async () => {
    get('products', '5').reply(200, [], json)
    const { status, body } = recorded('error-no-route')
    get('products/5').reply(status, body as nock.Body, json)
    await expect(readAll(['p5'])).rejects.toMatchObject({ kind: 'rejected' })
  })
})

describe('polling listings', () => {
  it('leads from changed parents to their variations', async () => {
    const { channel } = openShop()
    nock(origin)
      .get(`${api}/products`)
      .query((q) => q.modified_after === '2026-11-22T15:59:55' && q.dates_are_gmt === 'true')
      .reply(
        200,
        [simple, recordedRow('product-create-variable')].map((row, i) => ({
          ...row,
          date_modified_gmt: `2026-11-22T16:04:0${i}`,
        })),
        json,
      )
    nock(origin)
      .get(`${api}/products/69/variations`)
      .query((q) => q.offset === '0' && !q.modified_after)
      .reply(200, [recordedRow('variation-create'), recordedRow('variation-get-parent-managed')], json)
    const deliveries = await all(channel.poll('listings', { since: Date.UTC(2026, 10, 22, 16, 0, 0) }))
    const readings = deliveries.flatMap((raw) => channel.interpret(kept(raw)))
    expect(readings).toMatchObject([
      { listing: { id: `p${String(simple.id)}` } },
      { listing: { id: 'v69/70' } },
      { listing: { id: 'v69/71', register: 'p69' } },
    ])
    expect(new Set(deliveries.map((raw) => raw.key)).size).toBe(2)
  })
})
