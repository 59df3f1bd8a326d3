/** Campaign and creator stock: inside what is available, told apart in the search, and not to be written away. */

import { expect, test } from 'vitest'
import { type BenchOptions, bench, buy, look } from './support.ts'

async function locked(options: BenchOptions = {}) {
  const made = bench(options)
  made.shop.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: 10 })
  const { data } = await made.call('POST', '/product/202502/products/search', { query: { page_size: '1' } })
  const product = data.text('products', 0, 'id')
  const sku = data.text('products', 0, 'skus', 0, 'id')
  expect(made.shop.lockStock('MUG', { kind: 'campaign', name: 'Big Sale', quantity: 4 })).toBe(true)
  expect(made.shop.lockStock('MUG', { kind: 'creator', name: 'py001', quantity: 2 })).toBe(true)
  const write = (quantity: number) =>
    made.call('POST', `/product/202309/products/${product}/inventory/update`, {
      body: { skus: [{ id: sku, inventory: [{ quantity }] }] },
    })
  const read = async () => {
    const found = await made.call('POST', '/product/202309/inventory/search', { body: { sku_ids: [sku] } })
    const one = look(found.data.at('inventory', 0, 'skus', 0))
    return {
      available: one.at('total_available_quantity'),
      inShop: one.at('total_available_inventory_distribution', 'in_shop_inventory', 'quantity'),
      campaign: one.at('total_available_inventory_distribution', 'campaign_inventory'),
      creator: one.at('total_available_inventory_distribution', 'creator_inventory'),
    }
  }
  return { ...made, write, read }
}

test('locked units stay available and leave the shop', async () => {
  const { shop, read } = await locked()
  expect(await read()).toEqual({
    available: 10,
    inShop: 4,
    campaign: [{ campaign_name: 'Big Sale', quantity: 4 }],
    creator: [{ creator_name: 'py001', quantity: 2 }],
  })
  expect(shop.lockStock('MUG', { kind: 'creator', name: 'py002', quantity: 5 })).toBe(false)
  expect(shop.unlockStock('MUG', 'Big Sale')).toBe(true)
  expect(shop.unlockStock('MUG', 'Big Sale')).toBe(false)
  expect(await read()).toMatchObject({ available: 10, inShop: 8, campaign: [] })
})

test('a write below the locked units is refused and changes nothing; down to them it is taken', async () => {
  const { write, read, shop } = await locked()
  const refused = await write(5)
  expect([refused.code, refused.data.at('errors', 0, 'code')]).toEqual([0, 12052393])
  expect(await read()).toMatchObject({ available: 10, inShop: 4 })
  expect((await write(6)).data.at('errors')).toBeUndefined()
  expect(await read()).toMatchObject({ available: 6, inShop: 0 })
  expect(() => shop.setStockByHand('MUG', 5)).toThrow(/locked/)
  shop.unlockStock('MUG', 'Big Sale')
  expect((await write(2)).data.at('errors')).toBeUndefined()
})

test('buyers take the shop’s own units first, then what was locked; a cancellation gives back to the shop', async () => {
  const made = await locked()
  const order = buy(made, [{ sku: 'MUG', quantity: 7 }])
  expect(await made.read()).toMatchObject({
    available: 3,
    inShop: 0,
    campaign: [{ campaign_name: 'Big Sale', quantity: 1 }],
    creator: [{ creator_name: 'py001', quantity: 2 }],
  })
  made.shop.cancel(order)
  expect(await made.read()).toMatchObject({ available: 10, inShop: 7 })
})

test('type 68 tells of locks and unlocks', async () => {
  const made = await locked({ inventoryEvents: 'flat', appWebhookUrl: 'https://hooks.example/app' })
  made.shop.unlockStock('MUG', 'py001')
  await made.clock.advance(0)
  const told = made.received.map(({ body }) => look(JSON.parse(body))).filter((one) => one.at('change_detail'))
  expect(told.map((one) => one.at('change_detail', 0, 'trigger_source'))).toEqual([
    ...['campaign_lock', 'creator_lock', 'creator_unlock'],
  ])
  expect(told[0]?.at('change_detail', 0)).toMatchObject({
    total_quantity_delta: 0,
    available_quantity_delta: 0,
    in_shop_quantity_delta: -4,
    campaign_locked_quantity_delta: 4,
  })
  expect(told[2]?.at('quantity_snapshot_after_change')).toMatchObject({
    total_available_quantity: 10,
    in_shop_quantity: 6,
    campaign_locked_quantity: 4,
    creator_locked_quantity: 0,
  })
})
