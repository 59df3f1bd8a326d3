/** What a merchant or another app changes behind our back, and which of it webhooks tell. */

import { expect, it } from 'vitest'
import { bench, type Json, mug, orderGid, tee } from './bench.ts'

const url = 'https://hub.example/c'

async function shop() {
  const b = bench()
  b.shop.addProduct(mug)
  b.shop.addProduct(tee)
  for (const topic of ['PRODUCTS_UPDATE', 'PRODUCTS_DELETE', 'INVENTORY_ITEMS_UPDATE', 'INVENTORY_LEVELS_DISCONNECT'])
    b.shop.subscribe({ topic, url })
  const told = async () => {
    await b.clock.advance(0)
    return b.received
      .splice(0)
      .map(({ headers, text }) => [headers.get('x-shopify-topic'), JSON.parse(text)] as const)
      .sort(([a], [c]) => String(a).localeCompare(String(c)))
  }
  const skus = async () => {
    const { productVariants } = await b.data('{ productVariants(first: 9) { nodes { sku product { title status } } } }')
    return productVariants.nodes.map((node: Json) => [node.sku, node.product.title, node.product.status])
  }
  return { b, told, skus }
}

it('renames, recodes and takes off sale, and says so', async () => {
  const { b, told, skus } = await shop()
  b.shop.rename(mug.sku, 'Big mug')
  expect(await told()).toMatchObject([['products/update', { title: 'Big mug' }]])
  b.shop.recode(mug.sku, 'MUG-2')
  expect(await told()).toMatchObject([
    ['inventory_items/update', { sku: 'MUG-2' }],
    ['products/update', { variants: [{ sku: 'MUG-2' }] }],
  ])
  expect(b.shop.buy([{ sku: mug.sku, quantity: 1 }])).toEqual({ ok: false, reason: 'unknown_sku' })
  expect(b.shop.offer('MUG-2', 'inactive')).toBe(true)
  expect(await told()).toMatchObject([['products/update', { status: 'draft' }]])
  expect(b.shop.buy([{ sku: 'MUG-2', quantity: 1 }])).toEqual({ ok: false, reason: 'out_of_stock' })
  expect(b.shop.shelf().get('MUG-2')).toBe(0)
  expect(b.shop.offer('MUG-2', 'frozen')).toBe(false)
  expect(await skus()).toEqual([
    ['MUG-2', 'Big mug', 'DRAFT'],
    [tee.sku, tee.title, 'ACTIVE'],
  ])
})

it('gives two things one sku, which is a conflict to see', async () => {
  const { b } = await shop()
  b.shop.recode(mug.sku, tee.sku)
  const { productVariants } = await b.data(
    '{ productVariants(first: 9) { nodes { sku inventoryItem { duplicateSkuCount } } } }',
  )
  expect(productVariants.nodes).toEqual([
    { sku: tee.sku, inventoryItem: { duplicateSkuCount: 1 } },
    { sku: tee.sku, inventoryItem: { duplicateSkuCount: 1 } },
  ])
})

it('deletes for good: orders keep the line without its variant', async () => {
  const { b, told, skus } = await shop()
  const purchase = b.shop.buy([{ sku: mug.sku, quantity: 1 }])
  if (!purchase.ok) throw new Error(purchase.reason)
  const { item } = await b.itemOf(mug.sku)
  await told()
  b.shop.remove(mug.sku)
  expect((await told()).map(([topic]) => topic)).toEqual(['inventory_levels/disconnect', 'products/delete'])
  expect(await skus()).toEqual([[tee.sku, tee.title, 'ACTIVE']])
  expect(b.shop.restore(mug.sku)).toBe(false)
  const { order, inventoryItem } = await b.data(
    'query($id: ID!, $item: ID!) { order(id: $id) { lineItems(first: 1) { nodes { sku variant { id } product { id } } } } inventoryItem(id: $item) { id } }',
    { id: orderGid(purchase.order), item },
  )
  expect(order.lineItems.nodes).toEqual([{ sku: mug.sku, variant: null, product: null }])
  expect(inventoryItem).toBeNull()
  b.shop.cancel(purchase.order)
  expect(b.shop.shelf().has(mug.sku)).toBe(false)
})

it('may tell nobody, and loses subscriptions', async () => {
  const { b, told, skus } = await shop()
  b.shop.erase(mug.sku)
  expect(await told()).toEqual([])
  expect(await skus()).toHaveLength(1)
  b.shop.unsubscribe('PRODUCTS_UPDATE')
  expect(b.shop.subscriptions().map(({ topic }) => topic)).toEqual([
    ...['PRODUCTS_DELETE', 'INVENTORY_ITEMS_UPDATE', 'INVENTORY_LEVELS_DISCONNECT'],
  ])
  b.shop.rename(tee.sku, 'Shirt')
  expect(await told()).toEqual([])
})
