import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asId, reference } from '../../src/domain.ts'
import { type Books, line, listingSnapshot, openBooks, orderReading } from '../support/books.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks()
  await books.connect('shop')
  await books.sku('MUG', 'SPOON')
  await books.listing('shop', 'mug', { MUG: 1 })
  await books.listing('shop', 'set', { MUG: 1, SPOON: 2 })
})
afterEach(() => books.close())

const head = (order = '1') =>
  books.store.db.selectFrom('order_head').selectAll().where('order_id', '=', order).executeTakeFirst()
const taken = async (register: string) =>
  (
    await books.store.db
      .selectFrom('register_count')
      .select('taken_units')
      .where('register', '=', register)
      .executeTakeFirst()
  )?.taken_units ?? 0
const kinds = async () =>
  (await books.store.db.selectFrom('movement').select(['kind', 'sku']).orderBy('id').execute()).map(
    ({ kind, sku }) => `${kind} ${sku}`,
  )

describe('an order', () => {
  it('reserves, ships and is counted on its register', async () => {
    await books.receive('MUG', 10)
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2)]))
    expect(await books.balance('MUG')).toEqual({ on_hand: 10, reserved: 2, shipped: 0 })
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2, { shippedUnits: 2 })], { updatedAt: 2000 }))
    expect(await books.balance('MUG')).toEqual({ on_hand: 8, reserved: 0, shipped: 2 })
    expect(await taken('mug-r')).toBe(2)
  })

  it('is not moved by an older version, and by an equal one only when that was fetched later', async () => {
    const at = async (updatedAt: number, fetchStartedAt: number, units: number) => {
      await books.append('shop', [
        {
          source: 'fetch',
          topic: 'facts',
          key: books.store.newId(),
          body: JSON.stringify([orderReading('1', [line('a', 'mug', units)], { updatedAt })]),
          fetchStartedAt,
        },
      ])
      await books.ledger.drain()
      return (await books.balance('MUG'))?.reserved
    }
    expect(await at(2000, 50, 3)).toBe(3)
    expect(await at(1999, 99, 9)).toBe(3)
    expect(await at(2000, 49, 9)).toBe(3)
    expect(await at(2000, 51, 4)).toBe(4)
    expect(await at(2001, 1, 1)).toBe(1)
  })

  it('ends the same whatever the order and the number of its deliveries', async () => {
    const version = fc.record({
      a: fc.integer({ min: 0, max: 3 }),
      b: fc.integer({ min: 0, max: 3 }),
      hasB: fc.boolean(),
    })
    const stories = fc
      .array(version, { minLength: 1, maxLength: 5 })
      .chain((versions) =>
        fc.tuple(
          fc.constant(versions),
          fc.array(fc.integer({ min: 0, max: versions.length - 1 }), { maxLength: 8 }),
          fc.shuffledSubarray([...versions.keys()], { minLength: versions.length }),
        ),
      )
    let number = 0
    await fc.assert(
      fc.asyncProperty(stories, async ([versions, extra, shuffled]) => {
        const before = await books.balance('MUG')
        const spoons = await books.balance('SPOON')
        const order = `o${++number}`
        for (const at of [...extra, ...shuffled]) {
          const { a, b, hasB } = versions[at] ?? { a: 0, b: 0, hasB: false }
          const lines = [line('a', 'mug', a), ...(hasB ? [line('b', 'set', b)] : [])]
          await books.tell('shop', orderReading(order, lines, { updatedAt: 1000 + at }))
        }
        const last = versions.at(-1) ?? { a: 0, b: 0, hasB: false }
        const sets = last.hasB ? last.b : 0
        const after = await books.balance('MUG')
        expect((after?.reserved ?? 0) - (before?.reserved ?? 0)).toBe(last.a + sets)
        expect(((await books.balance('SPOON'))?.reserved ?? 0) - (spoons?.reserved ?? 0)).toBe(2 * sets)
      }),
      { numRuns: 40 },
    )
    const sums = await books.sums()
    for (const sku of ['MUG', 'SPOON']) if (sums[sku]) expect(await books.balance(sku)).toMatchObject(sums[sku])
    const lines = await books.store.db.selectFrom('order_line').select(['register', 'taken_units']).execute()
    for (const register of ['mug-r', 'set-r'])
      expect(await taken(register)).toBe(
        lines.filter((row) => row.register === register).reduce((sum, row) => sum + row.taken_units, 0),
      )
  })

  it('gives back what a line held when the line is gone from it', async () => {
    await books.receive('MUG', 10)
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2), line('b', 'mug', 3)]))
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2)], { updatedAt: 2000 }))
    expect(await books.balance('MUG')).toEqual({ on_hand: 10, reserved: 2, shipped: 0 })
    expect(await taken('mug-r')).toBe(2)
  })

  it('moves its units along when a line becomes another listing', async () => {
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2)]))
    await books.tell('shop', orderReading('1', [line('a', 'set', 1)], { updatedAt: 2000 }))
    expect(await books.balance('MUG')).toMatchObject({ reserved: 1 })
    expect(await books.balance('SPOON')).toMatchObject({ reserved: 2 })
    expect([await taken('mug-r'), await taken('set-r')]).toEqual([0, 1])
  })

  it('adds up lines that share a component', async () => {
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2), line('b', 'set', 3)]))
    expect(await books.balance('MUG')).toMatchObject({ reserved: 5 })
    expect(await books.balance('SPOON')).toMatchObject({ reserved: 6 })
    await books.tell('shop', orderReading('1', [line('a', 'mug', 0), line('b', 'set', 3)], { updatedAt: 2000 }))
    expect(await books.balance('MUG')).toMatchObject({ reserved: 3 })
  })

  it('of a bundle that the platform takes apart takes the real listings', async () => {
    await books.listing('shop', 'spoon', { SPOON: 1 })
    const components = [
      { listing: asId<'listing'>('mug'), units: 1 },
      { listing: asId<'listing'>('spoon'), units: 4 },
    ]
    await books.tell('shop', orderReading('1', [line('a', 'combo', 2, { components })]))
    expect(await books.balance('MUG')).toMatchObject({ reserved: 2 })
    expect(await books.balance('SPOON')).toMatchObject({ reserved: 8 })
    expect([await taken('mug-r'), await taken('spoon-r')]).toEqual([2, 8])
    expect(await head()).toMatchObject({ unlinked_lines: 0 })
  })

  it('that the platform ships from its own warehouse takes nothing', async () => {
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2)], { fulfilment: 'platform' }))
    expect(await books.balance('MUG')).toMatchObject({ reserved: 0 })
    expect(await taken('mug-r')).toBe(0)
  })

  it('that is our copy moves no stock and asks for its parcels', async () => {
    await books.connect('seller')
    const ourReference = reference(asId('seller'), asId('77'))
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2, { shippedUnits: 2 })], { ourReference }))
    expect(await kinds()).toEqual([])
    expect(await head()).toMatchObject({ reference: ourReference })
    const wanted = await books.store.db.selectFrom('fetch_wanted').select(['kind', 'subject']).execute()
    expect(wanted).toEqual([{ kind: 'parcels', subject: '1' }])
  })

  it('that only claims to be a copy is a sale', async () => {
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2)], { ourReference: 'onhand:nobody:1' }))
    await books.tell('shop', orderReading('2', [line('a', 'mug', 1)], { ourReference: 'gift for Ann' }))
    expect(await books.balance('MUG')).toMatchObject({ reserved: 3 })
    expect(await head()).toMatchObject({ reference: null })
  })
})

describe('an order of something that is linked to nothing', () => {
  it('waits, and goes on by itself after linking', async () => {
    await books.listing('shop', 'new', {})
    await books.tell('shop', orderReading('1', [line('a', 'new', 2), line('b', 'mug', 1)]))
    expect(await head()).toMatchObject({ unlinked_lines: 1 })
    expect(await books.balance('MUG')).toMatchObject({ reserved: 1 })
    await books.link('shop', 'new', { SPOON: 3 })
    await books.ledger.sweep()
    expect(await head()).toMatchObject({ unlinked_lines: 0 })
    expect(await books.balance('SPOON')).toMatchObject({ reserved: 6 })
    expect(await books.balance('MUG')).toMatchObject({ reserved: 1 })
  })

  it('asks for a listing that the catalogue does not know, and counts it on its register as soon as that is known', async () => {
    await books.tell('shop', orderReading('1', [line('a', 'unheard', 2)]))
    const wanted = await books.store.db.selectFrom('fetch_wanted').select(['kind', 'subject']).execute()
    expect(wanted).toEqual([{ kind: 'listings', subject: 'unheard' }])
    // Its shelf is looked at once its listing is known: what was sold before must be counted by then.
    await books.tell('shop', { kind: 'listing', listing: listingSnapshot('unheard') })
    expect(await taken('unheard-r')).toBe(2)
    await books.link('shop', 'unheard', { SPOON: 1 })
    await books.ledger.sweep()
    expect(await taken('unheard-r')).toBe(2)
    expect(await books.balance('SPOON')).toMatchObject({ reserved: 2 })
  })

  it('keeps what it was linked to when the link changes later', async () => {
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2)]))
    await books.link('shop', 'mug', { SPOON: 1 })
    await books.ledger.sweep()
    await books.tell('shop', orderReading('1', [line('a', 'mug', 3)], { updatedAt: 2000 }))
    expect(await books.balance('MUG')).toMatchObject({ reserved: 3 })
    expect(await books.balance('SPOON')).toMatchObject({ reserved: 0 })
    await books.tell('shop', orderReading('2', [line('a', 'mug', 1)]))
    expect(await books.balance('SPOON')).toMatchObject({ reserved: 1 })
  })

  it('that names no product at all takes nothing', async () => {
    await books.tell('shop', orderReading('1', [line('a', undefined, 1, { takenUnits: 0 })]))
    expect(await head()).toMatchObject({ unlinked_lines: 0 })
    expect(await kinds()).toEqual([])
  })
})
