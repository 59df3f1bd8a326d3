/** Products and variations: what a write does to stock, and what it silently does not. */

import { describe, expect, it } from 'vitest'
import { at, type Bench, bench } from './bench.ts'

const put = async (b: Bench, id: number, body: object) => (await b.call('PUT', `/products/${id}`, body)).body
const stockOf = (body: unknown) => [at(body, 'manage_stock'), at(body, 'stock_quantity'), at(body, 'stock_status')]

describe('single writes', () => {
  it.each([
    ['a number', { stock_quantity: 3 }, [true, 3, 'instock']],
    ['a number in a text', { stock_quantity: '3' }, [true, 3, 'instock']],
    ['below zero', { stock_quantity: -2 }, [true, -2, 'outofstock']],
    ['null, which stores 0', { stock_quantity: null }, [true, 0, 'outofstock']],
    ['a delta', { inventory_delta: -4 }, [true, 6, 'instock']],
    ['a number over a delta', { inventory_delta: -4, stock_quantity: 5 }, [true, 5, 'instock']],
    ['a status, which is computed', { stock_status: 'outofstock' }, [true, 10, 'instock']],
    ['nothing left with backorders', { stock_quantity: 0, backorders: 'notify' }, [true, 0, 'onbackorder']],
    ['managing off, which forgets', { manage_stock: false }, [false, null, 'instock']],
  ])('takes %s', async (_name, body, expected) => {
    const b = bench()
    const id = await b.product('A', 10)
    expect(stockOf(await put(b, id, body))).toEqual(expected)
    expect(stockOf((await b.call('GET', `/products/${id}`)).body)).toEqual(expected)
  })

  it.each([
    { stock_quantity: 1.5 },
    { stock_quantity: 'abc' },
    { stock_quantity: [] },
    { manage_stock: 'parent' },
    { backorders: 'maybe' },
  ])('refuses %j', async (body) => {
    const b = bench()
    const id = await b.product('A', 10)
    const { status, body: answer } = await b.call('PUT', `/products/${id}`, body)
    expect([status, at(answer, 'code'), await b.stock(id)]).toEqual([400, 'rest_invalid_param', 10])
  })

  it('ignores a quantity while stock is not managed, and starts without one', async () => {
    const b = bench()
    const id = await b.product('A', 10, { manage_stock: false })
    expect(stockOf(await put(b, id, { stock_quantity: 4 }))).toEqual([false, null, 'instock'])
    expect(stockOf(await put(b, id, { stock_status: 'outofstock' }))).toEqual([false, null, 'outofstock'])
    expect(stockOf(await put(b, id, { manage_stock: true }))).toEqual([true, null, 'outofstock'])
    expect(stockOf(await put(b, id, { manage_stock: true, stock_quantity: 4 }))).toEqual([true, 4, 'instock'])
  })

  it('takes POST, PATCH and the two overrides as an update, and no other verb', async () => {
    const b = bench()
    const id = await b.product('A', 10)
    await b.call('POST', `/products/${id}`, { stock_quantity: 9 })
    await b.call('PATCH', `/products/${id}`, { inventory_delta: -1 })
    await b.call('POST', `/products/${id}?_method=PUT`, { inventory_delta: -1 })
    await b.call('POST', `/products/${id}`, { inventory_delta: -1 }, { 'x-http-method-override': 'PUT' })
    expect(await b.stock(id)).toBe(6)
    const { status, body } = await b.call('PUT', '/products', {})
    expect([status, at(body, 'code')]).toEqual([404, 'rest_no_route'])
  })

  it('counts only requests that changed a number', async () => {
    const b = bench()
    const id = await b.product('A', 10)
    const before = b.shop.stats().stockWrites
    await put(b, id, { stock_quantity: 10 })
    await put(b, id, { name: 'B' })
    await put(b, id, { stock_quantity: 9 })
    expect(b.shop.stats().stockWrites - before).toBe(1)
  })
})

describe('batches', () => {
  it.each([
    ['abc', 0],
    ['', 0],
    [[], 0],
    [1.5, 1],
    [true, 1],
    [null, 10],
    ['7 boxes', 7],
  ])('stores %j as %j', async (value, stored) => {
    const b = bench()
    const id = await b.product('A', 10)
    const { status, body } = await b.call('POST', '/products/batch', { update: [{ id, stock_quantity: value }] })
    expect([status, at(body, 'update.0.stock_quantity'), await b.stock(id)]).toEqual([200, stored, stored])
  })

  it('stores a word for backorders that does not exist', async () => {
    const b = bench()
    const id = await b.product('A', 10)
    await b.call('POST', '/products/batch', { update: [{ id, backorders: 'maybe' }] })
    expect(at((await b.call('GET', `/products/${id}`)).body, 'backorders')).toBe('maybe')
  })

  it('does create, update, delete in that order, goes on after errors, and applies the same id twice', async () => {
    const b = bench()
    const id = await b.product('A', 10)
    const { body } = await b.call('POST', '/products/batch', {
      delete: [id, 999],
      update: [{ id: 999 }, { id, stock_quantity: 3 }, { id, inventory_delta: -1 }, {}],
      create: [
        { name: 'B', sku: 'B', manage_stock: true, stock_quantity: 1 },
        { name: 'C', sku: 'A' },
      ],
    })
    expect(at(body, 'create.*.error.code')).toEqual([undefined, 'product_invalid_sku'])
    expect(at(body, 'update.*.stock_quantity')).toEqual([undefined, 3, 2, undefined])
    expect(at(body, 'update.*.error.data.status')).toEqual([400, undefined, undefined, 400])
    expect(at(body, 'update.3.id')).toBeNull()
    expect(at(body, 'delete.*.error.data.status')).toEqual([undefined, 404])
    expect((await b.call('GET', `/products/${id}`)).status).toBe(404)
  })

  it('takes a hundred items over all three lists', async () => {
    const b = bench()
    const many = Array.from({ length: 60 }, () => ({ id: 1 }))
    expect((await b.call('POST', '/products/batch', { update: many, delete: Array(40).fill(1) })).status).toBe(200)
    const { status, body } = await b.call('POST', '/products/batch', { update: many, delete: Array(41).fill(1) })
    expect([status, at(body, 'code')]).toEqual([413, 'woocommerce_rest_request_entity_too_large'])
  })
})

async function shirt(b: Bench, parentStock: object) {
  const body = {
    name: 'Shirt',
    type: 'variable',
    attributes: [{ name: 'Size', variation: true, options: ['S', 'M'] }],
    ...parentStock,
  }
  const parent = Number(at((await b.call('POST', '/products', body)).body, 'id'))
  const add = async (option: string, more: object) => {
    const fields = { sku: `SHIRT-${option}`, regular_price: '15', attributes: [{ name: 'Size', option }], ...more }
    return Number(at((await b.call('POST', `/products/${parent}/variations`, fields)).body, 'id'))
  }
  const own = await add('S', { manage_stock: true, stock_quantity: 6 })
  const pooled = await add('M', {})
  return { parent, own, pooled }
}

describe('variations', () => {
  it('reads "parent" when the parent counts, and ignores a number written there', async () => {
    const b = bench()
    const { parent, own, pooled } = await shirt(b, { manage_stock: true, stock_quantity: 20 })
    const path = `/products/${parent}/variations/${pooled}`
    expect(stockOf((await b.call('PUT', path, { stock_quantity: 3 })).body)).toEqual(['parent', 20, 'instock'])
    expect([await b.stock(parent), await b.stock(own), await b.stock(pooled)]).toEqual([20, 6, 20])
  })

  it('is readable under /products but only writable under its own parent', async () => {
    const b = bench()
    const { parent, own } = await shirt(b, {})
    const other = await b.product('X', 1)
    expect(at((await b.call('GET', `/products/${own}`)).body, 'parent_id')).toBe(parent)
    const wrong = await b.call('PUT', `/products/${own}`, { stock_quantity: 1 })
    expect([wrong.status, at(wrong.body, 'code')]).toEqual([404, 'woocommerce_rest_invalid_product_id'])
    expect((await b.call('PUT', `/products/${other}/variations/${own}`, { stock_quantity: 1 })).status).toBe(404)
    const batch = await b.call('POST', '/products/batch', { update: [{ id: own, stock_quantity: 1 }] })
    expect([batch.status, at(batch.body, 'update.0.error.data.status')]).toEqual([200, 404])
    const good = await b.call('POST', `/products/${parent}/variations/batch`, {
      update: [{ id: own, stock_quantity: 1 }],
    })
    expect([at(good.body, 'update.0.stock_quantity'), await b.stock(own)]).toEqual([1, 1])
  })

  it('is found by sku and in the list of all variations, never in the plain list', async () => {
    const b = bench()
    const { own, pooled, parent } = await shirt(b, {})
    const mug = await b.product('MUG', 1)
    const ids = async (path: string) => at((await b.call('GET', path)).body, '*.id')
    expect(await ids('/products?sku=SHIRT-S,MUG,NONE&order=asc')).toEqual([own, mug])
    expect(await ids('/products?order=asc')).toEqual([parent, mug])
    expect(await ids('/variations?order=asc')).toEqual([own, pooled])
    expect(await ids(`/products/${parent}/variations?order=asc`)).toEqual([own, pooled])
  })

  it('moves its own date and its parent’s', async () => {
    const b = bench()
    const { parent, own } = await shirt(b, {})
    await b.clock.advance(60_000)
    await b.call('PUT', `/products/${parent}/variations/${own}`, { stock_quantity: 5 })
    for (const id of [parent, own])
      expect(at((await b.call('GET', `/products/${id}`)).body, 'date_modified_gmt')).toBe('2026-11-22T16:01:00')
  })
})

describe('trash', () => {
  it('leaves the lists but stays readable and writable; force delete is for good', async () => {
    const b = bench()
    const id = await b.product('A', 10)
    await b.call('DELETE', `/products/${id}`)
    expect((await b.call('GET', '/products')).body).toEqual([])
    expect(at((await b.call('GET', '/products?status=trash')).body, '*.id')).toEqual([id])
    expect([at(await put(b, id, { stock_quantity: 4 }), 'status'), await b.stock(id)]).toEqual(['trash', 4])
    const order = await b.order({ set_paid: true, line_items: [{ product_id: id, quantity: 1 }] })
    expect([at(order, 'line_items.0.product_id'), await b.stock(id)]).toEqual([id, 3])
    await b.call('DELETE', `/products/${id}?force=true`)
    expect((await b.call('GET', `/products/${id}`)).status).toBe(404)
    expect(await b.product('A', 1)).toBeGreaterThan(id)
  })
})
