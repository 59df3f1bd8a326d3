/** PostgreSQL for a simulation: a database of its own on the server that is named, and in it a schema for every seed. */

import pg from 'pg'

async function run(url: string, texts: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    for (const text of texts) await client.query(text)
  } finally {
    await client.end()
  }
}

export interface SimDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** It waits for the disk at no commit: nothing of it outlives the run. */
export async function makeDatabase(server: string): Promise<SimDatabase> {
  const name = `onhand_sim_${process.pid}_${Math.floor(performance.timeOrigin)}`
  await run(server, [
    `create database ${name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`,
    `alter database ${name} set synchronous_commit = off`,
  ])
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => run(server, [`drop database if exists ${name} with (force)`]) }
}

/** Lends an empty schema for as long as `play` lasts. */
export async function withSchema<T>(database: string, name: string, play: (url: string) => Promise<T>): Promise<T> {
  await run(database, [`create schema ${name}`])
  const url = new URL(database)
  url.search = `?options=${encodeURIComponent(`-c search_path=${name}`)}`
  try {
    return await play(url.href)
  } finally {
    await run(database, [`drop schema if exists ${name} cascade`])
  }
}
