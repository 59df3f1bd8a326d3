import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { addSku } from '../../src/catalog/skus.ts'
import type { Channel } from '../../src/channel.ts'
import { asId, type OrderSnapshot } from '../../src/domain.ts'
import { createInbox } from '../../src/ingress/inbox.ts'
import { PEOPLE } from '../../src/ledger/manual.ts'
import { type OrderContext, postOrder } from '../../src/ledger/orders.ts'
import { createLedger } from '../../src/ledger/post.ts'
import { createLog } from '../../src/log.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import type { Store } from '../../src/store/index.ts'
import { openAt, storeBattery } from '../contract/store.ts'
import { onPostgresOnly } from '../support/databases.ts'
import { facts, scriptChannel } from '../support/script-channel.ts'

describe('a PostgreSQL that cannot be reached', () => {
  it.each([
    ['postgres://ann:secret@127.0.0.1:1/shop', /nothing listens at 127\.0\.0\.1:1\. Start PostgreSQL there/],
    ['postgres://ann:secret@no-such-host.invalid/shop', /no-such-host\.invalid:5432/],
    ['postgres://ann:secret@@/', /DATABASE_URL cannot be read/],
    ['mysql://ann:secret@127.0.0.1/shop', /must start with sqlite: or postgres:\/\//],
  ])('%s is told in words, without the password', async (url, words) => {
    const told = await openAt(url).catch((error: unknown) => (error instanceof Error ? error.message : ''))
    expect(told).toMatch(words)
    expect(told).not.toContain('secret')
  })
})

onPostgresOnly((fresh) => {
  storeBattery('the battery', fresh)

  const stores: Store[] = []
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })
  /** Two stores on one database behave as two processes do: nothing but the database is between them. */
  async function openTwo(): Promise<[Store, Store]> {
    const url = await fresh()
    const two: [Store, Store] = [await openAt(url), await openAt(url)]
    stores.push(...two)
    for (const sku of ['A', 'B']) await two[0].transaction((tx) => addSku(tx, { sku: asId(sku), title: sku }, 1))
    return two
  }

  it('a database that does not exist is told with how to make it', async () => {
    const url = new URL(await fresh())
    url.pathname = '/onhand_test_nowhere'
    await expect(openAt(url.href)).rejects.toThrow(/no database onhand_test_nowhere.*createdb onhand_test_nowhere/)
  })

  it('every connection says whose it is and gives up in time', async () => {
    const [{ db }] = await openTwo()
    const shown = await sql<Record<string, string>>`select current_setting('application_name') as name,
      current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as pause`.execute(db)
    expect(shown.rows).toEqual([{ name: 'onhand', statement: '30s', pause: '30s' }])
  })

  it('a deadlock between two processes is undone and done again', async () => {
    const [one, two] = await openTwo()
    const both = meeting(2)
    const move = (store: Store, first: string, second: string) => {
      let tries = 0
      return store.transaction(async (tx) => {
        tries++
        const add = (sku: string) =>
          tx
            .updateTable('balance')
            .set((eb) => ({ on_hand: eb('on_hand', '+', 1) }))
            .where('sku', '=', sku)
            .execute()
        await add(first)
        if (tries === 1) await both()
        await add(second)
        return tries
      })
    }
    const tries = await Promise.all([move(one, 'A', 'B'), move(two, 'B', 'A')])
    expect(Math.max(...tries)).toBeGreaterThan(1)
    expect(await one.db.selectFrom('balance').select(['sku', 'on_hand']).orderBy('sku').execute()).toEqual([
      { sku: 'A', on_hand: 2 },
      { sku: 'B', on_hand: 2 },
    ])
  })

  it('a reader sees nothing of a transaction that is under way, and is not held up by it', async () => {
    const [one] = await openTwo()
    const seen = await one.transaction(async (tx) => {
      await tx.updateTable('balance').set({ on_hand: 7 }).execute()
      return await one.db.selectFrom('balance').select('on_hand').distinct().execute()
    })
    expect(seen).toEqual([{ on_hand: 0 }])
  })

  function ledgerOf(store: Store, channels: ReadonlyMap<string, Channel> = new Map()) {
    const clock = virtualClock()
    return createLedger({
      store,
      clock,
      log: createLog(() => undefined, clock.now),
      channel: async (id) => channels.get(id),
      onPosted: () => undefined,
    })
  }

  const inboxOf = (store: Store) => createInbox({ store, clock: virtualClock(), onAppended: () => undefined })

  it('two processes that read the same entries post each once', async () => {
    const [one, two] = await openTwo()
    const entries = Array.from({ length: 300 }, (_, i) => ({
      source: 'manual' as const,
      topic: 'stock',
      key: `${i}`,
      body: JSON.stringify({ kind: 'receive', sku: i % 2 ? 'A' : 'B', units: 1, reason: '' }),
    }))
    await inboxOf(one).append(PEOPLE, entries)
    await Promise.all([one, two].map((store) => ledgerOf(store).drain()))
    expect(await one.db.selectFrom('balance').select(['sku', 'on_hand']).orderBy('sku').execute()).toEqual([
      { sku: 'A', on_hand: 150 },
      { sku: 'B', on_hand: 150 },
    ])
    const receipts = await one.db.selectFrom('reading_receipt').select('outcome').distinct().execute()
    expect(receipts).toEqual([{ outcome: 'posted' }])
  })

  async function linkL1({ db }: Store): Promise<void> {
    await db
      .insertInto('listing')
      .values({
        account: 'shop',
        listing: 'l1',
        register: 'r1',
        register_group: null,
        title: 'A',
        sku_text: null,
        gtin: null,
        state: 'active',
        counting: 'counted',
        shop_updated_at: 1,
        seen_at: 1,
      })
      .execute()
    await db
      .insertInto('link')
      .values({ account: 'shop', listing: 'l1', merchant: 'main', sku: 'A', units: 2, rev: 1, updated_at: 1 })
      .execute()
  }

  async function taken({ db }: Store) {
    const balance = await db.selectFrom('balance').select('reserved').where('sku', '=', 'A').executeTakeFirstOrThrow()
    const register = await db.selectFrom('register_count').select('taken_units').executeTakeFirstOrThrow()
    return { reserved: balance.reserved, taken: register.taken_units }
  }

  it('two processes that read the same orders reserve their units once', async () => {
    const [one, two] = await openTwo()
    await linkL1(one)
    const channels = new Map([['shop', scriptChannel('shop')]])
    const told = Array.from({ length: 40 }, (_, i) => facts([{ kind: 'order', order: orderOf(`${i}`) }]))
    await inboxOf(one).append(asId('shop'), told)
    await Promise.all([one, two].map((store) => ledgerOf(store, channels).drain()))
    expect(await taken(one)).toEqual({ reserved: 40 * 3 * 2, taken: 40 * 3 })
  })

  it('two processes that are told of the same order by different messages reserve its units once', async () => {
    const [one, two] = await openTwo()
    await linkL1(one)
    // New to both at first, then changed.
    for (const [updatedAt, units] of [
      [10, 3],
      [20, 5],
    ] as const) {
      for (let i = 0; i < 10; i++) {
        const both = meeting(2)
        await Promise.all(
          [one, two].map((store) =>
            store.transaction(async (tx) => {
              await sql`select 1`.execute(tx)
              await both()
              await postOrder(tx, contextOf(store), orderOf(`${i}`, updatedAt, units))
            }),
          ),
        )
      }
      expect(await taken(one)).toEqual({ reserved: 10 * units * 2, taken: 10 * units })
    }
  })
})

const contextOf = (store: Store): OrderContext => ({
  account: asId('shop'),
  delivery: store.newId(),
  fetchedAt: 1,
  now: 1,
  newId: store.newId,
  needsProvider: false,
  moved: new Set(),
})

const orderOf = (id: string, updatedAt = 10, units = 3): OrderSnapshot => ({
  id: asId(id),
  name: `#${id}`,
  phase: 'ready',
  status: 'paid',
  createdAt: 5,
  updatedAt,
  fulfilment: 'seller',
  currency: 'EUR',
  lines: [{ id: asId('1'), listing: asId('l1'), title: 'A', quantity: units, takenUnits: units, shippedUnits: 0 }],
})

/** Resolves for everybody once so many have come. */
function meeting(count: number): () => Promise<void> {
  let missing = count
  let go: () => void = () => undefined
  const all = new Promise<void>((resolve) => {
    go = resolve
  })
  return async () => {
    if (--missing === 0) go()
    await all
  }
}
