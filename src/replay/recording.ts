/** A copy of the books as they stood at one moment, taken without stopping whoever writes them: a replay reads only this. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Clock, Random } from '../clock.ts'
import { openStore, type Store } from '../store/index.ts'
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

/** Throws a sentence when there are no books at this address. */
export async function recordDatabase(url: string, deps: { clock: Clock; random: Random }): Promise<Recording> {
  const file = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : undefined
  if (file !== undefined && !existsSync(file)) throw new Error(`There is no database at ${file}.`)
  const source = await openStore(url, deps)
  try {
    return await recordBooks(source, file === undefined ? 'postgres' : 'sqlite', deps)
  } finally {
    await source.close()
  }
}

export async function recordBooks(
  source: Store,
  kind: 'sqlite' | 'postgres',
  deps: { clock: Clock; random: Random },
): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-replay-'))
  const file = join(folder, 'books.db')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    if (kind === 'sqlite') await sql`vacuum into ${file}`.execute(source.db)
    const copy = await openStore(`sqlite:${file}`, deps)
    if (kind === 'postgres') await source.transaction((tx) => copyTables(tx, copy))
    // The order of posting, in which all of it is read.
    await sql`create index replay_posted on reading_receipt (posted)`.execute(copy.db)
    return {
      db: copy.db,
      async close() {
        await copy.close()
        remove()
      },
    }
  } catch (error) {
    remove()
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
