/** Kysely over Node's own SQLite: one connection, WAL, every commit on the disk before it is acknowledged. */

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'

/** Statements kept prepared; Kysely's texts are few, the cap guards against `in (…)` lists of every length. */
const statementsMax = 500

export function sqliteDialect(file: string): Dialect {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const db = new DatabaseSync(file, { timeout: 5000 })
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
  const prepared = new Map<string, StatementSync>()

  function prepare(text: string): StatementSync {
    const known = prepared.get(text)
    if (known) return known
    const statement = db.prepare(text)
    if (prepared.size >= statementsMax) prepared.clear()
    prepared.set(text, statement)
    return statement
  }

  return new SqliteDialect({
    database: {
      close: () => db.close(),
      prepare(text) {
        const statement = prepare(text)
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...sqlInputs(parameters)),
          run: (parameters) => statement.run(...sqlInputs(parameters)),
          iterate: (parameters) => statement.iterate(...sqlInputs(parameters)),
        }
      },
    },
  })
}

/** Safe: the tables hold text, numbers and null only, and node:sqlite itself throws on anything else. */
const sqlInputs = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
