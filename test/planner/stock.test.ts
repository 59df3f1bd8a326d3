import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setSafetyStock } from '../../src/catalog/skus.ts'
import { asId } from '../../src/domain.ts'
import { type Books, line, listingSnapshot, openBooks, orderReading } from '../support/books.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks()
  await books.connect('shop')
  await books.connect('other')
  await books.sku('MUG', 'SPOON')
  await books.listing('shop', 'mug', { MUG: 1 })
  await books.listing('other', 'set', { MUG: 1, SPOON: 2 })
  await books.planner.sweep()
})
afterEach(() => books.close())

const targets = async () =>
  Object.fromEntries(
    (await books.intents()).map(({ subject, rev, target }) => {
      const { units, withdrawn } = target as { units: number; withdrawn?: boolean }
      return [subject, `${rev}: ${withdrawn ? 'withdrawn' : units}`]
    }),
  )
const update = (change: { entitlement: number; rev: number }, account = 'shop') =>
  books.store.db.updateTable('rights').set(change).where('account', '=', account).execute()

describe('an intent', () => {
  it('appears only when a shop must change, and grows its revision each time', async () => {
    // An empty shelf of nothing is as it should be.
    expect(await targets()).toEqual({})
    await books.receive('MUG', 5)
    await books.planner.drain()
    expect(await targets()).toEqual({ 'mug-r': '1: 5' })
    await books.planner.sweep()
    books.planner.wake([asId('MUG'), asId('SPOON')])
    await books.planner.drain()
    expect(await targets()).toEqual({ 'mug-r': '1: 5' })
    await books.receive('SPOON', 5)
    await books.planner.drain()
    expect(await targets()).toEqual({ 'mug-r': '1: 5', 'set-r': '1: 2' })
  })

  it('says again what a shelf that was found different should show', async () => {
    await books.receive('MUG', 5)
    await books.planner.drain()
    await update({ entitlement: 9, rev: 2 })
    await books.planner.sweep()
    expect((await targets())['mug-r']).toBe('2: 5')
    await books.planner.sweep()
    expect((await targets())['mug-r']).toBe('2: 5')
    const row = await books.store.db
      .selectFrom('intent')
      .select('caused_at')
      .where('subject', '=', 'mug-r')
      .executeTakeFirst()
    expect(row).toEqual({ caused_at: null })
  })

  it('goes to no shop that does not count, has dropped the listing, or computes it itself', async () => {
    for (const [id, more] of [
      ['untracked', { counting: 'untracked' }],
      ['endless', { counting: 'endless' }],
      ['derived', { counting: 'derived' }],
      ['deleted', { state: 'deleted' }],
      ['frozen', { state: 'frozen' }],
    ] as const)
      await books.listing('shop', id, { MUG: 1 }, more)
    await books.listing('shop', 'unlinked', {})
    await books.receive('MUG', 5)
    await books.planner.sweep()
    expect(Object.keys(await targets())).toEqual(['mug-r'])
  })

  it('waits for the first look at a shelf', async () => {
    await books.listing('shop', 'unseen', { MUG: 1 }, { shows: null })
    await books.receive('MUG', 5)
    await books.planner.sweep()
    expect(await targets()).not.toHaveProperty('unseen-r')
    await books.store.db
      .insertInto('rights')
      .values({
        account: 'shop',
        register: 'unseen-r',
        entitlement: 3,
        hold: 0,
        hold_until: null,
        op: null,
        pend: null,
        rev: 1,
        updated_at: 1,
      })
      .execute()
    await books.planner.sweep()
    expect(await targets()).toMatchObject({ 'unseen-r': '1: 5' })
  })
})

describe('a lost wake-up', () => {
  beforeEach(async () => {
    await books.receive('MUG', 10)
    await books.planner.sweep()
    expect(await targets()).toMatchObject({ 'mug-r': '1: 10' })
  })
  it.each<[string, () => Promise<unknown>, string]>([
    [
      'of a balance',
      () => books.store.db.updateTable('balance').set({ on_hand: 4, rev: 99 }).where('sku', '=', 'MUG').execute(),
      '2: 4',
    ],
    [
      'of a safety stock',
      () => {
        const { clock, store } = books
        return store.transaction((tx) =>
          setSafetyStock(tx, asId('MUG'), 3, { now: clock.now(), newId: store.newId, by: 'Anna' }),
        )
      },
      '2: 7',
    ],
    ['of a link', () => books.link('shop', 'mug', { MUG: 5 }), '2: 2'],
    ['of rights', () => update({ entitlement: 1, rev: 2 }), '2: 10'],
  ])('%s is found by sweeping', async (_, change, expected) => {
    await change()
    await books.planner.sweep()
    expect((await targets())['mug-r']).toBe(expected)
  })

  it('of a paused account is found when it goes on', async () => {
    const setState = (state: 'paused' | 'active') =>
      books.store.db
        .updateTable('account')
        .set((eb) => ({ state, rev: eb('rev', '+', 1) }))
        .where('id', '=', 'shop')
        .execute()
    await setState('paused')
    await books.receive('MUG', 5)
    await books.planner.sweep()
    expect((await targets())['mug-r']).toBe('1: 10')
    await setState('active')
    await books.planner.sweep()
    expect((await targets())['mug-r']).toBe('2: 15')
  })

  it('of a listing that came back is found', async () => {
    await books.tell('shop', { kind: 'gone', of: 'listing', id: 'mug' })
    await books.receive('MUG', 5)
    await books.planner.sweep()
    expect((await targets())['mug-r']).toBe('2: withdrawn')
    await books.clock.advance(1000)
    await books.tell('shop', { kind: 'listing', listing: listingSnapshot('mug', { updatedAt: 2 }) })
    await books.planner.sweep()
    expect((await targets())['mug-r']).toBe('3: 15')
  })

  it('of a listing that is gone takes back what was intended, once', async () => {
    await books.tell('shop', { kind: 'gone', of: 'listing', id: 'mug' })
    for (let i = 0; i < 3; i++) {
      await books.planner.sweep()
      await books.clock.advance(1000)
      await books.tell('shop', { kind: 'gone', of: 'listing', id: 'mug' })
    }
    expect((await targets())['mug-r']).toBe('2: withdrawn')
  })

  it('of two hundred components is worked off sweep by sweep', async () => {
    const skus = Array.from({ length: 200 }, (_, at) => `S${at}`)
    await books.sku(...skus)
    for (const sku of skus) await books.listing('other', sku, { [sku]: 1 }, { shows: 3 })
    for (let i = 0; i < 3; i++) await books.planner.sweep()
    expect(Object.keys(await targets())).toHaveLength(201)
  })
})

describe('urgency', () => {
  it('is a decrease exactly when the shop would sell more than it may', async () => {
    await books.receive('MUG', 10)
    await books.planner.drain()
    const urgency = async () =>
      (await books.store.db.selectFrom('intent').select('urgency').where('subject', '=', 'mug-r').executeTakeFirst())
        ?.urgency
    expect(await urgency()).toBe(4)
    await update({ entitlement: 10, rev: 2 })
    await books.tell('other', orderReading('1', [line('a', 'set', 1)]))
    await books.planner.drain()
    expect(await urgency()).toBe(0)
  })
})
