/** Kysely over Node's own SQLite: one connection, WAL, every commit on the disk before it is acknowledged. */

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type Dialect, type SelectModifierNode, SqliteDialect, SqliteQueryCompiler } from 'kysely'
import type { Backend } from './backend.ts'

/** Statements kept prepared; Kysely's texts are few, the cap guards against `in (…)` lists of every length. */
const statementsMax = 500

interface Prepared {
  readonly statement: StatementSync
  /** It answers with rows. */
  readonly reader: boolean
}

/** One connection: a transaction is alone in its process by nature, and `begin immediate` keeps other processes out. */
export function sqliteBackend(file: string): Backend {
  const db = openFile(file)
  // The first counts what this connection wrote, the second changes when another one did.
  const counters = db.prepare(`select total_changes() || '/' || data_version as text from pragma_data_version`)
  return {
    dialect: sqliteDialect(db),
    lockSchema: () => Promise.resolve(),
    isConflict: () => false,
    // Statements run to their end where they stand.
    idle: () => undefined,
    changes: () => String(Object.values(counters.get() ?? {})[0]),
  }
}

function openFile(file: string): DatabaseSync {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const db = new DatabaseSync(file, { timeout: 5000 })
  turnToWal(db)
  db.exec('pragma synchronous = full; pragma foreign_keys = on')
  return db
}

const triesMax = 100
const tryAgainMs = 50
/** SQLITE_BUSY */
const busy = 5

/** Where two processes make one new file, SQLite refuses this to one of them at once, whatever time-out it was given. */
function turnToWal(db: DatabaseSync): void {
  for (let tries = 1; ; tries++) {
    try {
      db.exec('pragma journal_mode = wal')
      return
    } catch (error) {
      const isBusy = error instanceof Error && 'errcode' in error && error.errcode === busy
      if (!isBusy || tries === triesMax) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, tryAgainMs)
    }
  }
}

/** A copy as of one moment; whoever writes to the file meanwhile is not held up, and the file is not touched. */
export function copyDatabase(file: string, to: string): void {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    db.prepare('vacuum into ?').run(to)
  } finally {
    db.close()
  }
}

function sqliteDialect(db: DatabaseSync): Dialect {
  const prepared = new Map<string, Prepared>()

  function prepare(text: string): Prepared {
    const known = prepared.get(text)
    if (known) return known
    // Every transaction writes. One that began by reading could not wait for another process's, only fail.
    const statement = db.prepare(text === 'begin' ? 'begin immediate' : text)
    // Asked once: listing the columns costs as much as running a small statement.
    const made = { statement, reader: statement.columns().length > 0 }
    if (prepared.size >= statementsMax) prepared.clear()
    prepared.set(text, made)
    return made
  }

  const dialect = new SqliteDialect({
    database: {
      close: () => db.close(),
      prepare(text) {
        const { statement, reader } = prepare(text)
        return {
          reader,
          all: (parameters) => statement.all(...sqlInputs(parameters)),
          run: (parameters) => statement.run(...sqlInputs(parameters)),
          iterate: (parameters) => statement.iterate(...sqlInputs(parameters)),
        }
      },
    },
  })
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => dialect.createDriver(),
    createIntrospector: (kysely) => dialect.createIntrospector(kysely),
    createQueryCompiler: () => new WithoutRowLocks(),
  }
}

/** Leaves `for update` and its kin out: SQLite knows one lock, and the transaction has it. */
class WithoutRowLocks extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== 'ForUpdate' && node.modifier !== 'SkipLocked') super.visitSelectModifier(node)
  }
}

/**
 * Refuses what PostgreSQL refuses, so that the books hold the same on both: a text with a NUL character, a number that is not whole.
 * The cast is safe: the tables hold text, numbers and null only, and node:sqlite itself throws on anything else.
 */
function sqlInputs(parameters: readonly unknown[]): readonly SQLInputValue[] {
  for (const value of parameters) {
    if (typeof value === 'string' && value.includes('\0'))
      throw new Error('A text with a NUL character cannot be kept in the database.')
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new Error(`The number ${value} cannot be kept in the database: it is not whole, or beyond 2^53.`)
  }
  return parameters as readonly SQLInputValue[]
}
