/** The battery's part on reading: polls walk changes, fetches answer for every id, and facts have keys. */

import { describe, expect, test } from 'vitest'
import type { Wanted } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
import { failure } from './stand.ts'
import {
  bought,
  levelsIn,
  listingOf,
  listingsIn,
  orderOf,
  ordersIn,
  pass,
  providerFor,
  readyOrder,
  type Subject,
  trial,
} from './subject.ts'

const hourMs = 3_600_000

export function readsBattery(subject: Subject): void {
  describe('polls', () => {
    test('list what is sold with its counter, and the counter with its units', async () => {
      const tried = trial(subject)
      const mug = await listingOf(tried, 'MUG')
      const pot = await listingOf(tried, 'POT')
      expect(mug).toMatchObject({ title: expect.stringContaining('mug'), state: 'active', counting: 'counted' })
      const levels = levelsIn(await tried.polled('stock'))
      expect(levels.get(mug.register)).toBe(10)
      expect(levels.get(pot.register)).toBe(4)
    })

    test('show a bought order with the units it took, on a listing and a counter that are known', async () => {
      const tried = trial(subject)
      const { id: listing, register } = await listingOf(tried, 'MUG')
      const id = bought(tried, 'MUG', 2)
      await pass(tried, 60_000)
      const orders = ordersIn(await tried.polled('orders'))
      expect(orders.map((order) => order.id)).toEqual([id])
      expect(orders[0]?.lines).toMatchObject([{ listing, quantity: 2, takenUnits: 2, shippedUnits: 0 }])
      expect(levelsIn(await tried.polled('stock')).get(register)).toBe(8)
    })

    test('give what changed since the cursor, oldest first, and leave out what is older', async () => {
      const tried = trial(subject)
      const old = bought(tried, 'MUG', 1)
      const changed = bought(tried, 'POT', 1)
      await pass(tried, 3 * hourMs)
      const since = tried.clock.now()
      await pass(tried, 60_000)
      const fresh = [bought(tried, 'MUG', 1)]
      await pass(tried, 60_000)
      tried.shop.ship(changed, { carrier: 'PostNL', number: '3SABCD1111111' })
      await pass(tried, 60_000)
      fresh.push(bought(tried, 'MUG', 1))
      await pass(tried, 60_000)
      const raws = await tried.pollRaw('orders', since)
      const ids = ordersIn(tried.read(raws)).map(({ id }) => id)
      expect(new Set(ids)).toEqual(new Set([...fresh, changed]))
      expect(ids).not.toContain(old)
      const times = ordersIn(tried.read(raws)).map(({ updatedAt }) => updatedAt)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      for (const raw of raws) expect(raw.source).toBe('poll')
    })

    test('name the same fact the same, and another one otherwise', async () => {
      const tried = trial(subject)
      const order = bought(tried, 'MUG', 1)
      await pass(tried, 3 * hourMs)
      const keys = async (topic: 'orders' | 'listings') => (await tried.pollRaw(topic)).map(({ key }) => key)
      for (const topic of ['orders', 'listings'] as const) {
        const first = await keys(topic)
        await tried.clock.advance(60_000)
        expect(await keys(topic), topic).toEqual(first)
        expect(new Set(first).size).toBe(first.length)
      }
      const before = await keys('orders')
      tried.shop.ship(order, { carrier: 'PostNL', number: '3SABCD2222222' })
      await pass(tried, 60_000)
      const after = await keys('orders')
      expect(after.filter((key) => before.includes(key))).toEqual([])
    })

    test('tell stock that went away and came back as two facts', async () => {
      const tried = trial(subject)
      const keys = async () => (await tried.pollRaw('stock')).map(({ key }) => key)
      const first = await keys()
      tried.shop.setStockByHand('MUG', 9)
      await tried.clock.advance(1000)
      tried.shop.setStockByHand('MUG', 10)
      await tried.clock.advance(1000)
      expect((await keys()).filter((key) => first.includes(key))).toEqual([])
    })

    test('walk more than one page', async () => {
      const tried = trial(subject)
      for (let i = 0; i < 130; i++)
        tried.shop.addProduct({ sku: `S${i}`, title: `Thing ${i}`, price: '1.00', quantity: i })
      tried.shop.setStockByHand('MUG', 500)
      const orders = new Set<string>()
      for (let i = 0; i < 120; i++) orders.add(bought(tried, 'MUG', 1))
      await pass(tried, 60_000)
      const listed = listingsIn(await tried.polled('listings'))
      expect(new Set(listed.map(({ sku }) => sku)).size).toBe(132)
      expect(levelsIn(await tried.polled('stock')).size).toBe(new Set(listed.map(({ register }) => register)).size)
      expect(new Set(ordersIn(await tried.polled('orders')).map(({ id }) => id))).toEqual(orders)
    })
  })

  describe('fetches', () => {
    test('bring orders, listings and stock by the ids that the polls gave', async () => {
      const tried = trial(subject)
      const { id, register } = await listingOf(tried, 'MUG')
      const order = bought(tried, 'MUG', 3)
      await pass(tried, 60_000)
      const [polled] = ordersIn(await tried.polled('orders'))
      expect(await orderOf(tried, order)).toEqual(polled)
      const found = listingsIn(await tried.fetched({ kind: 'listings', ids: [id] }))
      expect(found.find((listing) => listing.id === id)).toEqual(await listingOf(tried, 'MUG'))
      expect(levelsIn(await tried.fetched({ kind: 'stock', ids: [register] })).get(register)).toBe(7)
    })

    test('say when they were asked, so that a later answer wins', async () => {
      const tried = trial(subject)
      const order = bought(tried, 'MUG', 1)
      await tried.clock.advance(5000)
      const askedAt = tried.clock.now()
      for (const raw of await tried.fetchRaw({ kind: 'orders', ids: [order] })) {
        expect(raw.source).toBe('fetch')
        expect(raw.fetchStartedAt).toBeGreaterThanOrEqual(askedAt)
      }
    })

    test('answer for what the shop does not have, beside what it has', async () => {
      const tried = trial(subject)
      const known = bought(tried, 'MUG', 1)
      const unknown = asId<'order'>(subject.unknown.order)
      const found = await tried.fetched({ kind: 'orders', ids: [unknown, known] })
      expect(found).toContainEqual({ kind: 'gone', of: 'order', id: unknown })
      expect(ordersIn(found).map(({ id }) => id)).toEqual([known])
    })

    test('answer for an order id beyond 2^53 with that very id', async () => {
      const tried = trial(subject)
      const id = asId<'order'>('9007199254740993')
      expect(await tried.fetched({ kind: 'orders', ids: [id] })).toEqual([{ kind: 'gone', of: 'order', id }])
    })

    test('answer for a listing that is no longer there', async () => {
      const tried = trial(subject)
      const { id } = await listingOf(tried, 'MUG')
      tried.shop.erase('MUG')
      await pass(tried, 60_000)
      expect(await tried.fetched({ kind: 'listings', ids: [id] })).toContainEqual({ kind: 'gone', of: 'listing', id })
      const unknown = asId<'listing'>(subject.unknown.listing)
      expect(await tried.fetched({ kind: 'listings', ids: [unknown] })).toContainEqual({
        kind: 'gone',
        of: 'listing',
        id: unknown,
      })
    })

    test('answer for a counter that is not there with its listing gone, or a look at it, beside what is there', async () => {
      const tried = trial(subject)
      const { register } = await listingOf(tried, 'MUG')
      const unknown = asId<'register'>(subject.unknown.register)
      const found = await tried.fetched({ kind: 'stock', ids: [unknown, register] })
      expect(levelsIn(found).get(register)).toBe(10)
      expect(levelsIn(found).has(unknown)).toBe(false)
      expect(found.filter(({ kind }) => kind !== 'stock')).not.toEqual([])
    })

    test('find nothing under a reference that no order has', async () => {
      const tried = trial(subject)
      bought(tried, 'MUG', 1)
      expect(await tried.fetched({ kind: 'references', ids: ['onhand:other:123'] })).toEqual([])
    })

    test('bring nothing for nothing', async () => {
      const tried = trial(subject)
      for (const kind of ['orders', 'references', 'parcels', 'listings', 'stock'] as const)
        expect(await tried.fetched({ kind, ids: [] }), kind).toEqual([])
      expect(tried.requests).toEqual([])
    })

    test('refuse what is no id of this shop, before asking', async () => {
      const tried = trial(subject)
      const text = '../secret?x=1&y='
      const asked: Wanted[] = [
        { kind: 'orders', ids: [asId(text)] },
        { kind: 'parcels', ids: [asId(text)] },
        { kind: 'listings', ids: [asId(text)] },
        { kind: 'stock', ids: [asId(text)] },
      ]
      for (const wanted of asked)
        expect(await failure(tried.fetchRaw(wanted)), wanted.kind).toMatchObject({ kind: 'rejected' })
      expect(tried.requests).toEqual([])
    })

    test('bring the parcel of an order that left, with its carrier and number', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      expect(tried.shop.ship(order.id, { carrier: 'PostNL', number: '3SABCD1234567' })).toBe(true)
      await pass(tried, 60_000)
      const found = await tried.fetched({ kind: 'parcels', ids: [order.id] })
      const shipments = found.flatMap((reading) => (reading.kind === 'shipment' ? [reading.shipment] : []))
      expect(shipments).toMatchObject([{ order: order.id, cancelled: false, numbers: ['3SABCD1234567'] }])
      expect(shipments[0]?.carrier).toMatch(/postnl/i)
      expect((await orderOf(tried, order.id)).lines).toMatchObject([{ takenUnits: 2, shippedUnits: 2 }])
    })

    test('list the providers where a parcel needs one', async () => {
      const tried = trial(subject)
      if (tried.channel.abilities.needsProvider) {
        const order = await readyOrder(tried, 'MUG', 1)
        expect(await providerFor(tried, order)).toMatchObject({ id: expect.any(String), name: expect.any(String) })
        return
      }
      const none = await tried
        .fetched({ kind: 'providers', ids: ['any'] })
        .catch((error: unknown) => (error as { kind?: string }).kind)
      expect(none === 'rejected' || (Array.isArray(none) && none.length === 0)).toBe(true)
    })
  })
}
