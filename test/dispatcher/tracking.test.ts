import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Call, CallResult } from '../../src/channel.ts'
import { asId } from '../../src/domain.ts'
import { ChannelError, type ChannelErrorKind } from '../../src/errors.ts'
import { type Books, openBooks, orderReading } from '../support/books.ts'
import { accepted, type ScriptChannel, said } from '../support/script-channel.ts'

let books: Books
let seller: ScriptChannel
let write: (call: Call) => CallResult
let refusesToCompose: boolean

beforeEach(async () => {
  write = accepted
  refusesToCompose = false
  books = await openBooks({
    carriers: {
      carriers: [{ id: 'postnl', title: 'PostNL', spellings: ['PostNL'], names: {}, formats: [], open: true }],
      refusals: [],
    },
  })
  await books.connect('shipper')
  seller = await books.connect('seller', {
    fulfilledBy: 'shipper',
    write: (call) => write(call),
    check: () => {
      if (refusesToCompose) throw new Error('The number has a letter too many.')
    },
  })
  await books.tell('seller', orderReading('7', []))
  await books.tell('shipper', orderReading('copy', [], { ourReference: 'onhand:seller:7' }))
})
afterEach(() => books.close())

async function ship(carrier = 'PostNL', updatedAt = 1000): Promise<void> {
  await books.tell('shipper', {
    kind: 'shipment',
    shipment: {
      id: asId('p'),
      order: asId('copy'),
      updatedAt,
      cancelled: false,
      carrier,
      numbers: ['3SABC12'],
      lines: [],
    },
  })
  await books.run(books.lane('seller'), 5000)
}
const receipt = () => books.receipt('shipper/p')

describe('a tracking number', () => {
  it('is pushed once', async () => {
    await ship()
    expect(seller.calls.map(said)).toEqual([{ order: '7', shipment: 'p', carrier: 'PostNL', number: '3SABC12' }])
    expect(await receipt()).toMatchObject({ state: 'done' })
  })

  it('that is held is parked with its reason, and goes on once corrected', async () => {
    await ship('Pigeon')
    expect(seller.calls).toEqual([])
    expect(await receipt()).toMatchObject({ state: 'parked', reason: expect.stringContaining('Pigeon') })
    await ship('PostNL', 2000)
    expect(await receipt()).toMatchObject({ state: 'done' })
  })

  it.each(['transient', 'throttled', 'auth', 'unknownOutcome'] as const)('is pushed again after %s', async (kind) => {
    let first = true
    write = (call) => {
      if (!first) return accepted(call)
      first = false
      throw new ChannelError(kind, 'Not now.', { retryAfterMs: 500 })
    }
    await ship()
    expect(seller.calls).toHaveLength(2)
    expect(await receipt()).toMatchObject({ state: 'done' })
  })

  it.each<[string, () => CallResult]>([
    [
      'whole',
      () => {
        throw new ChannelError('rejected' satisfies ChannelErrorKind, 'Unknown number. (N1)')
      },
    ],
    ['row', () => ({ rows: [{ ok: false, kind: 'rejected', code: 'N1', message: 'Unknown number.' }] })],
  ])('that the shop refuses (%s) is parked', async (_, answer) => {
    write = answer
    await ship()
    expect(seller.calls).toHaveLength(1)
    expect(await receipt()).toMatchObject({ state: 'parked', reason: 'Unknown number. (N1)' })
  })

  it('that the connector refuses is parked', async () => {
    refusesToCompose = true
    await ship()
    expect(await receipt()).toMatchObject({ state: 'parked', reason: 'The number has a letter too many.' })
  })
})
