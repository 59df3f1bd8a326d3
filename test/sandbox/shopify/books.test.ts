/** Whatever happens to orders, the counters stay the sum of what happened. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bench, type Json, mug, orderGid } from './bench.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('buy' as const), units: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant('create' as const), units: fc.integer({ min: 1, max: 9 }) }),
  fc.record({
    kind: fc.constantFrom('cancel', 'job', 'writeOff', 'ship', 'ship', 'untake', 'untake'),
    order: fc.nat(2),
  }),
  fc.record({
    kind: fc.constantFrom('part', 'CANCEL', 'RETURN', 'NO_RESTOCK'),
    order: fc.nat(2),
    units: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ kind: fc.constant('count' as const), units: fc.integer({ min: 0, max: 40 }) }),
)

const read = `query($id: ID!) { order(id: $id) {
  lineItems(first: 1) { nodes { id quantity currentQuantity unfulfilledQuantity } }
  fulfillments { id status totalQuantity }
  fulfillmentOrders(first: 9) { nodes { id status lineItems(first: 1) { nodes { id remainingQuantity } } } }
  refunds { refundLineItems(first: 5) { nodes { quantity restockType } } } } }`
const cancelDocument =
  'mutation($id: ID!, $restock: Boolean!) { orderCancel(orderId: $id, reason: OTHER, restock: $restock) { orderCancelUserErrors { code } } }'

async function play(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Promise<void> {
  const b = bench({ plan: { capacity: 1e9, restorePerSecond: 1e6 } })
  b.shop.addProduct({ ...mug, quantity: 20 })
  const { variant, location } = await b.itemOf(mug.sku)
  const ids: string[] = []
  let counted = 0
  let keys = 0

  const act: Record<string, (id: string, units: number) => unknown> = {
    cancel: (id) => b.shop.cancel(id),
    ship: (id) => b.shop.ship(id, { carrier: 'PostNL', number: '3S1' }),
    job: (id) => b.data(cancelDocument, { id, restock: true }),
    writeOff: (id) => b.data(cancelDocument, { id, restock: false }),
    async untake(id) {
      const done = (await b.data(read, { id })).order.fulfillments.find((one: Json) => one.status === 'SUCCESS')
      const { order } = await b.data(read, { id })
      // A fulfilment of which something came back is not taken back as well.
      if (!done || order.refunds.length) return
      await b.data('mutation($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }', { id: done.id })
    },
    async part(id, units) {
      const open = (await b.data(read, { id })).order.fulfillmentOrders.nodes.find((one: Json) =>
        /^(OPEN|IN_PROGRESS)$/.test(one.status),
      )
      if (!open) return
      const fulfillment = {
        lineItemsByFulfillmentOrder: [
          {
            fulfillmentOrderId: open.id,
            fulfillmentOrderLineItems: [{ id: open.lineItems.nodes[0].id, quantity: units }],
          },
        ],
      }
      await b.data(
        'mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { userErrors { message } } }',
        { f: fulfillment },
      )
    },
  }
  for (const restockType of ['CANCEL', 'RETURN', 'NO_RESTOCK'])
    act[restockType] = async (id, quantity) => {
      const line = (await b.data(read, { id })).order.lineItems.nodes[0].id
      const input = {
        orderId: id,
        refundLineItems: [{ lineItemId: line, quantity, restockType, locationId: location }],
      }
      await b.data(
        'mutation($i: RefundInput!, $k: String!) { refundCreate(input: $i) @idempotent(key: $k) { userErrors { message } } }',
        { i: input, k: `k${keys++}` },
      )
    }

  for (const one of steps) {
    if (one.kind === 'count') {
      counted += one.units - ((await b.levels(mug.sku)).available ?? 0)
      b.shop.setStockByHand(mug.sku, one.units)
    } else if (one.kind === 'buy') {
      const purchase = b.shop.buy([{ sku: mug.sku, quantity: one.units }])
      if (purchase.ok) ids.push(orderGid(purchase.order))
    } else if (one.kind === 'create') {
      const { orderCreate } = await b.data(
        'mutation($o: OrderCreateOrderInput!) { orderCreate(order: $o, options: { inventoryBehaviour: DECREMENT_IGNORING_POLICY }) { order { id } } }',
        { o: { lineItems: [{ variantId: variant, quantity: one.units }] } },
      )
      ids.push(orderCreate.order.id)
    } else if ('order' in one) {
      const id = ids[one.order % Math.max(1, ids.length)]
      if (id) await act[one.kind]?.(id, 'units' in one ? one.units : 0)
    }
    await b.clock.advance(1500)
    await balance()
  }

  async function balance() {
    let open = 0
    let gone = 0
    for (const id of ids) {
      const { order } = await b.data(read, { id })
      const [line] = order.lineItems.nodes
      const waiting = order.fulfillmentOrders.nodes.flatMap((one: Json) =>
        /^(OPEN|IN_PROGRESS)$/.test(one.status) ? one.lineItems.nodes.map((row: Json) => row.remainingQuantity) : [],
      )
      expect(waiting.reduce((a: number, n: number) => a + n, 0)).toBe(line.unfulfilledQuantity)
      const back = order.refunds
        .flatMap((refund: Json) => refund.refundLineItems.nodes)
        .filter((row: Json) => row.restockType !== 'NO_RESTOCK')
        .reduce((a: number, row: Json) => a + row.quantity, 0)
      open += line.unfulfilledQuantity
      gone += line.quantity - line.unfulfilledQuantity - back
    }
    const levels = await b.levels(mug.sku)
    expect(levels.committed).toBe(open)
    expect(levels.on_hand).toBe(20 + counted - gone)
    const { on_hand, ...parts } = levels
    expect(on_hand).toBe(Object.values(parts).reduce((a, n) => a + n, 0))
  }
}

it('committed is what is open, on hand is what is left', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), play), {
    numRuns: 60,
    seed: 20261122,
  })
})
