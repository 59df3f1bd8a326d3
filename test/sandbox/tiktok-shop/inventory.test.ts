/** Reading and writing stock, and finding products. */

import { expect, test } from 'vitest'
import { bench, look } from './support.ts'

const search = '/product/202502/products/search'

async function stocked(options: Parameters<typeof bench>[0] = {}) {
  const made = bench(options)
  for (const [sku, title] of [
    ['MUG', 'Mug'],
    ['TEE-M', 'T-shirt'],
    ['TEE-L', 'T-shirt'],
  ] as const)
    made.shop.addProduct({ sku, title, price: '12.50', quantity: 10, gtin: '8712345678906' })
  const { data } = await made.call('POST', search, { query: { page_size: '100' } })
  const products = data.list('products')
  const skus = new Map(
    products.flatMap((product) =>
      product
        .list('skus')
        .map((sku) => [sku.text('seller_sku'), { product: product.text('id'), id: sku.text('id') }] as const),
    ),
  )
  const listed = (await made.call('GET', '/logistics/202309/warehouses')).data.list('warehouses')
  const of = (type: string) => listed.filter((one) => one.at('type') === type).map((one) => one.text('id'))
  const idsOf = (name: string) => skus.get(name) ?? { product: '', id: '' }
  return {
    ...made,
    idsOf,
    sales: of('SALES_WAREHOUSE'),
    returns: of('RETURN_WAREHOUSE'),
    write: (name: string, inventory: unknown[], product = idsOf(name).product) =>
      made.call('POST', `/product/202309/products/${product}/inventory/update`, {
        body: { skus: [{ id: idsOf(name).id, inventory }] },
      }),
  }
}

/** The codes of one sku's error: its own, then those of its warehouses. */
const errorCodes = (answer: Awaited<ReturnType<Awaited<ReturnType<typeof stocked>>['write']>>) =>
  answer.data
    .list('errors')
    .flatMap((error) => [error.at('code'), ...error.list('detail', 'extra_errors').map((extra) => extra.at('code'))])

test('a warehouse that is opened is part of every write from then on', async () => {
  const { shop, write, sales } = await stocked()
  const opened = shop.openWarehouse('Second', { MUG: 3 })
  expect(shop.shelf()).toEqual(new Map([...shop.shelf().keys()].map((sku) => [sku, sku === 'MUG' ? 13 : 10])))
  expect(errorCodes(await write('MUG', [{ warehouse_id: sales[0], quantity: 4 }]))).toEqual([12019028])
  const both = [
    { warehouse_id: sales[0], quantity: 4 },
    { warehouse_id: opened, quantity: 3 },
  ]
  expect((await write('MUG', both)).data.at('errors')).toBeUndefined()
  expect(shop.shelf().get('MUG')).toBe(7)
})

test('what is written is what is available; committed units stay', async () => {
  const { shop, write, call, idsOf, sales } = await stocked()
  shop.buy([{ sku: 'MUG', quantity: 3 }])
  const answer = await write('MUG', [{ warehouse_id: sales[0], quantity: 20 }])
  expect([answer.code, answer.data.at('errors')]).toEqual([0, undefined])
  expect(shop.shelf().get('MUG')).toBe(20)
  const { data } = await call('POST', '/product/202309/inventory/search', {
    body: { product_ids: [idsOf('MUG').product] },
  })
  expect(data.at('inventory', 0, 'skus', 0, 'warehouse_inventory')).toEqual([
    { warehouse_id: sales[0], available_quantity: 20, committed_quantity: 3 },
  ])
  expect(shop.stats().stockWrites).toBe(1)
})

test('the warehouse may stay unnamed where there is one', async () => {
  const { shop, write } = await stocked()
  expect(errorCodes(await write('MUG', [{ quantity: 7 }]))).toEqual([])
  expect(shop.shelf().get('MUG')).toBe(7)
})

test('quantities have a range; zero is a setting', async () => {
  const { write, sales } = await stocked()
  const codes = async (quantity: unknown) => errorCodes(await write('MUG', [{ warehouse_id: sales[0], quantity }]))
  expect(await codes(0)).toEqual([])
  expect(await codes(99_999)).toEqual([])
  expect(await codes(100_000)).toEqual([12052990, 12052055])
  expect(await codes(-1)).toEqual([12052990, 12052055])
  expect((await write('MUG', [{ warehouse_id: sales[0], quantity: 1.5 }])).code).toBe(98001004)
  expect((await write('MUG', [{ warehouse_id: sales[0], quantity: '5' }])).code).toBe(98001004)
  const strict = await stocked({ refuseZero: true })
  expect(errorCodes(await strict.write('MUG', [{ warehouse_id: strict.sales[0], quantity: 0 }]))).toEqual([
    12052990, 12052055,
  ])
  expect(strict.shop.shelf().get('MUG')).toBe(10)
})

test('every warehouse of a sku must be given, once, and none else', async () => {
  const { write, sales, returns, shop } = await stocked({ warehouses: 2 })
  const codes = async (...ids: (string | undefined)[]) =>
    errorCodes(
      await write(
        'MUG',
        ids.map((warehouse_id) => ({ warehouse_id, quantity: 4 })),
      ),
    )
  expect(await codes(sales[0])).toEqual([12019028])
  expect(await codes(undefined)).toEqual([12052516])
  expect(await codes(sales[0], sales[0])).toEqual([12052037])
  expect(await codes(...sales, '7068000000000000000')).toEqual([12052990, 12052097])
  expect(await codes(...sales, returns[0])).toEqual([12052990, 12052532])
  expect(shop.shelf().get('MUG')).toBe(10)
  expect(shop.stats().stockWrites).toBe(0)
  expect(await codes(...sales)).toEqual([])
  expect(shop.shelf().get('MUG')).toBe(8)
})

test('backorder fields are for another market', async () => {
  const { write, sales } = await stocked()
  const row = { warehouse_id: sales[0], quantity: 5, backorder_quantity: 0 }
  expect(errorCodes(await write('MUG', [row]))).toEqual([12052990, 12019024])
  expect((await write('MUG', [{ ...row, reason: 'count' }])).code).toBe(98001004)
})

test('one bad sku does not stop the others of its call', async () => {
  const { call, idsOf, sales, shop } = await stocked()
  const { product } = idsOf('TEE-M')
  const inventory = [{ warehouse_id: sales[0], quantity: 3 }]
  const path = `/product/202309/products/${product}/inventory/update`
  const answer = await call('POST', path, {
    body: { skus: ['TEE-M', 'MUG', 'TEE-L'].map((name) => ({ id: idsOf(name).id, inventory })) },
  })
  expect(answer.code).toBe(0)
  expect(errorCodes(answer)).toEqual([12052557])
  expect(answer.data.at('errors', 0, 'detail', 'sku_id')).toBe(idsOf('MUG').id)
  expect(shop.shelf()).toEqual(
    new Map([
      ['MUG', 10],
      ['TEE-M', 3],
      ['TEE-L', 3],
    ]),
  )
  const twice = { skus: [1, 2].map(() => ({ id: idsOf('TEE-M').id, inventory })) }
  expect((await call('POST', path, { body: twice })).code).toBe(12052553)
})

test('unknown and frozen products take no stock', async () => {
  const { write, shop, call, idsOf } = await stocked()
  expect((await write('MUG', [{ quantity: 1 }], '1729000000000000000')).code).toBe(12052032)
  shop.setProductStatus('MUG', 'FREEZE')
  expect((await write('MUG', [{ quantity: 1 }])).code).toBe(12052901)
  expect((await call('GET', `/product/202309/products/${idsOf('MUG').product}`)).code).toBe(12052901)
})

test('stock is read by sku or by product, within limits', async () => {
  const { call, idsOf } = await stocked()
  const read = (body: unknown) => call('POST', '/product/202309/inventory/search', { body })
  const both = await read({ product_ids: [idsOf('MUG').product], sku_ids: [idsOf('TEE-L').id, '1730000000000000000'] })
  expect(both.data.list('inventory').flatMap((one) => one.list('skus').map((sku) => sku.text('seller_sku')))).toEqual([
    'TEE-L',
  ])
  expect((await read(undefined)).code).toBe(98001004)
  expect((await read({ product_ids: Array(101).fill('1729000000000000000') })).code).toBe(12019120)
  expect((await read({ sku_ids: Array(601).fill('1730000000000000000') })).code).toBe(12019120)
  expect((await read({ sku_ids: [Number(idsOf('MUG').id)] })).code).toBe(98001004)
})

test('products are found by page, sku and status', async () => {
  const { call, shop } = await stocked()
  const find = (query: Record<string, string>, body?: unknown) => call('POST', search, { query, body })
  const first = await find({ page_size: '1' })
  expect(first.data.at('total_count')).toBe(2)
  const second = await find({ page_size: '1', page_token: first.data.text('next_page_token') })
  expect(second.data.text('products', 0, 'title')).toBe('T-shirt')
  expect(second.data.list('products', 0, 'skus')).toHaveLength(2)
  expect(second.data.at('next_page_token')).toBe('')
  // A token belongs to the question it answered.
  const other = { page_size: '1', page_token: first.data.text('next_page_token') }
  expect((await find(other, { status: 'ACTIVATE' })).code).toBe(98001004)
  expect((await find({})).code).toBe(98001004)
  expect((await find({ page_size: '101' })).code).toBe(98001004)
  expect((await find({ page_size: '1' }, { seller_skus: Array(11).fill('MUG') })).code).toBe(98001004)
  shop.setProductStatus('MUG', 'SELLER_DEACTIVATED')
  const off = await find({ page_size: '10' }, { status: 'SELLER_DEACTIVATED' })
  expect(off.data.list('products').map((one) => one.text('title'))).toEqual(['Mug'])
  expect(off.data.at('products', 0, 'skus', 0, 'status_info', 'status')).toBe('DEACTIVATED')
})

test('a product in full carries its barcode', async () => {
  const { call, idsOf } = await stocked()
  const { data } = await call('GET', `/product/202309/products/${idsOf('MUG').product}`)
  expect(look(data.at('skus', 0)).at('identifier_code')).toEqual({ code: '8712345678906', type: 'GTIN' })
})
