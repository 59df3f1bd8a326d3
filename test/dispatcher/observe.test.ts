/** How the shelves of a whole shop are read: by name in portions while they are few, as the shop's own list when they are many. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RawDelivery, Topic } from '../../src/channel.ts'
import { observe } from '../../src/dispatcher/observe.ts'
import { asId } from '../../src/domain.ts'
import { silentLog } from '../../src/log.ts'
import { type Books, openBooks } from '../support/books.ts'
import { facts, type ScriptChannel } from '../support/script-channel.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks()
})
afterEach(() => books.close())

const named = (n: number) => asId<'register'>(`r${String(n).padStart(4, '0')}`)

/** A shop whose shelves all show five; its own list leaves the last register out. */
async function shopWith(registers: number, polls: Topic[] = ['orders', 'stock']): Promise<ScriptChannel> {
  const shelves = (ids: readonly string[]): RawDelivery =>
    facts(
      ids.map((id) => ({ kind: 'stock', level: { register: asId<'register'>(id), availableUnits: 5 } })),
      { source: 'fetch', fetchStartedAt: books.clock.now() },
    )
  const shop = await books.connect('shop', {
    abilities: { polls },
    fetch: (wanted) => [shelves(wanted.ids)],
    async *poll() {
      const listed = Array.from({ length: registers - 1 }, (_, n) => named(n))
      for (let at = 0; at < listed.length; at += 100) yield shelves(listed.slice(at, at + 100))
    },
  })
  await books.sku('MUG')
  for (let n = 0; n < registers; n++)
    await books.listing('shop', `l${n}`, { MUG: 1 }, { register: named(n), shows: n === 0 ? 7 : 5 })
  return shop
}

const look = (channel: ScriptChannel, only?: readonly ReturnType<typeof named>[]) =>
  observe(
    {
      db: books.store.db,
      transaction: books.store.transaction,
      account: asId('shop'),
      channel,
      clock: books.clock,
      log: silentLog,
      newId: books.store.newId,
      append: books.inbox.append,
      ordersUpToNow: () => books.ledger.drain(),
      posted: books.ledger.drain,
    },
    only,
  )
const askedByName = (shop: ScriptChannel) => shop.fetched.flatMap(({ ids }) => ids)

describe('a look at every shelf', () => {
  it('asks by name while they are few', async () => {
    const shop = await shopWith(120)
    expect(await look(shop)).toMatchObject({ compared: 120, drifted: 1, unsettled: 0 })
    expect(askedByName(shop)).toHaveLength(120)
  })

  it('walks the shop when they are many, and asks by name for what the walk left out', async () => {
    const shop = await shopWith(620)
    expect(await look(shop)).toMatchObject({ compared: 620, drifted: 1, unsettled: 0 })
    expect(askedByName(shop)).toEqual([named(619)])
  })

  it('asks by name where the shop has no such list, and for a chosen few', async () => {
    const shop = await shopWith(620, ['orders'])
    await look(shop)
    expect(askedByName(shop)).toHaveLength(620)
    expect(await look(shop, [named(3)])).toMatchObject({ compared: 1 })
    expect(askedByName(shop).slice(620)).toEqual([named(3)])
  })
})
