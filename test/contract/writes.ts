/** The battery's part on writing: what the shop shows afterwards, and that nothing is done twice. */

import { describe, expect, test } from 'vitest'
import type { Ops, OrderOp, RowResult, StockOp, TrackingOp } from '../../src/channel.ts'
import { asId, type ListingId, type OrderId, type OrderSnapshot } from '../../src/domain.ts'
import { failure, newKey } from './stand.ts'
import {
  bought,
  expectOk,
  listingOf,
  orderOf,
  ordersIn,
  pass,
  providerFor,
  readyOrder,
  type Subject,
  skilled,
  type Trial,
  trial,
} from './subject.ts'

const stock = (...ops: StockOp[]): Ops => ({ kind: 'stock', ops })

/** Sends every call of these operations as often as asked, the same call verbatim. */
async function sendEach(tried: Trial, ops: Ops, times: number): Promise<RowResult[]> {
  const rows: RowResult[] = []
  for (const { call } of tried.channel.compose(ops, newKey)) {
    for (let i = 0; i < times; i++) rows.push(...(await tried.during(tried.channel.write(call))).rows)
  }
  return rows
}

const newOrder = (listing: ListingId, units: number): OrderOp & { kind: 'create' } => ({
  kind: 'create',
  reference: 'onhand:tried:577012345678901234',
  name: '577012345678901234',
  placedAt: Date.UTC(2026, 5, 15, 17, 0, 0),
  currency: 'EUR',
  lines: [{ listing, title: 'Blue mug', units, unitPrice: { amount: '9.95', currency: 'EUR' } }],
  shippingPrice: { amount: '4.95', currency: 'EUR' },
  address: { name: 'Jan van der Berg', line1: 'Damrak 1', postalCode: '1012 LG', city: 'Amsterdam', country: 'NL' },
})

async function parcelFor(tried: Trial, order: OrderSnapshot, number = '3SABCD1234567'): Promise<TrackingOp> {
  const provider = await providerFor(tried, order)
  return {
    order: order.id,
    shipment: asId<'shipment'>(`s-${number}`),
    carrier: 'PostNL',
    number,
    ...(provider ? { provider: provider.id } : {}),
  }
}

const numbersOf = (tried: Trial, id: OrderId) =>
  tried.shop
    .orders()
    .find((order) => order.id === id)
    // Some shops keep several numbers in one field.
    ?.tracking.flatMap(({ number }) => number.split(/,\s*/))

export function writesBattery(subject: Subject): void {
  describe('stock', () => {
    test('that is set is on the shelf, and the answer does not say otherwise', async () => {
      const tried = trial(subject)
      const mug = await listingOf(tried, 'MUG')
      const pot = await listingOf(tried, 'POT')
      const rows = await tried.write(
        stock({ kind: 'set', register: mug.register, to: 3 }, { kind: 'set', register: pot.register, to: 17 }),
      )
      expectOk(rows)
      for (const [i, to] of [3, 17].entries()) {
        const row = rows[i]
        if (row?.ok && row.confirmedUnits !== undefined) expect(row.confirmedUnits).toBe(to)
      }
      expect([tried.shop.shelf().get('MUG'), tried.shop.shelf().get('POT')]).toEqual([3, 17])
    })

    test('set to zero is sold out', async () => {
      const tried = trial(subject)
      const { register } = await listingOf(tried, 'MUG')
      if (tried.channel.abilities.zeroWritable === 'no') return
      expectOk(await tried.write(stock({ kind: 'set', register, to: 0 })))
      expect(tried.shop.buy([{ sku: 'MUG', quantity: 1 }])).toEqual({ ok: false, reason: 'out_of_stock' })
    })

    test('of a counter that is not there is refused, and its neighbour written', async () => {
      const tried = trial(subject)
      const { register } = await listingOf(tried, 'MUG')
      const unknown = asId<'register'>(subject.unknown.register)
      const [refused, done] = await tried.write(
        stock({ kind: 'set', register: unknown, to: 1 }, { kind: 'set', register, to: 3 }),
      )
      expect(refused).toMatchObject({ ok: false, kind: 'rejected', message: expect.stringMatching(/\w/) })
      expect(done).toMatchObject({ ok: true })
      expect(tried.shop.shelf().get('MUG')).toBe(3)
    })

    test('of a thing that was deleted meanwhile is refused, and its neighbour written', async () => {
      const tried = trial(subject)
      const mug = await listingOf(tried, 'MUG')
      const pot = await listingOf(tried, 'POT')
      tried.shop.erase('POT')
      const [refused, done] = await tried.write(
        stock({ kind: 'set', register: pot.register, to: 1 }, { kind: 'set', register: mug.register, to: 3 }),
      )
      expect(refused).toMatchObject({ ok: false, kind: 'rejected' })
      expect(done).toMatchObject({ ok: true })
      expect(tried.shop.shelf().get('MUG')).toBe(3)
    })

    skilled(subject, 'relativeWrites', 'changed by so much is right whatever was sold in between', async () => {
      const tried = trial(subject)
      const { register } = await listingOf(tried, 'MUG')
      const [composed] = tried.channel.compose(stock({ kind: 'adjust', register, by: -4 }), newKey)
      bought(tried, 'MUG', 3)
      if (!composed) throw new Error('Nothing was composed.')
      expectOk((await tried.during(tried.channel.write(composed.call))).rows)
      expect(tried.shop.shelf().get('MUG')).toBe(3)
      expectOk(await tried.write(stock({ kind: 'adjust', register, by: 2 })))
      expect(tried.shop.shelf().get('MUG')).toBe(5)
    })

    skilled(subject, 'compareAndSet', 'set only if it still is what it was', async () => {
      const tried = trial(subject)
      const { register } = await listingOf(tried, 'MUG')
      bought(tried, 'MUG', 1)
      expect(await tried.write(stock({ kind: 'cas', register, from: 10, to: 6 }))).toMatchObject([
        { ok: false, kind: 'stale' },
      ])
      expect(tried.shop.shelf().get('MUG')).toBe(9)
      expectOk(await tried.write(stock({ kind: 'cas', register, from: 9, to: 6 })))
      expect(tried.shop.shelf().get('MUG')).toBe(6)
    })

    test('that may be sent again acts once', async () => {
      const tried = trial(subject)
      const { register } = await listingOf(tried, 'MUG')
      const relative = tried.channel.abilities.relativeWrites
      const op: StockOp = relative ? { kind: 'adjust', register, by: -2 } : { kind: 'set', register, to: 8 }
      for (const { call } of tried.channel.compose(stock(op), newKey)) {
        expectOk((await tried.during(tried.channel.write(call))).rows)
        if (!call.repeatable) continue
        bought(tried, 'MUG', 1)
        expectOk((await tried.during(tried.channel.write(call))).rows)
        expect(tried.shop.shelf().get('MUG'), 'the sale in between stands').toBe(7)
      }
      if (tried.channel.abilities.idempotencyKeys)
        expect(tried.channel.compose(stock(op), newKey).every(({ call }) => call.repeatable)).toBe(true)
    })
  })

  describe('orders', () => {
    skilled(
      subject,
      'createsOrders',
      'made for another shop are found by their reference, with what they took',
      async () => {
        const tried = trial(subject)
        const { id: listing } = await listingOf(tried, 'MUG')
        const op = newOrder(listing, 2)
        const [made] = await tried.write({ kind: 'order', op })
        if (!made?.ok || !made.id) throw new Error(`Not made: ${JSON.stringify(made)}`)
        await pass(tried, 60_000)
        const found = ordersIn(await tried.fetched({ kind: 'references', ids: [op.reference] }))
        expect(found).toMatchObject([
          {
            id: made.id,
            phase: 'ready',
            ourReference: op.reference,
            currency: 'EUR',
            address: { name: 'Jan van der Berg', postalCode: '1012 LG', country: 'NL' },
            lines: [{ listing, quantity: 2, shippedUnits: 0 }],
          },
        ])
        expect(Number(found[0]?.lines[0]?.unitPrice?.amount)).toBe(9.95)
        expect(Number(found[0]?.shippingPrice?.amount)).toBe(4.95)
        expect(tried.shop.orders()).toMatchObject([{ id: made.id, reference: op.reference, cancelled: false }])
        if (tried.channel.abilities.createdOrdersTakeStock) {
          expect(found[0]?.lines[0]?.takenUnits).toBe(2)
          expect(tried.shop.shelf().get('MUG')).toBe(8)
        }
      },
    )

    skilled(subject, 'createsOrders', 'whose answer is lost are found by their reference, once', async () => {
      const tried = trial(subject)
      const { id: listing } = await listingOf(tried, 'MUG')
      const op = newOrder(listing, 2)
      tried.break({ kind: 'lost' })
      for (const { call } of tried.channel.compose({ kind: 'order', op }, newKey)) {
        expect(call.repeatable, 'a look-up comes before any resend').toBe(false)
        expect(await failure(tried.during(tried.channel.write(call)))).toMatchObject({ kind: 'unknownOutcome' })
      }
      tried.break(undefined)
      await pass(tried, 60_000)
      expect(ordersIn(await tried.fetched({ kind: 'references', ids: [op.reference] }))).toHaveLength(1)
      expect(tried.shop.orders()).toHaveLength(1)
    })

    skilled(subject, 'createsOrders', 'of a listing that is not there leave nothing behind', async () => {
      const tried = trial(subject)
      const { id: listing } = await listingOf(tried, 'MUG')
      const op = newOrder(listing, 2)
      const [line] = newOrder(asId(subject.unknown.listing), 1).lines
      const rows = await tried.write({ kind: 'order', op: { ...op, lines: [...op.lines, ...(line ? [line] : [])] } })
      expect(rows).toMatchObject([{ ok: false, kind: 'rejected' }])
      await pass(tried, 60_000)
      expect(tried.shop.shelf().get('MUG')).toBe(10)
      expect(await tried.fetched({ kind: 'references', ids: [op.reference] })).toEqual([])
    })

    skilled(subject, 'createsOrders', 'with an impossible line are refused before they are sent', async () => {
      const tried = trial(subject)
      const { id: listing } = await listingOf(tried, 'MUG')
      for (const units of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const ops: Ops = { kind: 'order', op: newOrder(listing, units) }
        expect(() => tried.channel.compose(ops, newKey), String(units)).toThrow(
          expect.objectContaining({ kind: 'rejected' }),
        )
      }
      const op = newOrder(listing, 1)
      const priced = (amount: string): Ops => ({
        kind: 'order',
        op: { ...op, lines: op.lines.map((line) => ({ ...line, unitPrice: { amount, currency: 'EUR' } })) },
      })
      for (const amount of ['', 'free', 'NaN', '1e3', '-1.00'])
        expect(() => tried.channel.compose(priced(amount), newKey), amount).toThrow(
          expect.objectContaining({ kind: 'rejected' }),
        )
    })

    skilled(subject, 'cancelsOrders', 'that are cancelled are cancelled in the shop, and once is enough', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      const op: OrderOp = { kind: 'cancel', order: order.id, restock: true, reason: 'Sold out' }
      const calls = tried.channel.compose({ kind: 'order', op }, newKey)
      for (const { call } of calls) {
        expectOk((await tried.during(tried.channel.write(call))).rows)
        await pass(tried, 60_000)
        if (call.repeatable) expectOk((await tried.during(tried.channel.write(call))).rows)
      }
      await pass(tried, 60_000)
      expect(await orderOf(tried, order.id)).toMatchObject({ phase: 'cancelled' })
      expect(tried.shop.orders()).toMatchObject([{ id: order.id, cancelled: true }])
    })

    skilled(subject, 'restocks', 'that are cancelled give back what they took', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      expect(tried.shop.shelf().get('MUG')).toBe(8)
      const op: OrderOp = { kind: 'cancel', order: order.id, restock: true, reason: 'Sold out' }
      expectOk(await tried.write({ kind: 'order', op }))
      await pass(tried, 60_000)
      expect((await orderOf(tried, order.id)).lines.map(({ takenUnits }) => takenUnits)).toEqual([0])
      expect(tried.shop.shelf().get('MUG')).toBe(10)
    })

    skilled(subject, 'cancelsOrders', 'that have left are not cancelled', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      tried.shop.ship(order.id, { carrier: 'PostNL', number: '3SABCD1234567' })
      await pass(tried, 60_000)
      const op: OrderOp = { kind: 'cancel', order: order.id, restock: true, reason: 'Sold out' }
      expect(await tried.write({ kind: 'order', op })).toMatchObject([{ ok: false, kind: 'rejected' }])
      await pass(tried, 60_000)
      expect((await orderOf(tried, order.id)).lines).toMatchObject([{ takenUnits: 2, shippedUnits: 2 }])
    })
  })

  describe('parcels', () => {
    test('are told to the shop once, however often they are pushed', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      const op = await parcelFor(tried, order)
      for (let i = 0; i < 3; i++) {
        expectOk(await tried.write({ kind: 'tracking', op }))
        await pass(tried, 60_000)
      }
      expect(numbersOf(tried, order.id)).toEqual([op.number])
      expect((await orderOf(tried, order.id)).lines).toMatchObject([{ takenUnits: 2, shippedUnits: 2 }])
      const parcels = await tried.fetched({ kind: 'parcels', ids: [order.id] })
      expect(parcels.filter(({ kind }) => kind === 'shipment')).toMatchObject([
        { shipment: { order: order.id, numbers: [op.number] } },
      ])
    })

    test('whose call may be sent again act once', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      await pass(tried, 60_000)
      const ops: Ops = { kind: 'tracking', op: await parcelFor(tried, order) }
      const [composed] = tried.channel.compose(ops, newKey)
      expectOk(await sendEach(tried, ops, composed?.call.repeatable ? 2 : 1))
      expect(numbersOf(tried, order.id)).toEqual(['3SABCD1234567'])
    })

    test('whose answer was lost are there once after another push', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      const op = await parcelFor(tried, order)
      tried.break({ kind: 'lost' })
      for (const { call } of tried.channel.compose({ kind: 'tracking', op }, newKey))
        expect((await failure(tried.during(tried.channel.write(call)))).kind).toMatch(/^(unknownOutcome|transient)$/)
      tried.break(undefined)
      await pass(tried, 60_000)
      expectOk(await tried.write({ kind: 'tracking', op }))
      expect(numbersOf(tried, order.id)).toEqual([op.number])
    })

    test('whose number was wrong carry the right one in its place', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      const wrong = await parcelFor(tried, order)
      const right = { ...wrong, number: '3SABCD7654321', replaces: [wrong.number] }
      for (const op of [wrong, right, right]) {
        expectOk(await tried.write({ kind: 'tracking', op }))
        await pass(tried, 60_000)
      }
      expect(numbersOf(tried, order.id)).toEqual([right.number])
    })

    test('that replace a number nobody was told are told as they are', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      const op = { ...(await parcelFor(tried, order)), replaces: ['3SABCD7654321'] }
      expectOk(await tried.write({ kind: 'tracking', op }))
      expect(numbersOf(tried, order.id)).toEqual([op.number])
    })

    test('of an order that is not there are refused', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 2)
      const op = { ...(await parcelFor(tried, order)), order: asId<'order'>(subject.unknown.order) }
      expect(await tried.write({ kind: 'tracking', op })).toMatchObject([{ ok: false, kind: 'rejected' }])
    })

    skilled(subject, 'partialParcels', 'of an order in two parts are two', async () => {
      const tried = trial(subject)
      const order = await readyOrder(tried, 'MUG', 3)
      const line = order.lines[0]?.id ?? asId<'line'>('')
      const first = { ...(await parcelFor(tried, order)), lines: [{ line, units: 1 }] }
      const second = { ...(await parcelFor(tried, order, '3SABCD7654321')), lines: [{ line, units: 2 }] }
      for (const op of [first, first, second]) {
        expectOk(await tried.write({ kind: 'tracking', op }))
        await pass(tried, 60_000)
      }
      expect(new Set(numbersOf(tried, order.id))).toEqual(new Set([first.number, second.number]))
      expect((await orderOf(tried, order.id)).lines).toMatchObject([{ takenUnits: 3, shippedUnits: 3 }])
    })
  })
}
