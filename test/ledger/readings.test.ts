/** Small readings in the books: shelves with what the platform locks, and notices about the connection. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain.ts'
import { type Books, openBooks } from '../support/books.ts'
import { facts } from '../support/script-channel.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks()
  await books.connect('shop')
})
afterEach(() => books.close())

describe('a shelf', () => {
  const register = asId<'register'>('r')
  const shelf = () => books.store.db.selectFrom('shelf').select(['available_units', 'locked_units']).execute()

  it('keeps the units that the platform locks, and forgets them when it no longer tells', async () => {
    await books.tell('shop', { kind: 'stock', level: { register, availableUnits: 9, lockedUnits: 4 } })
    expect(await shelf()).toEqual([{ available_units: 9, locked_units: 4 }])
    await books.clock.advance(1000)
    await books.tell('shop', { kind: 'stock', level: { register, availableUnits: 9 } })
    expect(await shelf()).toEqual([{ available_units: 9, locked_units: null }])
  })
})

describe('a counter that is gone', () => {
  it('has its listings looked at again, those that the shop still had', async () => {
    await books.sku('MUG')
    for (const listing of ['a', 'b', 'c'])
      await books.listing('shop', listing, { MUG: 1 }, { register: asId('r'), shows: null })
    await books.listing('shop', 'd', { MUG: 1 })
    await books.tell('shop', { kind: 'gone', of: 'listing', id: 'c' })
    await books.tell('shop', { kind: 'gone', of: 'register', id: 'r' })
    const wanted = await books.store.db
      .selectFrom('fetch_wanted')
      .select(['kind', 'subject'])
      .orderBy('subject')
      .execute()
    expect(wanted).toEqual([
      { kind: 'listings', subject: 'a' },
      { kind: 'listings', subject: 'b' },
    ])
    const states = await books.store.db.selectFrom('listing').select('state').orderBy('listing').execute()
    expect(states.map(({ state }) => state)).toEqual(['active', 'active', 'deleted', 'active'])
  })
})

describe('a notice about the connection', () => {
  const account = () =>
    books.store.db.selectFrom('account').select(['state', 'reason', 'rev']).where('id', '=', 'shop').executeTakeFirst()
  const expiring = (message: string) => books.tell('shop', { kind: 'connection', event: 'expiring', message })

  it('is shown, and changes nothing when it is said again', async () => {
    const before = await account()
    await expiring('Soon.')
    const after = await account()
    expect(after).toMatchObject({ state: before?.state, reason: 'Soon.' })
    await expiring('Soon.')
    expect(await account()).toEqual(after)
    await expiring('Very soon.')
    expect(await account()).toMatchObject({ reason: 'Very soon.' })
  })

  it('never covers why a shop is broken', async () => {
    await books.tell('shop', { kind: 'connection', event: 'uninstalled', message: 'Removed.' })
    await expiring('Soon.')
    expect(await account()).toMatchObject({ state: 'broken', reason: 'Removed.' })
  })

  it('that the app was removed is of no concern when it is older than the connection', async () => {
    const removedAt = async (shopTime: number | undefined) => {
      const readings = [{ kind: 'connection', event: 'uninstalled', message: 'Removed.' }] as const
      await books.append('shop', [facts(readings, shopTime === undefined ? {} : { shopTime })])
      await books.ledger.drain()
      return await account()
    }
    const connectedAt = books.clock.now()
    await books.clock.advance(60_000)
    expect(await removedAt(connectedAt - 1)).toMatchObject({ state: 'active', reason: null })
    expect(await removedAt(connectedAt + 1)).toMatchObject({ state: 'broken', reason: 'Removed.' })
    await books.store.db.updateTable('account').set({ state: 'active', reason: null }).execute()
    expect(await removedAt(undefined)).toMatchObject({ state: 'broken', reason: 'Removed.' })
  })
})
