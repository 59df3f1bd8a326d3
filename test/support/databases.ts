/** The databases that tests run on: SQLite in memory, and a PostgreSQL database of their own that is dropped in the end. */

import pg from 'pg'
import { afterAll, describe, it } from 'vitest'

const server = process.env.TEST_POSTGRES_URL ?? 'postgres://root@127.0.0.1:5432/test'

/** Why PostgreSQL cannot be used; undefined when it can. Asked once per test file. */
const trouble = await troubleOf()

async function troubleOf(): Promise<string | undefined> {
  try {
    await statements(server, ['select 1'])
    return undefined
  } catch (error) {
    const { host } = new URL(server)
    const said = error instanceof AggregateError ? error.errors[0] : error
    return `no PostgreSQL for tests at ${host} (${said instanceof Error ? said.message : said}). TEST_POSTGRES_URL says where there is one.`
  }
}

async function statements(url: string, texts: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    for (const text of texts) await client.query(text)
  } finally {
    await client.end()
  }
}

const prefix = 'onhand_test_'
/** It waits for a checkpoint of the whole server, which others keep busy. */
const dropWithinMs = 120_000
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
 * One database per test file, sorted by a language's rules (the order that a program must not depend on), and in it a schema of
 * its own for everybody who asks: to drop a database takes a second, to make a schema takes none.
 * It waits for the disk at no commit: nothing of it outlives the tests.
 */
function onPostgres(): { fresh: FreshDatabase; drop: () => Promise<void> } {
  const name = `${prefix}${Math.floor(Date.now() / 1000)}_${crypto.randomUUID().slice(0, 8)}`
  let made: Promise<void> | undefined
  let schemas = 0
  const at = (search: string) => {
    const url = new URL(server)
    url.pathname = `/${name}`
    url.search = search
    return url.href
  }

  async function make(): Promise<void> {
    await dropStale()
    await statements(server, [
      `create database ${name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en' lc_collate 'C' lc_ctype 'C'`,
      `alter database ${name} set synchronous_commit = off`,
    ])
  }

  return {
    async fresh() {
      made ??= make()
      await made
      const schema = `s${++schemas}`
      await statements(at(''), [`create schema ${schema}`])
      return at(`?options=${encodeURIComponent(`-c search_path=${schema}`)}`)
    },
    async drop() {
      if (made) await statements(server, [`drop database if exists ${name} with (force)`])
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
    const { fresh, drop } = onPostgres()
    afterAll(drop, dropWithinMs)
    tests(fresh)
  })
}
