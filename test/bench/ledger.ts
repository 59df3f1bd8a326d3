/** The ledger: how many orders a second it interprets and posts, and whether large books make it slower. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { account, type Books, openBooks, orders, type Size } from './ledger-books.ts'
import { plansOf, watchedStore } from './query-plans.ts'
import { type Bench, type Figure, median } from './report.ts'

const sizes: readonly Size[] = [
  { skus: 10_000, movements: 10_000 },
  { skus: 1_000, movements: 10_000 },
  { skus: 100_000, movements: 10_000 },
  { skus: 10_000, movements: 1_000_000 },
]
const quickSizes: readonly Size[] = sizes.map(({ skus, movements }) => ({
  skus: skus / 100,
  movements: movements / 100,
}))

/** What one round of one size cost, per delivery. */
interface Round {
  readonly cpuUs: number
  readonly perSecond: number
}

export const ledger: Bench = {
  name: 'ledger',
  title: 'Ledger: WooCommerce orders interpreted and posted, batches of 200 in a durable SQLite transaction',
  async run({ quick }) {
    const folder = mkdtempSync(join(tmpdir(), 'onhand-bench-'))
    const rounds = quick ? 1 : 7
    const perRound = quick ? 20 : 2000
    const [usual, few, many, old] = await Promise.all(
      (quick ? quickSizes : sizes).map((size, at) => openBooks(`sqlite:${join(folder, `${at}.db`)}`, size)),
    )
    if (!usual || !few || !many || !old) throw new Error('Four books were to be opened.')
    const all = [usual, few, many, old]
    try {
      const results = await measure(all, rounds, perRound)
      const plans = await Promise.all(all.map(queryPlans))
      const of = (books: Books, pick: (round: Round) => number) => median((results.get(books) ?? []).map(pick))
      const cpu = (books: Books) => of(books, ({ cpuUs }) => cpuUs)
      const figures: Figure[] = [
        { name: 'per_s', value: of(usual, ({ perSecond }) => perSecond), unit: '/s', note: label(usual) },
        { name: 'cpu_us', value: cpu(usual), unit: 'µs', note: 'CPU per delivery' },
        { name: 'skus_ratio', value: cpu(many) / cpu(few), unit: '×', note: `${many.skus} skus to ${few.skus}` },
        {
          name: 'movements_ratio',
          value: cpu(old) / cpu(usual),
          unit: '×',
          note: `${old.movements} movements to ${usual.movements}`,
        },
        {
          name: 'changed_plans',
          value: new Set(plans.flat()).size - (plans[0]?.length ?? 0),
          unit: '',
          note: `of ${plans[0]?.length ?? 0} queries, between the sizes, after analyze`,
        },
        ...(await postgresFigures(quick, rounds, perRound)),
      ]
      return {
        figures,
        goals: [
          { figure: 'per_s', atLeast: 3000 },
          { figure: 'skus_ratio', atMost: 1.3 },
          { figure: 'movements_ratio', atMost: 1.3 },
          { figure: 'changed_plans', atMost: 0 },
        ],
      }
    } finally {
      for (const books of all) await books.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const label = ({ skus, movements }: Size) => `${skus} skus, ${movements} movements`

/** Books take turns, so that whatever else the machine does falls on all of them. The first round warms up. */
async function measure(all: readonly Books[], rounds: number, perRound: number): Promise<Map<Books, Round[]>> {
  const results = new Map<Books, Round[]>(all.map((books) => [books, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const books of all) {
      const measured = await postRound(books, round, perRound)
      if (round > 0) results.get(books)?.push(measured)
    }
  }
  return results
}

async function postRound({ store, inbox, ledger, skus }: Books, round: number, count: number): Promise<Round> {
  await inbox.append(account, orders(count, round * count, skus))
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await ledger.drain()
  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  const posted = await store.db
    .selectFrom('reading_receipt')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('outcome', '=', 'posted')
    .executeTakeFirstOrThrow()
  if (Number(posted.n) !== (round + 1) * count) throw new Error(`Only ${posted.n} deliveries were posted.`)
  return { cpuUs: (user + system) / count, perSecond: (count / elapsedMs) * 1000 }
}

/** The plans of everything the ledger asks while it posts orders, by what the tables then hold. */
async function queryPlans({ store, inbox, ledgerOver, skus }: Books): Promise<readonly string[]> {
  await sql`analyze`.execute(store.db)
  const watched = watchedStore(store)
  const ledger = ledgerOver(watched.store)
  await ledger.drain()
  await inbox.append(account, orders(3, 900_000, skus))
  await ledger.drain()
  return await plansOf(store, watched.statements.values())
}

/** The same on PostgreSQL, in a database of its own that is dropped; nothing where there is none. */
async function postgresFigures(quick: boolean, rounds: number, perRound: number): Promise<Figure[]> {
  const server = process.env.TEST_POSTGRES_URL ?? 'postgres://root@127.0.0.1:5432/test'
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 3000 })
  try {
    await client.connect()
  } catch {
    return []
  }
  const name = `onhand_bench_${process.pid}`
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  await client.query(`create database ${name} template template0 encoding 'UTF8'`)
  try {
    const [size] = quick ? quickSizes : sizes
    const books = await openBooks(url, size ?? { skus: 100, movements: 100 })
    const results = await measure([books], quick ? 1 : Math.min(rounds, 3), perRound)
    await books.close()
    const perSecond = median((results.get(books) ?? []).map((round) => round.perSecond))
    return [{ name: 'postgres_per_s', value: perSecond, unit: '/s', note: `${label(books)}, over a local socket` }]
  } finally {
    await client.query(`drop database if exists ${name} with (force)`)
    await client.end()
  }
}
