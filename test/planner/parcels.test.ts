import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { carrierBook } from '../../mappings/index.ts'
import type { Reading } from '../../src/channel.ts'
import { asId, type ShipmentSnapshot } from '../../src/domain.ts'
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
      { rev: 1, target: { kind: 'hold', reason: expect.stringContaining('which carriers it accepts') } },
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
