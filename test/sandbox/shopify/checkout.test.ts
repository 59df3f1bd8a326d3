/** Buyers who take their time to pay: reserved units are nobody else's, and a claim is never refused. */

import { describe, expect, it } from 'vitest'
import { bench, mug, tee } from './bench.ts'

const minute = 60_000

function shop(options: Parameters<typeof bench>[0] = {}) {
  const b = bench({ payingMs: 30_000, ...options })
  b.shop.addProduct(mug)
  b.shop.addProduct(tee)
  const buy = (quantity: number) => b.shop.buy([{ sku: mug.sku, quantity }])
  return { b, buy }
}

describe('while a buyer pays', () => {
  it('the units are reserved: nobody sees it, nobody else can have them', async () => {
    const { b, buy } = shop()
    expect(buy(7).ok).toBe(true)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 10, committed: 0, reserved: 0, on_hand: 10 })
    expect(b.shop.orders()).toEqual([])
    expect(b.shop.shelf().get(mug.sku)).toBe(3)
    expect(buy(4)).toEqual({ ok: false, reason: 'out_of_stock' })
    expect(buy(3).ok).toBe(true)
  })

  it('a basket with one line too many reserves nothing', async () => {
    const { b, buy } = shop()
    const basket = [
      { sku: mug.sku, quantity: 10 },
      { sku: tee.sku, quantity: tee.quantity + 1 },
    ]
    expect(b.shop.buy(basket)).toEqual({ ok: false, reason: 'out_of_stock' })
    expect(buy(10).ok).toBe(true)
  })

  it('the order comes when the buyer has paid, under the number the buyer was given', async () => {
    const { b, buy } = shop()
    const purchase = buy(2)
    if (!purchase.ok) throw new Error(purchase.reason)
    await b.clock.advance(29_999)
    expect(b.shop.orders()).toEqual([])
    expect(b.shop.cancel(purchase.order)).toBe(false)
    await b.clock.advance(1)
    expect(b.shop.orders()).toMatchObject([{ id: purchase.order, createdAt: b.clock.now() }])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 8, committed: 2, on_hand: 10 })
  })

  it('a claim takes its units though available was lowered meanwhile', async () => {
    const { b, buy } = shop()
    expect(buy(4).ok).toBe(true)
    b.shop.setStockByHand(mug.sku, 1)
    expect(buy(1)).toEqual({ ok: false, reason: 'out_of_stock' })
    await b.clock.advance(minute)
    expect(await b.levels(mug.sku)).toMatchObject({ available: -3, committed: 4, on_hand: 1 })
    expect(b.shop.shelf().get(mug.sku)).toBe(0)
  })

  it('a closed location hands its reservations over', async () => {
    const { b, buy } = shop({ locations: ['A', 'B'] })
    expect(buy(4).ok).toBe(true)
    const { locations } = await b.data('{ locations(first: 2) { nodes { legacyResourceId } } }')
    const [a, z] = locations.nodes.map((node: { legacyResourceId: string }) => node.legacyResourceId)
    b.shop.closeLocation(a, z)
    expect(buy(7)).toEqual({ ok: false, reason: 'out_of_stock' })
    await b.clock.advance(minute)
    expect(b.shop.shelf().get(mug.sku)).toBe(6)
    expect(b.shop.orders()).toHaveLength(1)
  })
})

describe('a buyer who never pays', () => {
  it('keeps the units until the reservation ends', async () => {
    const { b, buy } = shop({ abandonedFraction: 1 })
    expect(buy(10).ok).toBe(true)
    await b.clock.advance(4 * minute)
    expect(buy(1)).toEqual({ ok: false, reason: 'out_of_stock' })
    await b.clock.advance(minute)
    expect(b.shop.orders()).toEqual([])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 10, committed: 0 })
    expect(buy(10).ok).toBe(true)
  })

  it('is who takes longer than a reservation lasts', async () => {
    const { b, buy } = shop({ payingMs: 6 * minute })
    expect(buy(10).ok).toBe(true)
    await b.clock.advance(20 * minute)
    expect(b.shop.orders()).toEqual([])
  })
})

describe('where reserved is a quantity of its own', () => {
  it('units leave available at once and come back, or become committed', async () => {
    const { b, buy } = shop({ reservations: 'reserved' })
    expect(buy(4).ok).toBe(true)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 6, reserved: 4, committed: 0, on_hand: 10 })
    b.shop.setStockByHand(mug.sku, 0)
    await b.clock.advance(minute)
    expect(await b.levels(mug.sku)).toMatchObject({ available: 0, reserved: 0, committed: 4, on_hand: 4 })
  })
})
