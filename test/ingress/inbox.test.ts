import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RawDelivery } from '../../src/channel.ts'
import { systemClock } from '../../src/clock.ts'
import { asId } from '../../src/domain.ts'
import { createInbox, InboxFull } from '../../src/ingress/inbox.ts'
import type { Store } from '../../src/store/index.ts'
import { type Books, openBooks } from '../support/books.ts'

let books: Books
beforeEach(async () => {
  books = await openBooks()
})
afterEach(() => books.close())

const shop = asId<'account'>('shop')
const delivery = (key: string, body = '{}'): RawDelivery => ({ source: 'webhook', topic: 't', key, body })
const stored = async () =>
  (await books.store.db.selectFrom('inbox').select(['account', 'key']).orderBy('id').execute()).map(
    ({ account, key }) => `${account} ${key}`,
  )

/** The same store, whose transactions are counted and may be made to fail. */
function watched(options: { fails?: () => boolean } = {}): { store: Store; count: () => number } {
  let transactions = 0
  const store: Store = {
    ...books.store,
    transaction: async (work) => {
      transactions++
      if (options.fails?.()) throw new Error('The disk is full.')
      return await books.store.transaction(work)
    },
  }
  return { store, count: () => transactions }
}

describe('the inbox', () => {
  it('commits everything that waits in one turn together', async () => {
    const { store, count } = watched()
    let told = 0
    const inbox = createInbox({ store, clock: books.clock, onAppended: () => told++ })
    const ids = await Promise.all(Array.from({ length: 50 }, (_, at) => inbox.append(shop, [delivery(`k${at}`)])))
    expect(count()).toBe(1)
    expect(told).toBe(1)
    expect(new Set(ids.flat()).size).toBe(50)
    expect(inbox.waiting()).toBe(0)
  })

  it('waits a moment for those whom the last commit answered', async () => {
    const { store, count } = watched()
    const inbox = createInbox({ store, clock: systemClock, onAppended: () => undefined })
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
    /** Comes back some turns after it was answered, each sender after another number of them. */
    async function send(sender: number): Promise<void> {
      for (let n = 0; n < 20; n++) {
        for (let turns = 0; turns < sender; turns++) await turn()
        await inbox.append(shop, [delivery(`${sender}/${n}`)])
      }
    }
    await Promise.all(Array.from({ length: 16 }, (_, sender) => send(sender)))
    expect(await stored()).toHaveLength(320)
    // 20 would be one commit for every round; the first rounds find each other.
    expect(count()).toBeLessThan(60)
  })

  it('lets nobody wait for senders who do not come back', async () => {
    const { store, count } = watched()
    const inbox = createInbox({ store, clock: systemClock, onAppended: () => undefined })
    await Promise.all(Array.from({ length: 50 }, (_, at) => inbox.append(shop, [delivery(`k${at}`)])))
    const startedAt = performance.now()
    for (let n = 0; n < 50; n++) await inbox.append(shop, [delivery(`alone${n}`)])
    expect(count()).toBe(51)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  it('keeps one of two with the same key, and one of each account', async () => {
    const first = await books.inbox.append(shop, [delivery('a'), delivery('a'), delivery('b')])
    expect(first).toHaveLength(2)
    const [again, other] = await Promise.all([
      books.inbox.append(shop, [delivery('a'), delivery('c')]),
      books.inbox.append(asId('other'), [delivery('a')]),
    ])
    expect([again.length, other.length]).toEqual([1, 1])
    expect(await stored()).toEqual(['shop a', 'shop b', 'shop c', 'other a'])
  })

  it('tells nobody when nothing was new', async () => {
    let told = 0
    const inbox = createInbox({ store: books.store, clock: books.clock, onAppended: () => told++ })
    await inbox.append(shop, [delivery('a')])
    await inbox.append(shop, [delivery('a')])
    await inbox.append(shop, [])
    expect(told).toBe(1)
  })

  it('says no when too many wait, and takes the next once they are stored', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => delivery(`k${at}`))
    const first = books.inbox.append(shop, many)
    await expect(books.inbox.append(shop, [delivery('late')])).rejects.toThrow(InboxFull)
    expect(await first).toHaveLength(10_000)
    await books.clock.advance(0)
    expect(await books.inbox.append(shop, [delivery('late')])).toHaveLength(1)
  })

  it('rejects everyone whose transaction failed; who comes later is stored', async () => {
    let fails = true
    const inbox = createInbox({ store: watched({ fails: () => fails }).store, clock: books.clock, onAppended: () => 0 })
    const outcomes = await Promise.allSettled([
      inbox.append(shop, [delivery('a')]),
      inbox.append(shop, [delivery('b')]),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(inbox.waiting()).toBe(0)
    fails = false
    expect(await inbox.append(shop, [delivery('a')])).toHaveLength(1)
    expect(await stored()).toEqual(['shop a'])
  })

  it('keeps the raw text as it came', async () => {
    const body = '{"id":12345678901234567890123,"ё":"\\u0000 ☕"}'
    await books.inbox.append(shop, [delivery('a', body)])
    expect(await books.store.db.selectFrom('inbox').select('body').executeTakeFirst()).toEqual({ body })
  })
})
