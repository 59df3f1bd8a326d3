import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../src/channel.ts'
import { asId, type OrderSnapshot, reference } from '../../src/domain.ts'
import { type Books, line, openBooks, orderReading } from '../support/books.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks()
  await books.connect('shipper', { platform: 'shopify' })
  await books.connect('seller', { platform: 'tiktok-shop', fulfilledBy: 'shipper' })
  await books.sku('MUG')
  await books.listing('shipper', 'sh-mug', { MUG: 1 })
  await books.listing('seller', 'mug', { MUG: 1 })
})
afterEach(() => books.close())

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** The shop's clock goes on with every version it tells. */
const tell = async (account: string, id: string, more: Partial<OrderSnapshot>) => {
  const listing = account === 'seller' ? 'mug' : 'sh-mug'
  await books.clock.advance(1000)
  await books.tell(account, orderReading(id, [line('a', listing, 1)], { updatedAt: books.clock.now(), ...more }))
  await books.planner.sweep()
}
const sold = (more: Partial<OrderSnapshot>) => tell('seller', '1', more)
const copied = (more: Partial<OrderSnapshot> = {}) =>
  tell('shipper', '9', { ourReference: reference(asId('seller'), asId('1')), ...more })
const parcel = (more: { cancelled?: boolean } = {}): Reading => ({
  kind: 'shipment',
  shipment: {
    id: asId('p1'),
    order: asId('9'),
    updatedAt: books.clock.now(),
    cancelled: false,
    carrier: 'PostNL',
    numbers: ['3SABCD0123456'],
    lines: [],
    ...more,
  },
})
const lifeOf = async (account = 'seller', id = '1') => {
  const row = await books.store.db
    .selectFrom('order_life')
    .selectAll()
    .where('account', '=', account)
    .where('order_id', '=', id)
    .executeTakeFirstOrThrow()
  return { ...row, oddities: JSON.parse(row.oddities), deadlines: JSON.parse(row.deadlines) }
}
const words = async () => {
  const { state, next_actor } = await lifeOf()
  return `${state}, ${next_actor}`
}
const asked = async () =>
  (await books.store.db.selectFrom('fetch_wanted').select(['kind', 'subject', 'rev']).execute()).filter(
    ({ kind }) => kind === 'orders',
  )

describe('the life of an order', () => {
  it('goes from the first sight to the end, each step with its time', async () => {
    const since: number[] = []
    const step = async (expected: string) => {
      expect(await words()).toBe(expected)
      since.push((await lifeOf()).since)
    }
    await sold({ phase: 'unpaid', status: 'UNPAID' })
    await step('reserved, buyer')
    await sold({ phase: 'on_hold', status: 'ON_HOLD' })
    expect(await words()).toBe('reserved, shop')
    await sold({ phase: 'ready', status: 'AWAITING_SHIPMENT' })
    await step('ready, onhand')
    await copied()
    await step('exported, merchant')
    await books.clock.advance(1000)
    await books.tell('shipper', parcel())
    await books.planner.sweep()
    await step('shipping, merchant')
    await sold({ phase: 'shipped', status: 'IN_TRANSIT' })
    await step('shipped, merchant')
    await sold({ phase: 'delivered', status: 'DELIVERED' })
    await step('delivered, merchant')
    await sold({ phase: 'closed', status: 'COMPLETED' })
    expect(await lifeOf()).toMatchObject({ state: 'closed', oddities: [] })
    expect(since).toEqual([...new Set(since)].toSorted((a, b) => a - b))
  })

  it('stays reserved from the first sight, and each wait in it has its own limit', async () => {
    await sold({ phase: 'unpaid', status: 'UNPAID' })
    const first = await lifeOf()
    expect(first.overdue_at).toBe(first.since + 2880 * minuteMs)
    await books.clock.advance(20 * hourMs)
    await sold({ phase: 'on_hold', status: 'ON_HOLD' })
    expect(await lifeOf()).toMatchObject({
      state: 'reserved',
      since: first.since,
      overdue_at: books.clock.now() + 180 * minuteMs,
    })
  })

  it('keeps the time it entered a state, whatever is told of it later', async () => {
    await sold({ phase: 'ready' })
    const { since } = await lifeOf()
    await sold({ phase: 'ready', buyerNote: 'ring twice' })
    expect((await lifeOf()).since).toBe(since)
  })

  it('goes back to ready when its copy is cancelled over there, which is odd and shown', async () => {
    await sold({ phase: 'ready' })
    await copied()
    await copied({ phase: 'cancelled' })
    expect(await lifeOf()).toMatchObject({
      state: 'ready',
      next_actor: 'merchant',
      oddities: [{ from: 'exported', to: 'ready' }],
    })
  })

  it('notes a move that the platform should not make, and follows it', async () => {
    await sold({ phase: 'shipped', status: 'IN_TRANSIT' })
    await sold({ phase: 'ready', status: 'AWAITING_SHIPMENT' })
    const { state, oddities } = await lifeOf()
    expect(state).toBe('ready')
    expect(oddities).toEqual([{ from: 'shipped', to: 'ready', status: 'AWAITING_SHIPMENT', at: expect.any(Number) }])
  })

  it('keeps no more of them than can be read', async () => {
    for (let n = 0; n < 45; n++) await sold({ phase: n % 2 === 0 ? 'cancelled' : 'ready', status: String(n) })
    const { oddities } = await lifeOf()
    expect(oddities).toHaveLength(20)
    expect(oddities.at(-1)).toMatchObject({ status: '43' })
  })

  it('waits for a person while a line is linked to nothing, and goes on once it is', async () => {
    await books.listing('seller', 'new', {})
    const lines = [line('a', 'new', 1)]
    await books.tell('seller', orderReading('1', lines, { phase: 'ready', updatedAt: 5000 }))
    await books.planner.sweep()
    expect(await words()).toBe('seen, merchant')
    await books.link('seller', 'new', { MUG: 1 })
    await books.ledger.sweep()
    await books.planner.sweep()
    expect(await words()).toBe('ready, onhand')
  })

  it('of a copy is its own, and no problem of its own', async () => {
    await sold({ phase: 'ready' })
    await copied()
    expect(await lifeOf('shipper', '9')).toMatchObject({ state: 'ready', next_actor: 'merchant', problem_at: null })
  })
})

describe('a reservation', () => {
  it('whose timer runs out makes the shop be asked, and nothing is released', async () => {
    await books.receive('MUG', 5)
    await sold({ phase: 'on_hold', status: 'ON_HOLD' })
    expect(await asked()).toEqual([])
    await books.clock.advance(64 * minuteMs)
    await books.planner.sweep()
    expect(await asked()).toEqual([])
    await books.clock.advance(minuteMs)
    await books.planner.sweep()
    expect(await asked()).toMatchObject([{ subject: '1', rev: 1 }])
    await books.clock.advance(10 * minuteMs)
    await books.planner.sweep()
    expect(await asked()).toMatchObject([{ rev: 1 }])
    await books.clock.advance(5 * minuteMs)
    await books.planner.sweep()
    expect(await asked()).toMatchObject([{ rev: 2 }])
    expect(await books.balance('MUG')).toMatchObject({ on_hand: 5, reserved: 1 })
    expect(await words()).toBe('reserved, shop')
  })

  it('is not asked about any more once the shop has said something else', async () => {
    await sold({ phase: 'on_hold' })
    await sold({ phase: 'ready' })
    await books.clock.advance(3 * hourMs)
    await books.planner.sweep()
    expect(await asked()).toEqual([])
  })
})

describe('people are told', () => {
  it('when an order waits too long for whoever must act', async () => {
    await sold({ phase: 'ready' })
    const { since, problem_at } = await lifeOf()
    expect(problem_at).toBe(since + 15 * minuteMs)
  })

  it('a day before the first open deadline, and no more once it is reached', async () => {
    const at = books.clock.now() + 26 * hourMs
    const deadlines = { ready: at, transit: at + 24 * hourMs }
    await sold({ phase: 'ready', deadlines })
    await copied()
    expect(await lifeOf()).toMatchObject({
      problem_at: at - 24 * hourMs,
      deadlines: [
        { milestone: 'ready', at, source: 'platform', isOpen: true, warnAt: [24, 12, 4].map((n) => at - n * hourMs) },
        { milestone: 'transit', at: at + 24 * hourMs, source: 'platform', isOpen: true },
      ],
    })
    await sold({ phase: 'shipped', status: 'AWAITING_COLLECTION', deadlines })
    const handedOver = books.clock.now()
    expect(await lifeOf()).toMatchObject({
      problem_at: at,
      deadlines: [
        { isOpen: false, warnAt: [], reachedAt: handedOver },
        { isOpen: true, reachedAt: null },
      ],
    })
    await sold({ phase: 'shipped', status: 'IN_TRANSIT', deadlines })
    expect((await lifeOf()).deadlines).toMatchObject([{ reachedAt: handedOver }, { reachedAt: books.clock.now() }])
    const { since, problem_at } = await lifeOf()
    expect(problem_at).toBe(since + 20160 * minuteMs)
  })

  it('of times that follow from the market where the shop states none', async () => {
    await sold({ phase: 'ready', market: 'NL', createdAt: Date.parse('2026-04-24T12:00:00+02:00') })
    const { deadlines } = await lifeOf()
    expect(deadlines[0]).toMatchObject({
      milestone: 'ready',
      at: Date.parse('2026-04-29T23:59:59+02:00'),
      source: 'computed',
    })
    expect(deadlines).toHaveLength(4)
  })
})
