import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain.ts'
import { createLedger } from '../../src/ledger/post.ts'
import { silentLog } from '../../src/log.ts'
import { type Books, line, openBooks, orderReading } from '../support/books.ts'
import { facts } from '../support/script-channel.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks()
  await books.connect('shop')
  await books.sku('MUG')
  await books.listing('shop', 'mug', { MUG: 1 })
})
afterEach(() => books.close())

const outcomes = async () => {
  const rows = await books.store.db
    .selectFrom('reading_receipt')
    .select('outcome')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .groupBy('outcome')
    .execute()
  return Object.fromEntries(rows.map(({ outcome, n }) => [outcome, n]))
}
const parked = async () =>
  (await books.store.db.selectFrom('reading_receipt').select('reason').where('outcome', '=', 'parked').execute()).map(
    ({ reason }) => reason,
  )

const sale = (order: number) => facts([orderReading(`${order}`, [line('a', 'mug', 1)])])

describe('a bad delivery among good ones', () => {
  it.each([
    ['whose body the connector cannot even be asked about', facts([], { body: 'throw' })],
    ['that is no JSON', facts([], { body: '{"id":' })],
    ['that a book refuses', facts([{ kind: 'stock', level: { register: asId('r'), availableUnits: Number.NaN } }])],
  ])('%s is parked with a reason; the other 199 are posted', async (_, poison) => {
    const batch = Array.from({ length: 199 }, (__, at) => sale(at))
    await books.append('shop', [...batch.slice(0, 100), poison, ...batch.slice(100)])
    await books.ledger.drain()
    expect(await outcomes()).toEqual({ posted: 199, parked: 1 })
    expect((await parked())[0]).toBeTruthy()
    expect(await books.balance('MUG')).toMatchObject({ reserved: 199 })
  })

  it('posts nothing twice when a batch is taken apart', async () => {
    const { newId } = books.store
    const receive = { source: 'manual' as const, topic: 'stock', key: newId(), body: '' }
    await books.append('onhand', [
      { ...receive, body: JSON.stringify({ kind: 'receive', sku: 'MUG', units: 5, reason: 'delivery' }) },
      { ...receive, key: newId(), body: 'not json' },
      { ...receive, key: newId(), body: JSON.stringify({ kind: 'receive', sku: 'CUP', units: 5, reason: '' }) },
      { ...receive, key: newId(), body: JSON.stringify({ kind: 'burn', sku: 'MUG' }) },
    ])
    await books.ledger.drain()
    await books.ledger.sweep()
    expect(await books.balance('MUG')).toMatchObject({ on_hand: 5 })
    expect(await outcomes()).toEqual({ posted: 1, parked: 3 })
    expect(await parked()).toContain('There is no sku CUP.')
  })

  it('of an account that nobody knows is parked', async () => {
    await books.append('stranger', [sale(1)])
    await books.append('shop', [sale(2)])
    await books.ledger.drain()
    expect(await outcomes()).toEqual({ posted: 1, parked: 1 })
    expect(await parked()).toEqual(['No shop is connected as stranger.'])
  })

  it('of an account that cannot be opened does not hold up the others', async () => {
    await books.append('locked', [sale(1)])
    await books.append('shop', [sale(2)])
    const ledger = createLedger({
      store: books.store,
      clock: books.clock,
      log: silentLog,
      channel: async (id) => {
        if (id === 'locked') throw new Error('Sealed under another SECRET_KEY.')
        return books.channels.get(id)
      },
      onPosted: () => undefined,
    })
    await ledger.drain()
    expect(await outcomes()).toEqual({ posted: 1, parked: 1 })
    expect(await parked()).toEqual(['Sealed under another SECRET_KEY.'])
  })
})

describe('what else a delivery may mean', () => {
  it('an order that the shop no longer has keeps its units and is a problem', async () => {
    await books.tell('shop', orderReading('1', [line('a', 'mug', 2)]))
    await books.tell('shop', { kind: 'gone', of: 'order', id: '1' })
    expect(await books.balance('MUG')).toMatchObject({ reserved: 2 })
    expect((await parked())[0]).toContain('order 1')
  })

  it('a shelf keeps the newest reading', async () => {
    const level = (availableUnits: number, fetchStartedAt: number) =>
      facts([{ kind: 'stock', level: { register: asId('mug-r'), availableUnits } }], { fetchStartedAt })
    await books.append('shop', [level(5, 100), level(9, 50), level(4, 101)])
    await books.ledger.drain()
    const shelf = await books.store.db.selectFrom('shelf').select('available_units').executeTakeFirst()
    expect(shelf).toEqual({ available_units: 4 })
  })

  it('an uninstalled app breaks its account, with the reason', async () => {
    await books.tell('shop', { kind: 'connection', event: 'uninstalled', message: 'The app was removed.' })
    const account = await books.store.db.selectFrom('account').select(['state', 'reason', 'rev']).executeTakeFirst()
    expect(account).toEqual({ state: 'broken', reason: 'The app was removed.', rev: 2 })
  })

  it('what is ignored is only counted', async () => {
    await books.tell('shop', { kind: 'ignored', reason: 'a theme change' })
    await books.tell('shop', { kind: 'unreadable', reason: 'no id' })
    expect(await outcomes()).toEqual({ ignored: 1, parked: 1 })
    expect(await parked()).toEqual(['no id'])
  })

  it('a hint that comes twice is one question with a newer revision', async () => {
    const hint = { kind: 'hint', wanted: { kind: 'orders', ids: [asId<'order'>('9')] } } as const
    await books.tell('shop', hint)
    await books.tell('shop', hint)
    const rows = await books.store.db.selectFrom('fetch_wanted').select(['subject', 'rev']).execute()
    expect(rows).toEqual([{ subject: '9', rev: 2 }])
  })
})

describe('the loop', () => {
  it('reads a delivery that arrives while it runs', async () => {
    await books.append('shop', [sale(1)])
    const running = books.ledger.drain()
    await books.append('shop', [sale(2)])
    await books.ledger.drain()
    await running
    expect(await outcomes()).toEqual({ posted: 2 })
  })

  it('finds by sweeping what another process committed with an earlier id', async () => {
    const early = books.store.newId()
    await books.append('shop', [sale(1)])
    await books.ledger.drain()
    const { source, topic, key, body } = sale(2)
    await books.store.db
      .insertInto('inbox')
      .values({
        id: early,
        account: 'shop',
        source,
        topic,
        key,
        body,
        shop_time: null,
        fetch_started_at: null,
        received_at: 1,
      })
      .execute()
    await books.ledger.drain()
    expect(await outcomes()).toEqual({ posted: 1 })
    await books.ledger.sweep()
    expect(await outcomes()).toEqual({ posted: 2 })
  })
})
