import { afterEach, describe, expect, it } from 'vitest'
import { asId, type OrderSnapshot } from '../../src/domain.ts'
import { postOrder } from '../../src/ledger/orders.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(() => world?.close())

const order: OrderSnapshot = {
  id: asId('900'),
  name: '#900',
  phase: 'ready',
  status: 'processing',
  createdAt: 1,
  updatedAt: 2,
  fulfilment: 'seller',
  currency: 'EUR',
  lines: [{ id: asId('1'), title: 'Engraving', quantity: 1, takenUnits: 1, shippedUnits: 0 }],
}

describe('an order line that names no product', () => {
  it('can be linked to nothing, so it is a held copy with its reason and not an unlinked order for ever', async () => {
    world = await createWorld({ policy: 'mirror', products: [], shipper: 'shopify' })
    const { store, clock, ids } = world
    const context = {
      account: ids.woocommerce,
      delivery: 'd1',
      fetchedAt: 2,
      now: clock.now(),
      newId: store.newId,
      needsProvider: false,
      moved: new Set<never>(),
    }
    await store.transaction((tx) => postOrder(tx, context, order))
    await world.engine.settle()
    const head = await store.db.selectFrom('order_head').select('unlinked_lines').executeTakeFirstOrThrow()
    expect(head.unlinked_lines).toBe(0)
    const receipt = await store.db
      .selectFrom('receipt')
      .select(['state', 'reason'])
      .where('kind', '=', 'order')
      .executeTakeFirstOrThrow()
    expect(receipt).toMatchObject({
      state: 'parked',
      reason: expect.stringContaining('"Engraving", a line that names no product'),
    })
  })
})
