/** The battery's part on composing: pure, whole, in batches that the shop takes, and nothing impossible. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ComposedCall, Ops, StockOp } from '../../src/channel.ts'
import { asId, type RegisterId } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import { listingOf, listingsIn, type Subject, secretsOf, type Trial, trial } from './subject.ts'

const countingKeys = () => {
  let made = 0
  return () => `key-${++made}`
}

/** The kinds of stock change this connector takes. */
function kindsOf({ channel }: Trial): StockOp['kind'][] {
  const { relativeWrites, compareAndSet } = channel.abilities
  return ['set', ...(relativeWrites ? (['adjust'] as const) : []), ...(compareAndSet ? (['cas'] as const) : [])]
}

function opOf(kind: StockOp['kind'], register: RegisterId, units: number): StockOp {
  switch (kind) {
    case 'adjust':
      return { kind, register, by: units }
    case 'cas':
      return { kind, register, from: 5, to: units }
    case 'move':
      return { kind, register, by: units, from: 'available', to: 'reserved' }
    case 'set':
      return { kind, register, to: units }
  }
}

function whole(tried: Trial, composed: readonly ComposedCall[], ops: Ops, count: number): void {
  expect(composed.flatMap(({ positions }) => positions).toSorted((a, b) => a - b)).toEqual([...Array(count).keys()])
  expect(new Set(composed.map(({ call }) => call.key)).size).toBe(composed.length)
  const secrets = secretsOf(tried.credentials())
  for (const { call, positions } of composed) {
    expect(call.kind).toBe(ops.kind)
    expect(call.rows).toBe(positions.length)
    expect(call.cost).toBeGreaterThan(0)
    expect(JSON.stringify(JSON.parse(call.body)), 'canonical JSON').toBe(call.body)
    for (const secret of secrets) expect(call.body.includes(secret), 'no secret is stored with a call').toBe(false)
    if (call.kind === 'stock') expect(call.rows).toBeLessThanOrEqual(tried.channel.limits.itemsPerStockCall)
  }
}

/** Every property of it, frozen: composing must not write into what it is given. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}

export function composeBattery(subject: Subject): void {
  describe('compose', () => {
    test('puts every change into exactly one call, in batches of at most the stated size', async () => {
      const tried = trial(subject)
      for (let i = 0; i < 300; i++)
        tried.shop.addProduct({ sku: `S${i}`, title: `Thing ${i}`, price: '1.00', quantity: 1 })
      const registers = listingsIn(await tried.polled('listings')).flatMap(({ register }) => register ?? [])
      const change = fc.record({
        register: fc.constantFrom(...registers),
        kind: fc.constantFrom(...kindsOf(tried)),
        units: fc.nat(1000),
      })
      fc.assert(
        fc.property(fc.uniqueArray(change, { selector: ({ register }) => register, maxLength: 300 }), (changes) => {
          const list = changes.map(({ register, kind, units }) => opOf(kind, register, units))
          const ops: Ops = frozen({ kind: 'stock', ops: list })
          const composed = tried.channel.compose(ops, countingKeys())
          whole(tried, composed, ops, list.length)
          expect(tried.channel.compose(ops, countingKeys())).toEqual(composed)
        }),
      )
      expect(tried.channel.compose({ kind: 'stock', ops: [] }, countingKeys())).toEqual([])
    })

    test('fills its batches', async () => {
      const tried = trial(subject)
      const titles = ['One', 'Two']
      for (let i = 0; i < 120; i++)
        tried.shop.addProduct({ sku: `S${i}`, title: `Thing ${titles[i % 2]}`, price: '1.00', quantity: 1 })
      const registers = listingsIn(await tried.polled('listings')).flatMap(({ register }) => register ?? [])
      const ops = registers.map((register) => opOf('set', register, 3))
      const calls = tried.channel.compose({ kind: 'stock', ops }, countingKeys())
      const products = 4
      expect(calls.length).toBeLessThanOrEqual(
        Math.ceil(ops.length / tried.channel.limits.itemsPerStockCall) + products,
      )
    })

    const impossible = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, 1e12]
    test.each(impossible)('refuses to set %d', async (to) => {
      const tried = trial(subject)
      const { register } = await listingOf(tried, 'MUG')
      for (const kind of kindsOf(tried).filter((kind) => kind !== 'adjust')) {
        const compose = () => tried.channel.compose({ kind: 'stock', ops: [opOf(kind, register, to)] }, countingKeys())
        expect(compose, kind).toThrow(ChannelError)
        expect(compose, kind).toThrow(expect.objectContaining({ kind: 'rejected' }))
      }
    })

    test('refuses to change stock by what is no number of units', async () => {
      const tried = trial(subject)
      const { register } = await listingOf(tried, 'MUG')
      for (const by of impossible.slice(1)) {
        const ops = [opOf('adjust', register, by)]
        expect(() => tried.channel.compose({ kind: 'stock', ops }, countingKeys()), String(by)).toThrow(
          expect.objectContaining({ kind: 'rejected' }),
        )
      }
    })

    test('refuses what is no counter of this shop', async () => {
      const tried = trial(subject)
      const ops = [opOf('set', asId<'register'>('../x?y=1'), 1)]
      expect(() => tried.channel.compose({ kind: 'stock', ops }, countingKeys())).toThrow(
        expect.objectContaining({ kind: 'rejected' }),
      )
    })

    test('makes one call of an order or a parcel, equal for equal input', () => {
      const tried = trial(subject)
      const order = asId<'order'>(subject.unknown.order)
      const both: Ops[] = [
        {
          kind: 'tracking',
          op: { order, shipment: asId<'shipment'>('s1'), carrier: 'PostNL', provider: '1', number: '3SABCD1234567' },
        },
        ...(subject.cannot.cancelsOrders
          ? []
          : [{ kind: 'order', op: { kind: 'cancel', order, restock: true, reason: 'sold out' } } as const]),
      ]
      for (const ops of both) {
        const composed = tried.channel.compose(frozen(ops), countingKeys())
        whole(tried, composed, ops, 1)
        expect(tried.channel.compose(ops, countingKeys())).toEqual(composed)
      }
    })

    test('refuses a parcel without a number', () => {
      const tried = trial(subject)
      const op = {
        order: asId<'order'>(subject.unknown.order),
        shipment: asId<'shipment'>('s1'),
        carrier: 'PostNL',
        provider: '1',
        number: '  ',
      }
      expect(() => tried.channel.compose({ kind: 'tracking', op }, countingKeys())).toThrow(
        expect.objectContaining({ kind: 'rejected' }),
      )
    })
  })
}
