/** A copy of the books as they stood at one moment, taken without stopping whoever writes them: a replay reads only this. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Clock, Random } from '../clock.ts'
import { openStore, type Store } from '../store/index.ts'
import { copyDatabase } from '../store/sqlite.ts'
import type { Db, Tables, Tx } from '../store/tables.ts'

export interface Recording {
  readonly db: Db
  close(): Promise<void>
}

/** What a replay reads, each table with its key. Who signs in and what a shop's credentials are is nothing of it. */
const recorded = {
  account: ['id'],
  sku: ['merchant', 'sku'],
  link_change: ['account', 'listing', 'sku', 'at'],
  inbox: ['id'],
  reading_receipt: ['delivery'],
  settled_again: ['id'],
  order_head: ['account', 'order_id'],
  order_line: ['account', 'order_id', 'line_id', 'listing'],
  movement: ['id'],
  balance: ['merchant', 'pool', 'sku'],
  taking: ['id'],
  register_count: ['account', 'register'],
  shipment: ['account', 'shipment_id'],
  rights: ['account', 'register'],
  rights_change: ['id'],
  call: ['key'],
} as const satisfies Partial<Record<keyof Tables, readonly string[]>>

const rowsPerPage = 500

interface Deps {
  readonly clock: Clock
  readonly random: Random
}

/** Throws a sentence when there are no books at this address. */
export async function recordDatabase(url: string, deps: Deps): Promise<Recording> {
  const file = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : undefined
  if (file === undefined) {
    const source = await openStore(url, deps)
    try {
      return await recordBooks(source, 'postgres', deps)
    } finally {
      await source.close()
    }
  }
  if (!existsSync(file)) throw new Error(`There is no database at ${file}.`)
  return await keep(deps, async (to) => copyDatabase(file, to))
}

export const recordBooks = (source: Store, kind: 'sqlite' | 'postgres', deps: Deps): Promise<Recording> =>
  kind === 'sqlite'
    ? keep(deps, async (file) => void (await sql`vacuum into ${file}`.execute(source.db)))
    : keep(
        deps,
        async () => undefined,
        (copy) => source.transaction((tx) => copyTables(tx, copy)),
      )

/** A copy in a folder of its own, for the owner's eyes only, that goes with the replay, however that ends. */
async function keep(
  deps: Deps,
  make: (file: string) => Promise<void>,
  fill: (copy: Store) => Promise<void> = async () => undefined,
): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-replay-'))
  const file = join(folder, 'books.db')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const end = () => {
    process.off('exit', remove)
    remove()
  }
  try {
    await make(file)
    const copy = await openStore(`sqlite:${file}`, deps)
    await fill(copy)
    // The order of posting, in which all of it is read.
    await sql`create index replay_posted on reading_receipt (posted)`.execute(copy.db)
    return {
      db: copy.db,
      async close() {
        await copy.close()
        end()
      },
    }
  } catch (error) {
    end()
    throw error
  }
}

/** All tables as of one moment; nobody who writes has to wait for it. */
async function copyTables(tx: Tx, copy: Store): Promise<void> {
  await sql`set transaction isolation level repeatable read, read only`.execute(tx)
  for (const [table, key] of Object.entries(recorded)) await copyTable(tx, copy, table, key)
}

async function copyTable(tx: Tx, copy: Store, table: string, key: readonly string[]): Promise<void> {
  const order = sql.join(key.map((column) => sql.ref(column)))
  for (let offset = 0; ; offset += rowsPerPage) {
    const { rows } = await sql<Record<string, unknown>>`
      select * from ${sql.table(table)} order by ${order} limit ${rowsPerPage} offset ${offset}`.execute(tx)
    const [first] = rows
    if (!first) return
    const columns = Object.keys(first)
    const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
    const names = sql.join(columns.map((column) => sql.ref(column)))
    await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(values)}`.execute(copy.db)
  }
}
