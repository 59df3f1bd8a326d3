import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { carrierBook } from '../../mappings/index.ts'
import type { Reading } from '../../src/channel.ts'
import { asId, type ShipmentSnapshot } from '../../src/domain.ts'
import { PEOPLE } from '../../src/ledger/manual.ts'
import { type Books, line, openBooks, orderReading } from '../support/books.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks({ carriers: carrierBook })
  await books.connect('shipper')
  await books.connect('seller', { fulfilledBy: 'shipper' })
  await books.tell('seller', orderReading('7', []))
  await books.tell('shipper', orderReading('copy', [], { ourReference: 'onhand:seller:7' }))
})
afterEach(() => books.close())

const parcel = (more: Partial<ShipmentSnapshot> = {}): Reading => ({
  kind: 'shipment',
  shipment: {
    id: asId('p1'),
    order: asId('copy'),
    updatedAt: 1000,
    cancelled: false,
    carrier: 'Post NL',
    numbers: ['3SABCD1234567'],
    lines: [],
    ...more,
  },
})
const ship = async (more: Partial<ShipmentSnapshot> = {}) => {
  await books.tell('shipper', parcel(more))
  await books.planner.drain()
}
const tracking = () => books.intents('tracking')

describe('a parcel', () => {
  it('goes to the shop that sold it, in its own spelling of the carrier', async () => {
    await ship({ url: 'https://track.example/3SABC' })
    expect(await tracking()).toEqual([
      {
        account: 'seller',
        subject: 'shipper/p1',
        rev: 1,
        target: {
          kind: 'push',
          op: {
            order: '7',
            shipment: 'p1',
            carrier: 'PostNL',
            number: '3SABCD1234567',
            url: 'https://track.example/3SABC',
          },
        },
      },
    ])
  })

  it('is told once, however often the shop tells of it; another number is told again', async () => {
    await ship()
    await ship({ updatedAt: 2000 })
    await ship({ updatedAt: 3000, lines: [{ line: asId('a'), units: 1 }] })
    expect(await tracking()).toMatchObject([{ rev: 1 }])
    await ship({ updatedAt: 4000, numbers: ['3SABCD7654321'] })
    expect(await tracking()).toMatchObject([{ rev: 2, target: { op: { number: '3SABCD7654321' } } }])
  })

  it('without a number waits for one', async () => {
    await ship({ numbers: [] })
    expect(await tracking()).toEqual([])
    await ship({ updatedAt: 2000 })
    expect(await tracking()).toMatchObject([{ target: { kind: 'push' } }])
  })

  it('that was cancelled is not told of', async () => {
    await ship({ cancelled: true })
    expect(await tracking()).toEqual([])
  })

  it('of an order that is no copy is nobody else’s business', async () => {
    await books.tell('shipper', orderReading('own', [line('a', 'x', 1)]))
    await ship({ order: asId('own') })
    await books.clock.advance(5000)
    await books.planner.sweep()
    expect(await tracking()).toEqual([])
  })

  it('that is seen before its order waits for it', async () => {
    await ship({ order: asId('later') })
    expect(await tracking()).toEqual([])
    await books.tell('shipper', orderReading('later', [], { ourReference: 'onhand:seller:7' }))
    await books.clock.advance(1000)
    await books.planner.sweep()
    expect(await tracking()).toMatchObject([{ target: { op: { order: '7' } } }])
  })

  it.each([
    ['names no carrier', { carrier: undefined, numbers: ['05212345678901'] }, 'names no carrier'],
    ['names a carrier nobody knows', { carrier: 'Pigeon' }, '"Pigeon"'],
  ])('that %s is held with the reason, and goes on once corrected', async (_, more, reason) => {
    await ship(more)
    expect(await tracking()).toMatchObject([
      { rev: 1, target: { kind: 'hold', reason: expect.stringContaining(reason) } },
    ])
    await ship({ ...more, updatedAt: 2000 })
    expect(await tracking()).toMatchObject([{ rev: 1 }])
    await ship({ updatedAt: 3000 })
    expect(await tracking()).toMatchObject([{ rev: 2, target: { kind: 'push' } }])
  })
})

describe('a shop with a list of carriers of its own', () => {
  const providers = (names: readonly string[]): Reading => ({
    kind: 'providers',
    deliveryOption: 'standard',
    providers: names.map((name, at) => ({ id: `id-${at}`, name })),
  })
  beforeEach(async () => {
    await books.tell('seller', orderReading('7', [], { deliveryOption: 'standard', updatedAt: 2000 }))
  })

  it('gets the id from it; the parcel waits until the list is there', async () => {
    await ship()
    expect(await tracking()).toEqual([])
    await books.tell('seller', providers(['DHL', 'PostNL 3S', 'UPS']))
    await books.clock.advance(1000)
    await books.planner.sweep()
    expect(await tracking()).toMatchObject([{ target: { kind: 'push', op: { provider: 'id-1' } } }])
  })

  it('that never comes is told to a person after ten minutes; the parcel goes on when it does come', async () => {
    await ship()
    await books.clock.advance(11 * 60_000)
    await books.planner.sweep()
    expect(await tracking()).toMatchObject([
      { rev: 1, target: { kind: 'hold', reason: expect.stringContaining('not which carriers it accepts') } },
    ])
    await books.clock.advance(60_000)
    await books.planner.sweep()
    expect(await tracking()).toMatchObject([{ rev: 1 }])
    await books.tell('seller', providers(['PostNL 3S']))
    await books.clock.advance(2000)
    await books.planner.sweep()
    expect(await tracking()).toMatchObject([{ rev: 2, target: { kind: 'push' } }])
  })

  it('that does not have the carrier holds the parcel', async () => {
    await books.tell('seller', providers(['DHL']))
    await ship()
    expect(await tracking()).toMatchObject([
      { target: { kind: 'hold', reason: expect.stringContaining('has no PostNL') } },
    ])
  })
})

const hold = (reason: string) => ({ kind: 'hold', reason: expect.stringContaining(reason) })
const targets = async () =>
  Object.fromEntries((await tracking()).map(({ subject, target }) => [subject.replace('shipper/', ''), target]))
const look = async (afterMs: number) => {
  await books.clock.advance(afterMs)
  await books.planner.sweep()
}
const minutes = 60_000

describe('a doubtful parcel', () => {
  const second = async (more: Partial<ShipmentSnapshot> = {}) => {
    await books.tell('seller', orderReading('8', []))
    await books.tell('shipper', orderReading('copy8', [], { ourReference: 'onhand:seller:8' }))
    await books.clock.advance(1)
    await ship({ id: asId('p2'), order: asId('copy8'), ...more })
  }

  it('with spaces, dashes and small letters is told as carriers print it', async () => {
    await ship({ numbers: [' 3s abcd-1234567 '] })
    expect(await targets()).toMatchObject({ p1: { kind: 'push', op: { number: '3SABCD1234567' } } })
  })

  it('with the number of another order is held and names it, however the number is written', async () => {
    await ship()
    await second({ numbers: ['3sabcd 1234567'] })
    expect(await targets()).toMatchObject({
      p1: { kind: 'push' },
      p2: hold('already used for order #7 of seller.'),
    })
  })

  it('gets the number once the other parcel is called back or corrected', async () => {
    await ship()
    await second()
    await ship({ updatedAt: 2000, numbers: ['3SABCD7654321'] })
    await look(2 * minutes)
    expect(await targets()).toMatchObject({ p2: { kind: 'push', op: { number: '3SABCD1234567' } } })
  })

  it('that shares its number with another one of the same order is held', async () => {
    await ship()
    await books.clock.advance(1)
    await ship({ id: asId('p2') })
    expect(await targets()).toMatchObject({ p1: { kind: 'push' }, p2: hold('another parcel of the same order (p1)') })
  })

  it('that is older than the order is held', async () => {
    const day = 24 * 3600_000
    await books.tell('seller', orderReading('7', [], { createdAt: 2 * day, updatedAt: 2 * day }))
    await ship({ updatedAt: day })
    expect(await targets()).toMatchObject({ p1: hold('before order #7 was placed') })
  })

  it('of an order that was cancelled is held; of one on hold it is told when that ends', async () => {
    await books.tell('seller', orderReading('7', [], { phase: 'on_hold', updatedAt: 2000 }))
    await ship()
    expect(await targets()).toMatchObject({ p1: hold('must not be shipped yet (on hold)') })
    await books.tell('seller', orderReading('7', [], { phase: 'ready', updatedAt: 3000 }))
    await look(2 * minutes)
    expect(await targets()).toMatchObject({ p1: { kind: 'push' } })

    await books.tell('seller', orderReading('7', [], { phase: 'cancelled', updatedAt: 4000 }))
    await ship({ updatedAt: 5000, numbers: ['3SABCD7654321'] })
    expect(await targets()).toMatchObject({ p1: hold('#7 was cancelled in the shop that took it') })
  })

  it('of an order with the platform’s label is held, unless its number is the platform’s own', async () => {
    await books.tell('seller', orderReading('7', [], { fulfilment: 'platform_label', updatedAt: 2000 }))
    await ship()
    expect(await targets()).toMatchObject({ p1: hold('a label and a number by the platform') })
    const own: ShipmentSnapshot = {
      id: asId('their-1'),
      order: asId('7'),
      updatedAt: 2000,
      cancelled: false,
      numbers: ['3SABCD1234567'],
      lines: [],
    }
    await books.tell('seller', { kind: 'shipment', shipment: own })
    await look(2 * minutes)
    expect(await targets()).toMatchObject({ p1: { kind: 'withdrawn' } })
  })

  it('that leaves without a number is told to a person after three hours, and told once it has one', async () => {
    await ship({ numbers: [] })
    await look(179 * minutes)
    expect(await tracking()).toEqual([])
    await look(2 * minutes)
    expect(await targets()).toMatchObject({ p1: hold('left without a tracking number') })
    await ship({ updatedAt: 2000 })
    expect(await targets()).toMatchObject({ p1: { kind: 'push' } })
  })

  it('goes on a person’s word, which counts for that number alone and is kept as a delivery', async () => {
    await ship({ numbers: ['ABCD1234567'] })
    expect(await targets()).toMatchObject({ p1: hold('push it anyway, saying why') })
    const said = { number: 'ABCD1234567', by: 'Anna', reason: 'The carrier confirmed it.' }
    const entry = { kind: 'push-anyway', account: 'shipper', shipment: 'p1', ...said }
    await books.append(PEOPLE, [{ source: 'manual', topic: 'parcel', key: 'k1', body: JSON.stringify(entry) }])
    await books.ledger.drain()
    await books.planner.drain()
    expect(await targets()).toMatchObject({ p1: { kind: 'push', op: { number: 'ABCD1234567', carrier: 'PostNL' } } })
    const { terms } = await books.store.db.selectFrom('intent').select('terms').executeTakeFirstOrThrow()
    expect(JSON.parse(terms)).toMatchObject({ notes: [{ code: 'format' }], confirmed: said })

    await ship({ updatedAt: 2000, numbers: ['ABCD7654321'] })
    expect(await targets()).toMatchObject({ p1: hold('ABCD7654321') })
  })

  it('that nobody knows cannot be confirmed', async () => {
    const entry = { kind: 'push-anyway', account: 'shipper', shipment: 'p9', number: 'A1', by: 'Anna', reason: 'Yes.' }
    await books.append(PEOPLE, [{ source: 'manual', topic: 'parcel', key: 'k1', body: JSON.stringify(entry) }])
    await books.ledger.drain()
    const receipts = await books.store.db.selectFrom('reading_receipt').select(['outcome', 'reason']).execute()
    expect(receipts).toContainEqual({ outcome: 'parked', reason: 'There is no parcel p9 of shipper.' })
  })
})

describe('a parcel that was told', () => {
  it('and is called back is a problem, until another one takes its place under its own number', async () => {
    await ship()
    await ship({ updatedAt: 2000, cancelled: true })
    expect(await targets()).toMatchObject({ p1: hold('was called back by the shop that ships, after seller was told') })
    await books.clock.advance(1000)
    await ship({ id: asId('p2'), updatedAt: 3000, numbers: ['3SABCD7654321'] })
    await look(2 * minutes)
    expect(await targets()).toMatchObject({
      p1: { kind: 'withdrawn', told: '3SABCD1234567' },
      p2: { kind: 'push', op: { number: '3SABCD7654321', replaces: ['3SABCD1234567'] } },
    })
    const before = await tracking()
    await look(5 * minutes)
    expect(await tracking()).toEqual(before)
  })

  it('and gets another number corrects the old one, also after a doubtful number in between', async () => {
    await ship()
    await ship({ updatedAt: 2000, numbers: ['3SWRONG'] })
    expect(await targets()).toMatchObject({ p1: hold('3SWRONG') })
    await ship({ updatedAt: 3000, numbers: ['3SABCD7654321'] })
    expect(await targets()).toMatchObject({
      p1: { op: { number: '3SABCD7654321', replaces: ['3SABCD1234567'] } },
    })
  })

  it('and loses its number is a problem', async () => {
    await ship()
    await ship({ updatedAt: 2000, numbers: ['3SWRONG'] })
    await ship({ updatedAt: 3000, numbers: [] })
    expect(await targets()).toMatchObject({ p1: hold('has no number any more; seller was told 3SABCD1234567') })
  })

  it('is not doubted again when what the shop accepts has changed', async () => {
    const list = (...names: string[]): Reading => ({
      kind: 'providers',
      deliveryOption: 'standard',
      providers: names.map((name, at) => ({ id: `id-${at}`, name })),
    })
    await books.tell('seller', orderReading('7', [], { deliveryOption: 'standard', updatedAt: 2000 }), list('PostNL'))
    await ship()
    await books.tell('seller', list('DPD'))
    await ship({ updatedAt: 3000 })
    expect(await tracking()).toMatchObject([{ rev: 1, target: { kind: 'push', op: { provider: 'id-0' } } }])
    await ship({ updatedAt: 4000, numbers: ['3SABCD7654321'] })
    expect(await targets()).toMatchObject({ p1: hold('has no PostNL') })
  })

  it('was never told when it is called back before: nobody has to do anything', async () => {
    await ship({ numbers: ['3SWRONG'] })
    await ship({ updatedAt: 2000, numbers: ['3SWRONG'], cancelled: true })
    expect(await targets()).toMatchObject({ p1: { kind: 'withdrawn' } })
  })
})

describe('several parcels of one order', () => {
  const numbers = ['3SABCD0000001', '3SABCD0000002', '3SABCD0000003']
  /** Two mugs and a set of a mug and two spoons, packed as three mugs and two spoons. */
  beforeEach(async () => {
    await books.sku('MUG', 'SPOON')
    await books.listing('seller', 'mug', { MUG: 1 })
    await books.listing('seller', 'set', { MUG: 1, SPOON: 2 })
    await books.listing('shipper', 'mugs', { MUG: 1 })
    await books.listing('shipper', 'spoons', { SPOON: 1 })
    const sold = [line('m', 'mug', 2), line('s', 'set', 1)]
    await books.tell('seller', orderReading('9', sold, { updatedAt: 2000 }))
    const packed = [line('a', 'mugs', 3), line('b', 'spoons', 2)]
    await books.tell('shipper', orderReading('copy9', packed, { ourReference: 'onhand:seller:9' }))
  })
  const parts = async (...contents: readonly Readonly<Record<string, number>>[]) => {
    for (const [at, content] of contents.entries()) {
      await books.clock.advance(1)
      const lines = Object.entries(content).map(([id, units]) => ({ line: asId<'line'>(id), units }))
      await ship({ id: asId(`p${at + 1}`), order: asId('copy9'), numbers: [numbers[at] ?? ''], lines })
    }
    return await targets()
  }
  const told = (...lines: readonly { line: string; units: number }[]) => ({ kind: 'push', op: { lines } })

  it('each name their own units', async () => {
    expect(await parts({ a: 1 }, { a: 1 }, { a: 1, b: 2 })).toMatchObject({
      p1: told({ line: 'm', units: 1 }),
      p2: told({ line: 'm', units: 1 }),
      p3: told({ line: 's', units: 1 }),
    })
  })

  it('that hold everything name no units', async () => {
    const { p1 } = await parts({ a: 3, b: 2 })
    expect(p1).toMatchObject({ kind: 'push', op: { number: numbers[0] } })
    expect(p1).not.toHaveProperty('op.lines')
  })

  it('tell a unit with the first of its parts; what is only the rest of it is held where people see it', async () => {
    expect(await parts({ a: 3 }, { b: 2 })).toMatchObject({
      p1: { kind: 'push', op: { number: numbers[0] } },
      p2: hold('one more of order #9'),
    })
  })

  it('are shared out anew when one is called back', async () => {
    await parts({ a: 1 }, { a: 2, b: 2 })
    await ship({
      id: asId('p1'),
      order: asId('copy9'),
      numbers: [numbers[0] ?? ''],
      lines: [{ line: asId('a'), units: 1 }],
      cancelled: true,
      updatedAt: 3000,
    })
    await look(2 * minutes)
    const { p1, p2 } = await targets()
    expect(p1).toMatchObject({ kind: 'withdrawn' })
    expect(p2).toMatchObject({ kind: 'push', op: { replaces: [numbers[0]] } })
  })

  it('of which nobody says what is in them: the first stands for the order, the others are held', async () => {
    expect(await parts({}, {})).toMatchObject({ p1: { kind: 'push' }, p2: hold('one more of order #9') })
  })
})
