/** The battery that every database passes: what the stages rely on, whichever of them DATABASE_URL names. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { keepListing, linkListing } from '../../src/catalog/listings.ts'
import { addSku } from '../../src/catalog/skus.ts'
import { seededRandom } from '../../src/clock.ts'
import { asId, type ListingSnapshot } from '../../src/domain.ts'
import { want } from '../../src/ledger/wanted.ts'
import { intend, markPlanned } from '../../src/planner/intents.ts'
import { virtualClock } from '../../src/sandbox/virtual-clock.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { schemaVersion } from '../../src/store/migrations.ts'
import type { Tables, Tx } from '../../src/store/tables.ts'
import type { FreshDatabase } from '../support/databases.ts'
import { sampleRows } from '../support/sample-rows.ts'

const run = promisify(execFile)
const storeProcess = new URL('../support/store-process.ts', import.meta.url).pathname

let seed = 1
/** Every store draws its own ids, as processes do. */
export const openAt = (url: string) => openStore(url, { clock: virtualClock(), random: seededRandom(seed++) })

/** `fresh` names a new empty database that a second process can open too. */
export function storeBattery(name: string, fresh: FreshDatabase): void {
  describe(name, () => {
    const stores: Store[] = []
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close()
    })
    const open = async (url?: string): Promise<Store> => {
      const store = await openAt(url ?? (await fresh()))
      stores.push(store)
      return store
    }

    describe('schema', () => schemaTests(open, fresh))
    describe('keys', () => keyTests(open))
    describe('transactions', () => transactionTests(open, fresh))
    describe('values', () => valueTests(open))
  })
}

type Open = (url?: string) => Promise<Store>

function schemaTests(open: Open, fresh: FreshDatabase): void {
  const schemaOf = async (store: Store) =>
    await store.db.selectFrom('meta').select('value').where('name', '=', 'schema').executeTakeFirst()

  it('is made once and kept', async () => {
    const url = await fresh()
    const first = await open(url)
    await first.transaction((tx) => addSku(tx, { sku: asId('MUG'), title: 'Mug' }, 1))
    await first.close()
    const again = await open(url)
    expect(await schemaOf(again)).toEqual({ value: String(schemaVersion) })
    expect(await again.db.selectFrom('sku').select('sku').execute()).toEqual([{ sku: 'MUG' }])
  })

  it('of a newer program is refused in words, and left as it is', async () => {
    const url = await fresh()
    const store = await open(url)
    await store.db.updateTable('meta').set({ value: '999' }).where('name', '=', 'schema').execute()
    await expect(openAt(url)).rejects.toThrow(/written by a newer Onhand \(schema 999/)
    expect(await schemaOf(store)).toEqual({ value: '999' })
  })

  it('is made once by two processes that start at once', async () => {
    const url = await fresh()
    const starts = await Promise.all([1, 2].map(() => run(process.execPath, [storeProcess, url])))
    for (const { stdout } of starts) expect(JSON.parse(stdout)).toEqual([{ name: 'schema', value: `${schemaVersion}` }])
    expect(await schemaOf(await open(url))).toEqual({ value: String(schemaVersion) })
  })

  it('has the tables that the program knows, and no row', async () => {
    const { db } = await open()
    for (const table of Object.keys(sampleRows) as (keyof Tables)[])
      expect((await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(db)).rows).toEqual([
        { n: 0 },
      ])
  })
}

async function insert(
  tx: Pick<Store, 'db'>['db'],
  table: string,
  row: Readonly<Record<string, unknown>>,
  ending = sql``,
) {
  const columns = sql.join(Object.keys(row).map((column) => sql.ref(column)))
  const values = sql.join(Object.values(row))
  const { rows } = await sql<
    Record<string, unknown>
  >`insert into ${sql.table(table)} (${columns}) values (${values}) ${ending}`.execute(tx)
  return rows
}

function keyTests(open: Open): void {
  const tables = Object.entries(sampleRows)

  it.each(tables)(
    'of %s are unique, and `on conflict do nothing` says whether a row is new',
    async (table, samples) => {
      const { db } = await open()
      for (const { row, key } of samples) {
        const returning = sql`on conflict (${sql.join(key.map((column) => sql.ref(column)))}) do nothing
        returning ${sql.ref(key[0] ?? '')}`
        await sql`delete from ${sql.table(table)}`.execute(db)
        expect(await insert(db, table, row, returning)).toHaveLength(1)
        expect(await insert(db, table, row, returning)).toEqual([])
        await expect(insert(db, table, row)).rejects.toThrow(/unique/i)
        const lasts = samples.map((sample) => sample.key.at(-1) ?? '')
        const other = { ...row, ...Object.fromEntries(lasts.map((last) => [last, `${row[last]}-other`])) }
        expect(await insert(db, table, other, returning)).toHaveLength(1)
      }
    },
  )

  const listing: ListingSnapshot = {
    id: asId('l1'),
    register: asId('r1'),
    title: 'Mug',
    state: 'active',
    counting: 'counted',
    updatedAt: 10,
  }

  it('an older description of a listing changes nothing', async () => {
    const store = await open()
    for (const change of [{ title: 'New' }, { title: 'Old', updatedAt: 9 }, { title: 'Newest', updatedAt: 11 }])
      await store.transaction((tx) => keepListing(tx, asId('a'), { ...listing, ...change }, 20))
    expect(await store.db.selectFrom('listing').select(['title', 'shop_updated_at']).execute()).toEqual([
      { title: 'Newest', shop_updated_at: 11 },
    ])
  })

  it('revisions grow by one with every change', async () => {
    const store = await open()
    const twice = async (work: (tx: Tx) => Promise<unknown>) => {
      for (let i = 0; i < 2; i++) await store.transaction(work)
    }
    await twice((tx) => linkListing(tx, asId('a'), asId('l1'), [{ sku: asId('MUG'), units: 2 }], 1))
    await twice((tx) => want(tx, asId('a'), { kind: 'orders', ids: [asId('1')] }, store.newId))
    await twice((tx) => markPlanned(tx, 'stock', 'MUG', '1/2', 5))
    const intent = { account: asId<'account'>('a'), kind: 'stock', subject: 'r1', terms: {}, urgency: 1 } as const
    await twice((tx) =>
      intend(
        tx,
        { ...intent, target: { register: asId('r1'), units: 3 }, causedAt: 1 },
        { now: 1, newId: store.newId },
      ),
    )
    expect(await store.db.selectFrom('link').select(['units', 'rev']).execute()).toEqual([{ units: 2, rev: 3 }])
    expect(await store.db.selectFrom('fetch_wanted').select('rev').execute()).toEqual([{ rev: 2 }])
    expect(await store.db.selectFrom('plan').select(['seen', 'wake_at']).execute()).toEqual([
      { seen: '1/2', wake_at: 5 },
    ])
    expect(await store.db.selectFrom('intent').select('rev').execute()).toEqual([{ rev: 2 }])
  })
}

function transactionTests(open: Open, fresh: FreshDatabase): void {
  const withMug = async (url?: string) => {
    const store = await open(url)
    await store.transaction((tx) => addSku(tx, { sku: asId('MUG'), title: 'Mug' }, 1))
    return store
  }
  const onHand = async ({ db }: Store) =>
    (await db.selectFrom('balance').select('on_hand').where('sku', '=', 'MUG').executeTakeFirstOrThrow()).on_hand

  it('add up when fifty of them change one count', async () => {
    const store = await withMug()
    const add = (tx: Tx) =>
      tx
        .updateTable('balance')
        .set((eb) => ({ on_hand: eb('on_hand', '+', 3), rev: eb('rev', '+', 1) }))
        .where('sku', '=', 'MUG')
        .execute()
    await Promise.all(Array.from({ length: 50 }, () => store.transaction(add)))
    expect(await store.db.selectFrom('balance').select(['on_hand', 'rev']).execute()).toEqual([
      { on_hand: 150, rev: 51 },
    ])
  })

  it('of one process take turns: what one decides by stays true until it has written', async () => {
    const store = await withMug()
    const addByReading = async (tx: Tx) => {
      const row = await tx.selectFrom('balance').select('on_hand').executeTakeFirstOrThrow()
      await tx
        .updateTable('balance')
        .set({ on_hand: row.on_hand + 1 })
        .execute()
    }
    await Promise.all(Array.from({ length: 50 }, () => store.transaction(addByReading)))
    expect(await onHand(store)).toBe(50)
  })

  it('of two processes take turns where a row is locked', async () => {
    const url = await fresh()
    const store = await withMug(url)
    await Promise.all([1, 2].map(() => run(process.execPath, [storeProcess, url, '100'])))
    expect(await onHand(store)).toBe(200)
  })

  it('that fail leave nothing, and stop nobody', async () => {
    const store = await withMug()
    const failing = store.transaction(async (tx) => {
      await tx.updateTable('balance').set({ on_hand: 7 }).execute()
      throw new Error('on purpose')
    })
    const next = store.transaction(async (tx) => {
      await tx.updateTable('balance').set({ reserved: 2 }).execute()
    })
    await expect(failing).rejects.toThrow('on purpose')
    await next
    expect(await store.db.selectFrom('balance').select(['on_hand', 'reserved']).execute()).toEqual([
      { on_hand: 0, reserved: 2 },
    ])
  })

  it('are undone whole by one statement that fails', async () => {
    const store = await withMug()
    const failing = store.transaction(async (tx) => {
      await tx.updateTable('balance').set({ on_hand: 7 }).execute()
      await insert(tx, 'meta', { name: 'schema', value: '2' })
    })
    await expect(failing).rejects.toThrow(/unique/i)
    expect(await onHand(store)).toBe(0)
  })

  it('are seen from outside only when they are committed, and at once then', async () => {
    const store = await withMug()
    let outside: Promise<number> | undefined
    const undone = store.transaction(async (tx) => {
      await tx.updateTable('balance').set({ on_hand: 7 }).execute()
      outside = onHand(store)
      // On PostgreSQL it reads meanwhile, on SQLite it waits for the end; neither sees the seven.
      await tx.selectFrom('balance').select('on_hand').execute()
      throw new Error('on purpose')
    })
    await expect(undone).rejects.toThrow('on purpose')
    expect(await outside).toBe(0)
    await store.transaction((tx) => tx.updateTable('balance').set({ on_hand: 8 }).execute())
    expect(await onHand(store)).toBe(8)
  })

  it('are over when the store says that it is idle, and refused once it is closed', async () => {
    const store = await openAt(await fresh())
    const writing = store.transaction((tx) => addSku(tx, { sku: asId('MUG'), title: 'Mug' }, 1))
    await writing
    await store.idle()
    expect(store.idle()).toBeUndefined()
    await store.close()
    await expect(store.db.selectFrom('sku').selectAll().execute()).rejects.toThrow()
    await expect(store.transaction((tx) => tx.selectFrom('sku').selectAll().execute())).rejects.toThrow()
  })
}

function valueTests(open: Open): void {
  const keep = async ({ db }: Store, name: string, value: string) =>
    await db.insertInto('meta').values({ name, value }).execute()

  it('texts compare byte by byte, in lists and in comparisons', async () => {
    const store = await open()
    const texts = ['01JZ', '01ja', '~', 'Z', 'a', 'A', '_', ' a', 'é', 'ÿ', '€', '😀', '0', 'aa', 'a-a', 'a/a']
    for (const text of texts) await keep(store, `t:${text}`, '')
    const bytewise = texts.map((text) => `t:${text}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const all = store.db.selectFrom('meta').select('name').where('name', 'like', 't:%').orderBy('name')
    expect((await all.execute()).map(({ name }) => name)).toEqual(bytewise)
    const beyond = await all.where('name', '>', 't:Z').execute()
    expect(beyond.map(({ name }) => name)).toEqual(bytewise.slice(bytewise.indexOf('t:Z') + 1))
    const last = await store.db
      .selectFrom('meta')
      .select((eb) => eb.fn.max('name').as('name'))
      .execute()
    expect(last).toEqual([{ name: 't:😀' }])
  })

  it('ids of one process sort in the order they were made', async () => {
    const store = await open()
    const ids = Array.from({ length: 200 }, () => store.newId())
    for (const id of ids.toReversed()) await keep(store, `id:${id}`, '')
    const kept = await store.db
      .selectFrom('meta')
      .select('name')
      .where('name', 'like', 'id:%')
      .orderBy('name')
      .execute()
    expect(kept.map(({ name }) => name.slice(3))).toEqual(ids)
  })

  it('JSON comes back as it was', async () => {
    const store = await open()
    const value = {
      emoji: '👩🏽‍🚒 ☕',
      quote: '"\\\'`',
      line: 'a\r\n\tb',
      nul: '\u0000',
      rtl: 'שלום',
      big: '9007199254740993',
    }
    await keep(store, 'json', JSON.stringify(value))
    const row = await store.db.selectFrom('meta').select('value').where('name', '=', 'json').executeTakeFirstOrThrow()
    expect(JSON.parse(row.value)).toEqual(value)
  })

  it('a NUL character and a number that is not whole are refused', async () => {
    const store = await open()
    await expect(keep(store, 'nul', 'a\0b')).rejects.toThrow()
    const counting = { topic: 't', since: 1.5, account: 'a', polled_at: 1 }
    await expect(store.db.insertInto('cursor').values(counting).execute()).rejects.toThrow()
    expect(await store.db.selectFrom('meta').select('name').where('name', '=', 'nul').execute()).toEqual([])
  })

  it('whole numbers are exact up to 2^53 and fail beyond it, in rows and in sums', async () => {
    const store = await open()
    // The last moment that a Date can name, and the largest whole number.
    for (const since of [8_640_000_000_000_000, Number.MAX_SAFE_INTEGER, -5])
      await store.db
        .insertInto('cursor')
        .values({ account: 'a', topic: `${since}`, since, polled_at: since })
        .execute()
    const rows = await store.db.selectFrom('cursor').select('since').orderBy('since').execute()
    expect(rows.map(({ since }) => since)).toEqual([-5, 8_640_000_000_000_000, Number.MAX_SAFE_INTEGER])
    const counted = await store.db
      .selectFrom('cursor')
      .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('since').as('least')])
      .executeTakeFirstOrThrow()
    expect(counted).toEqual({ count: 3, least: -5 })
    const sum = store.db.selectFrom('cursor').select((eb) => eb.fn.sum<number>('since').as('sum'))
    await expect(sum.execute()).rejects.toThrow()
    await sql`update cursor set since = 9007199254740993`.execute(store.db)
    await expect(store.db.selectFrom('cursor').select('since').execute()).rejects.toThrow()
    expect(await sum.where('topic', '=', 'none').execute()).toEqual([{ sum: null }])
  })

  it('counts pass the size that 32 bits hold', async () => {
    const store = await open()
    await store.transaction((tx) => addSku(tx, { sku: asId('MUG'), title: 'Mug' }, 1))
    await store.db
      .updateTable('balance')
      .set((eb) => ({ on_hand: eb('on_hand', '+', 3_000_000_000) }))
      .execute()
    expect(await store.db.selectFrom('balance').select('on_hand').execute()).toEqual([{ on_hand: 3_000_000_000 }])
  })
}
