import { afterEach, beforeEach, expect, it } from 'vitest'
import { nextRound } from '../../src/dispatcher/rounds.ts'
import { asId } from '../../src/domain.ts'
import { type Books, line, openBooks, orderReading } from '../support/books.ts'

const account = asId<'account'>('shop')
const hour = 3_600_000
let books: Books
beforeEach(async () => {
  books = await openBooks()
  await books.connect('shop')
  await books.sku('MUG', 'CUP')
  await books.listing('shop', 'mug', { MUG: 1 }, { shows: 5 })
  await books.listing('shop', 'cup', { CUP: 1 }, { shows: 5 })
  await seen('mug-r', 'cup-r')
})
afterEach(() => books.close())

/** Their shelves were read now. */
const seen = async (...registers: string[]) => {
  for (const register of registers)
    await books.tell('shop', { kind: 'stock', level: { register: asId(register), availableUnits: 5 } })
}
const round = (isBusy: boolean) => nextRound(books.store.db, account, books.clock.now(), isBusy)

it('a small shop is looked at whole when it is quiet', async () => {
  expect(await round(false)).toEqual({ kind: 'all' })
})

it('a busy round looks where something was sold since the last look, and nowhere else', async () => {
  await books.clock.advance(1000)
  await seen('mug-r', 'cup-r')
  expect(await round(true)).toEqual({ kind: 'some', registers: [] })
  await books.clock.advance(1000)
  await books.tell('shop', orderReading('1', [line('a', 'mug', 1)]))
  expect(await round(true)).toEqual({ kind: 'some', registers: ['mug-r'] })
  await books.clock.advance(1000)
  await seen('mug-r')
  expect(await round(true)).toEqual({ kind: 'some', registers: [] })
})

it('every shelf has its turn once a day', async () => {
  await books.clock.advance(1000)
  await seen('mug-r', 'cup-r')
  await books.clock.advance(25 * hour)
  await seen('mug-r')
  expect(await round(true)).toEqual({ kind: 'some', registers: ['cup-r'] })
})

it('a large shop whose every shelf has waited a day is walked through', async () => {
  const names = Array.from({ length: 600 }, (_, at) => `S${at}`)
  await books.sku(...names)
  for (const name of names) await books.listing('shop', name, { [name]: 1 }, { shows: 0 })
  expect(await round(false)).toEqual({ kind: 'all' })
})
