/** The databases that tests run on: SQLite in memory, and a PostgreSQL database of their own that is dropped in the end. */

import pg from 'pg'
import { afterAll, describe, it } from 'vitest'

const server = process.env.TEST_POSTGRES_URL ?? 'postgres://root@127.0.0.1:5432/test'

/** Why PostgreSQL cannot be used; undefined when it can. Asked once per test file. */
const trouble = await troubleOf()

async function troubleOf(): Promise<string | undefined> {
  try {
    await onServer('select 1')
    return undefined
  } catch (error) {
    const { host } = new URL(server)
    const said = error instanceof AggregateError ? error.errors[0] : error
    return `no PostgreSQL for tests at ${host} (${said instanceof Error ? said.message : said}). TEST_POSTGRES_URL says where there is one.`
  }
}

async function onServer(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

const prefix = 'onhand_test_'
/** No run of the tests takes this long. */
const staleAfterSeconds = 3600

/** Drops what a run left behind that was killed. */
async function dropStale(): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database where datname like $1', [
      `${prefix}%`,
    ])
    for (const { datname } of rows) {
      const madeAt = Number(datname.slice(prefix.length).split('_')[0])
      if (Date.now() / 1000 - madeAt > staleAfterSeconds) await client.query(`drop database if exists ${datname}`)
    }
  } catch {
    // Another run drops the same one, or somebody looks at it: it is litter, no reason to fail.
  } finally {
    await client.end()
  }
}

/** The URL of a new empty database. */
export type FreshDatabase = () => Promise<string>

const onSqlite: FreshDatabase = async () => 'sqlite::memory:'

/**
 * Each is a database of its own, sorted by a language's rules: the order that a program must not depend on.
 * Without a wait for the disk at each commit: nothing of it outlives the test.
 */
function onPostgres(): { fresh: FreshDatabase; dropAll: () => Promise<void> } {
  const names: string[] = []
  let swept: Promise<void> | undefined
  const stale = () => {
    swept ??= dropStale()
    return swept
  }
  return {
    async fresh() {
      await stale()
      const name = `${prefix}${Math.floor(Date.now() / 1000)}_${crypto.randomUUID().slice(0, 13).replaceAll('-', '')}`
      names.push(name)
      await onServer(
        `create database ${name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en' lc_collate 'C' lc_ctype 'C'`,
        `alter database ${name} set synchronous_commit = off`,
      )
      const url = new URL(server)
      url.pathname = `/${name}`
      return url.href
    },
    async dropAll() {
      await onServer(...names.splice(0).map((name) => `drop database if exists ${name} with (force)`))
    },
  }
}

/** Declares the tests once per database. Without PostgreSQL its half is skipped by name, and fails where `CI` is true. */
export function onEveryDatabase(tests: (fresh: FreshDatabase) => void): void {
  describe('on SQLite', () => tests(onSqlite))
  onPostgresOnly(tests)
}

export function onPostgresOnly(tests: (fresh: FreshDatabase) => void): void {
  if (trouble !== undefined && process.env.CI === 'true') {
    it('on PostgreSQL', () => {
      throw new Error(`CI must test PostgreSQL, but there is ${trouble}`)
    })
    return
  }
  if (trouble !== undefined) {
    process.stderr.write(`PostgreSQL is not tested: ${trouble}\n`)
    describe.skip(`on PostgreSQL (skipped: ${trouble})`, () => tests(onSqlite))
    return
  }
  describe('on PostgreSQL', () => {
    const { fresh, dropAll } = onPostgres()
    afterAll(dropAll)
    tests(fresh)
  })
}
