/** Kysely over PostgreSQL for what has outgrown the embedded database; `pg` is loaded only when it is asked for. */

import {
  type ColumnDefinitionNode,
  type Dialect,
  type OperationNode,
  PostgresDialect,
  PostgresQueryCompiler,
  RawNode,
  sql,
} from 'kysely'
import type { Backend } from './backend.ts'

/** Transactions run one at a time; the rest is for reads. PostgreSQL allows 100 for all its clients by default. */
const connectionsMax = 10
const connectWithinMs = 10_000
/** No statement of ours takes a second; one that hangs must not hold its locks for ever. */
const statementMsMax = 30_000
/** A transaction holds SQL only: one that pauses this long belongs to a process that is gone. */
const idleInTransactionMsMax = 30_000
/** "onhand" as bytes: the key of the advisory lock under which the schema changes. */
const schemaLock = '122519988301412'

const oid = { int8: 20, numeric: 1700 } as const

export async function postgresBackend(url: string): Promise<Backend> {
  const place = placeOf(url)
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'onhand',
    max: connectionsMax,
    connectionTimeoutMillis: connectWithinMs,
    statement_timeout: statementMsMax,
    idle_in_transaction_session_timeout: idleInTransactionMsMax,
    keepAlive: true,
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === oid.int8 || type === oid.numeric ? wholeNumber : pg.types.getTypeParser(type, format),
    },
  })
  // A connection that breaks while nobody uses it: the pool opens another one for the next statement.
  pool.on('error', () => undefined)
  const inUse = createCounter()
  pool.on('release', inUse.less)

  return {
    dialect: portable(
      new PostgresDialect({
        pool: {
          options: pool.options,
          async connect() {
            inUse.more()
            try {
              return await pool.connect()
            } catch (error) {
              inUse.less()
              throw new Error(sentenceOf(error, place), { cause: error })
            }
          },
          end: () => pool.end(),
        },
      }),
    ),
    async lockSchema(tx) {
      // Another process may migrate for longer than a statement may take.
      await sql`set local statement_timeout = 0`.execute(tx)
      await sql`select pg_advisory_xact_lock(${schemaLock}::bigint)`.execute(tx)
    },
    isConflict: (error) => codeOf(error) === '40001' || codeOf(error) === '40P01',
    idle: inUse.none,
    changes: () => undefined,
  }
}

/** Whole numbers of 64 bits as JavaScript numbers, which hold 53: one beyond that fails instead of being rounded. */
function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new Error(`The database holds ${text}, which is no whole number below 2^53.`)
  return number
}

/**
 * Columns that mean on every PostgreSQL what they mean in SQLite: text compares bytewise whatever the database's own
 * collation is (ids and stamps are compared to find what is new), and whole numbers have 64 bits.
 */
function portable(dialect: Dialect): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => dialect.createDriver(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => new PortableColumns(),
  }
}

const columnTypes: Readonly<Record<string, string>> = { text: 'text collate "C"', integer: 'bigint' }

class PortableColumns extends PostgresQueryCompiler {
  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    super.visitColumnDefinition({ ...node, dataType: portableType(node.dataType) })
  }
}

function portableType(type: OperationNode): OperationNode {
  const name = 'dataType' in type ? columnTypes[String(type.dataType)] : undefined
  return name === undefined ? type : RawNode.createWithSql(name)
}

interface Place {
  readonly server: string
  readonly database: string
  readonly user: string
}

/** Where the address points, without its password. */
function placeOf(url: string): Place {
  if (!URL.canParse(url))
    throw new Error('DATABASE_URL cannot be read: it must be postgres://USER:PASSWORD@HOST:PORT/NAME.')
  const { hostname, port, pathname, username } = new URL(url)
  return {
    server: `${hostname || 'localhost'}:${port || '5432'}`,
    database: decodeURIComponent(pathname.slice(1)) || '(the default)',
    user: decodeURIComponent(username) || '(the default)',
  }
}

/** What is wrong, and what to do about it. */
const sentences: Readonly<Record<string, (place: Place) => string>> = {
  ECONNREFUSED: ({ server }) => `nothing listens at ${server}. Start PostgreSQL there, or correct DATABASE_URL.`,
  ENOTFOUND: ({ server }) => `there is no server named ${server}. Correct DATABASE_URL.`,
  EAI_AGAIN: ({ server }) => `the name ${server} cannot be looked up at the moment.`,
  ETIMEDOUT: ({ server }) => `${server} does not answer. Check the network and the firewall.`,
  ECONNRESET: ({ server }) => `${server} closed the connection.`,
  '28P01': ({ server, user }) => `${server} refuses the password of user ${user}. Correct DATABASE_URL.`,
  '28000': ({ server, user }) => `${server} does not let user ${user} in. Correct DATABASE_URL or pg_hba.conf.`,
  '3D000': ({ server, database }) => `there is no database ${database} at ${server}. Create it: createdb ${database}.`,
  '42501': ({ user, database }) => `user ${user} has no rights to database ${database}. Grant them.`,
  '53300': ({ server }) => `${server} has no connection left. Raise its max_connections or stop another program.`,
  '57P03': ({ server }) => `${server} is starting or stopping. Try again in a moment.`,
}

function sentenceOf(error: unknown, place: Place): string {
  const known = sentences[codeOf(error) ?? '']
  const said = error instanceof Error ? error.message : String(error)
  return `The database cannot be reached: ${known?.(place) ?? `${place.server} said "${said}".`}`
}

/** A SQLSTATE or a code of the system; a host with several addresses fails with one error for each. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Counts what is under way; `none` resolves when nothing is, and is undefined when nothing was. */
function createCounter() {
  let count = 0
  let waiting: (() => void)[] = []
  return {
    more() {
      count++
    },
    less() {
      count--
      if (count > 0) return
      for (const done of waiting) done()
      waiting = []
    },
    none: () => (count === 0 ? undefined : new Promise<void>((done) => waiting.push(done))),
  }
}
