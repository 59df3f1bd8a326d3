/** Whatever buyers and sellers do in whatever order, the shop's own counts add up. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bench, bench, hourMs } from './support.ts'

const received = 6

type Act = (made: Bench, orders: string[], parcels: { count: number }) => Promise<void> | void

const pick = (orders: readonly string[], at: number) => orders[at % Math.max(1, orders.length)] ?? ''

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.nat(3).map(
    (n): Act =>
      ({ shop }, orders) => {
        const bought = shop.buy([{ sku: 'MUG', quantity: n + 1 }])
        if (bought.ok) orders.push(bought.order)
      },
  ),
  fc.nat(20).map(
    (n): Act =>
      ({ shop }, orders) =>
        void shop.cancel(pick(orders, n)),
  ),
  fc.nat(20).map(
    (n): Act =>
      ({ shop }, orders, parcels) => {
        parcels.count++
        shop.ship(pick(orders, n), { carrier: 'PostNL', number: `3S${parcels.count}` })
      },
  ),
  fc.boolean().map(
    (approved): Act =>
      async ({ call }) => {
        const root = '/return_refund/202309/cancellations'
        const pending = { cancel_status: ['CANCELLATION_REQUEST_PENDING'] }
        const { data } = await call('POST', `${root}/search`, { body: pending })
        const id = data.text('cancellations', 0, 'cancel_id')
        if (approved) await call('POST', `${root}/${id}/approve`)
        else await call('POST', `${root}/${id}/reject`, { body: { reject_reason: 'packed' } })
      },
  ),
  fc.nat(90).map(
    (minutes): Act =>
      ({ clock }) =>
        clock.advance(minutes * 60_000),
  ),
)

async function levels({ call }: Bench) {
  const products = await call('POST', '/product/202502/products/search', { query: { page_size: '1' } })
  const body = { product_ids: [products.data.text('products', 0, 'id')] }
  const { data } = await call('POST', '/product/202309/inventory/search', { body })
  const sku = ['inventory', 0, 'skus', 0] as const
  return {
    available: Number(data.at(...sku, 'total_available_quantity')),
    committed: Number(data.at(...sku, 'total_committed_quantity')),
  }
}

test('received = available + committed + shipped, and committed = what is sold and still here', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 40 }), async (steps) => {
      const made = bench({ requestsPerSecond: 10_000, unpaidMs: hourMs / 4, abandonedFraction: 0.3 })
      made.shop.addProduct({ sku: 'MUG', title: 'Mug', price: '12.50', quantity: received })
      const orders: string[] = []
      const parcels = { count: 0 }
      for (const step of steps) await step(made, orders, parcels)
      const { available, committed } = await levels(made)
      const units = (kept: (order: ReturnType<typeof made.shop.orders>[number]) => boolean) =>
        made.shop
          .orders()
          .filter(kept)
          .reduce((sum, { lines }) => sum + lines.reduce((all, { quantity }) => all + quantity, 0), 0)
      expect(available).toBe(made.shop.shelf().get('MUG'))
      expect(committed).toBe(units(({ cancelled, shipped }) => !cancelled && !shipped))
      expect(available + committed + units(({ shipped }) => shipped)).toBe(received)
    }),
    { numRuns: 150 },
  )
})
