import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewOrderLine } from '../../src/channel.ts'
import { asId, reference } from '../../src/domain.ts'
import type { OrderTarget } from '../../src/planner/intents.ts'
import { pricedParts } from '../../src/planner/orders.ts'
import { type Books, line, openBooks, orderReading } from '../support/books.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks()
  await books.connect('shipper')
  await books.connect('seller', { fulfilledBy: 'shipper' })
  await books.sku('MUG', 'SPOON')
  await books.listing('shipper', 'sh-mug', { MUG: 1 })
  await books.listing('seller', 'mug', { MUG: 1 })
  await books.listing('seller', 'spoon', { SPOON: 1 })
  await books.listing('seller', 'set', { MUG: 1, SPOON: 3 })
})
afterEach(() => books.close())

/** Safe: the planner's own words. */
const target = async () => (await books.intents('order'))[0]?.target as OrderTarget | undefined
const rev = async () => (await books.intents('order'))[0]?.rev
const lines = async (): Promise<readonly NewOrderLine[]> => {
  const found = await target()
  return found?.kind === 'exist' ? found.op.lines : []
}
const sell = async (...given: Parameters<typeof orderReading>) => {
  await books.tell('seller', orderReading(...given))
  await books.planner.drain()
}
const sum = (all: readonly NewOrderLine[]) =>
  all.reduce((total, { units, unitPrice }) => total + units * Number(unitPrice.amount.replace('.', '')), 0)

describe('the copy of an order', () => {
  it('is wanted once the order is ready, and never before', async () => {
    for (const [at, phase] of (['draft', 'unpaid', 'on_hold'] as const).entries()) {
      await sell('1', [line('a', 'mug', 2)], { phase, updatedAt: 1000 + at })
      expect(await target()).toBeUndefined()
    }
    await sell('1', [line('a', 'mug', 2)], { updatedAt: 2000, buyerNote: 'ring twice' })
    expect(await books.intents('order')).toMatchObject([
      {
        account: 'shipper',
        subject: 'seller/1',
        rev: 1,
        target: {
          kind: 'exist',
          reference: reference(asId('seller'), asId('1')),
          op: {
            kind: 'create',
            name: '#1',
            buyerNote: 'ring twice',
            lines: [{ listing: 'sh-mug', units: 2, unitPrice: { amount: '10.00', currency: 'EUR' } }],
          },
        },
      },
    ])
    await sell('1', [line('a', 'mug', 2)], { updatedAt: 3000 })
    expect(await rev()).toBe(1)
  })

  it('is not wanted for what the platform ships, for a copy, and for a shop that ships itself', async () => {
    await sell('1', [line('a', 'mug', 1)], { fulfilment: 'platform' })
    await books.tell('shipper', orderReading('2', [line('a', 'sh-mug', 1)]))
    await books.tell('shipper', orderReading('3', [line('a', 'sh-mug', 1)], { ourReference: 'onhand:seller:9' }))
    await sell('4', [line('a', 'mug', 1, { shippedUnits: 1 })])
    expect(await target()).toBeUndefined()
  })

  it('waits while a line is linked to nothing, and goes on after linking', async () => {
    await books.listing('seller', 'new', {})
    await sell('1', [line('a', 'mug', 1), line('b', 'new', 1)])
    expect(await target()).toBeUndefined()
    await books.link('seller', 'new', { MUG: 1 })
    await books.ledger.sweep()
    await books.planner.drain()
    expect(await lines()).toMatchObject([{ units: 1 }, { units: 1 }])
  })

  it('is held with the reason when the shipping shop sells no such thing, and goes on after linking', async () => {
    await sell('1', [line('a', 'set', 2)])
    expect(await target()).toMatchObject({ kind: 'hold', reason: expect.stringContaining('SPOON') })
    await books.clock.advance(10_000)
    await books.planner.sweep()
    expect(await rev()).toBe(1)
    await books.listing('shipper', 'sh-spoon', { SPOON: 1 })
    await books.clock.advance(10_000)
    await books.planner.sweep()
    expect(await target()).toMatchObject({ kind: 'exist' })
    expect((await lines()).map(({ listing, units }) => [listing, units])).toEqual([
      ['sh-mug', 2],
      ['sh-spoon', 6],
    ])
    expect(sum(await lines())).toBe(2000)
  })

  it('that was held leaves the problems when the order is cancelled or ships without it', async () => {
    await sell('1', [line('a', 'spoon', 1)])
    expect(await target()).toMatchObject({ kind: 'hold' })
    await sell('1', [line('a', 'spoon', 0)], { phase: 'cancelled', updatedAt: 2000 })
    expect(await target()).toMatchObject({ kind: 'cancelled' })
    await sell('1', [line('a', 'spoon', 0)], { phase: 'cancelled', updatedAt: 3000 })
    expect(await rev()).toBe(2)
  })

  it('is taken back when the order is cancelled, and never made for one cancelled before', async () => {
    await sell('1', [line('a', 'mug', 1)])
    await sell('1', [line('a', 'mug', 0)], { phase: 'cancelled', updatedAt: 2000 })
    expect(await target()).toMatchObject({ kind: 'cancelled', reason: expect.stringContaining('open') })
    await sell('2', [line('a', 'mug', 0)], { phase: 'cancelled' })
    expect(await books.intents('order')).toHaveLength(1)
  })

  it('uses the same bundle of the shipping shop where it has one', async () => {
    await books.listing('shipper', 'sh-spoon', { SPOON: 1 })
    await books.listing('shipper', 'sh-set', { MUG: 1, SPOON: 3 })
    await sell('1', [line('a', 'set', 2)])
    expect(await lines()).toMatchObject([{ listing: 'sh-set', units: 2, unitPrice: { amount: '10.00' } }])
  })

  it('of a bundle that the platform takes apart costs what the buyer paid', async () => {
    await books.listing('shipper', 'sh-spoon', { SPOON: 1 })
    const components = [
      { listing: asId<'listing'>('mug'), units: 1 },
      { listing: asId<'listing'>('spoon'), units: 3 },
    ]
    await sell('1', [line('a', 'combo', 2, { components, unitPrice: { amount: '17.01', currency: 'EUR' } })])
    expect((await lines()).map(({ listing, units }) => [listing, units])).toEqual([
      ['sh-mug', 2],
      ['sh-spoon', 6],
    ])
    expect(sum(await lines())).toBe(3402)
  })
})

describe('the price of a sale over its units', () => {
  const money = fc
    .tuple(fc.nat(99_999), fc.integer({ min: 0, max: 3 }))
    .map(([minor, decimals]) =>
      decimals === 0
        ? String(minor)
        : `${Math.floor(minor / 10 ** decimals)}.${String(minor % 10 ** decimals).padStart(decimals, '0')}`,
    )
  const thousandths = (amount: string) => {
    const [whole = '0', fraction = ''] = amount.split('.')
    return BigInt(whole + fraction.padEnd(3, '0'))
  }
  it('adds up to the price, to the smallest unit, over the right number of units', () => {
    fc.assert(
      fc.property(money, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 13 }), (amount, sales, each) => {
        const priced = pricedParts(asId('l'), 'title', sales, each, { amount, currency: 'EUR' })
        const total = priced.reduce((all, row) => all + BigInt(row.units) * thousandths(row.unitPrice.amount), 0n)
        expect(total).toBe(BigInt(sales) * thousandths(amount))
        expect(priced.reduce((all, row) => all + row.units, 0)).toBe(sales * each)
        for (const row of priced) expect(row.unitPrice.amount).toMatch(/^\d+(\.\d+)?$/)
      }),
    )
  })
})
