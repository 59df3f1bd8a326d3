/** Shelves that were not as believed: by how much, what most likely did it, and what Onhand did about it. */

import { sql } from 'kysely'
import { type DriftVerdict, judgeDrift } from '../../planner/explain-drift.ts'
import { idFloor } from '../../store/index.ts'
import type { Db } from '../../store/tables.ts'
import { beyond } from '../paging.ts'

export interface Drift {
  readonly id: string
  readonly account: string
  readonly register: string
  readonly listings: readonly string[]
  readonly skus: readonly string[]
  /** More (or less) on the shelf than our writes and the shop's orders explain, in units of a sale. */
  readonly byUnits: number
  readonly verdict: DriftVerdict
  /** What the shop was next told there; null while it was told nothing. */
  readonly told: { readonly units: number; readonly at: number } | null
  readonly at: number
}

interface Row {
  readonly id: string
  readonly account: string
  readonly register: string
  readonly drift: number | null
  readonly shown: number
  readonly at: number
}

const busyMs = 300_000
const hourMs = 3_600_000

/** Newest first. */
export async function readDrifts(
  db: Db,
  { after, limit, since }: { after?: readonly (string | number)[] | undefined; limit: number; since: number },
): Promise<Drift[]> {
  const rows = await driftRows(db)
    .where('at', '>=', since)
    .where(beyond(['at desc', 'id desc'], after))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  const drifts: Drift[] = []
  for (const row of rows) drifts.push(await driftOf(db, row))
  return drifts
}

const driftRows = (db: Db) =>
  db
    .selectFrom('rights_change')
    .select(['id', 'account', 'register', 'drift', 'shown', 'at'])
    // Written out, so that the index of drifts serves.
    .where('cause', '=', sql.lit('drift'))

async function driftOf(db: Db, row: Row): Promise<Drift> {
  const { id, account, register, at } = row
  const byUnits = row.drift ?? 0
  const facts = {
    at,
    byUnits,
    believedUnits: row.shown - byUnits,
    soldLatelyUnits: await soldUnits(db, row),
    wroteAt: await wroteAt(db, row),
    lateUnits: await lateUnits(db, row),
    ...(await laterOf(db, row)),
    lookedAt: await lookedAt(db, row),
  }
  const sold = await soldFrom(db, row)
  return { id, account, register, ...sold, byUnits, verdict: judgeDrift(facts), told: await toldAfter(db, row), at }
}

const ofRegister = ({ account, register }: Row) => ({ account, register })

async function soldUnits(db: Db, row: Row): Promise<number> {
  const { account, register } = ofRegister(row)
  const found = await db
    .selectFrom('taking')
    .select((eb) => eb.fn.sum<number | null>('units').as('units'))
    .where('account', '=', account)
    .where('register', '=', register)
    .where('at', '>', row.at - busyMs)
    .where('at', '<=', row.at)
    .executeTakeFirst()
  return Number(found?.units ?? 0)
}

/** Orders that the shop had when the shelf was read, and that we learned of only afterwards. */
async function lateUnits(db: Db, row: Row): Promise<number> {
  const { account, register } = ofRegister(row)
  const found = await db
    .selectFrom('taking')
    .select((eb) => eb.fn.sum<number | null>('units').as('units'))
    .where('account', '=', account)
    .where('register', '=', register)
    .where('at', '>', row.at)
    .where('at', '<=', row.at + hourMs)
    .where('shop_at', '<=', row.at)
    .executeTakeFirst()
  return Number(found?.units ?? 0)
}

async function wroteAt(db: Db, row: Row): Promise<number | null> {
  const { account, register } = ofRegister(row)
  const found = await db
    .selectFrom('publication')
    .select('at')
    .where('account', '=', account)
    .where('register', '=', register)
    .where('id', '<', idFloor(row.at + 1))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return found?.at ?? null
}

async function toldAfter(db: Db, row: Row): Promise<Drift['told']> {
  const { account, register } = ofRegister(row)
  const found = await db
    .selectFrom('publication')
    .select(['units', 'at'])
    .where('account', '=', account)
    .where('register', '=', register)
    .where('id', '>', row.id)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return found ?? null
}

async function laterOf(db: Db, row: Row): Promise<{ laterUnits: number; nearby: number }> {
  const around = await driftRows(db)
    .where('at', '>=', row.at - hourMs)
    .where('at', '<=', row.at + hourMs)
    .where('account', '=', row.account)
    .limit(nearbyMax)
    .execute()
  const later = around.filter(({ register, id }) => register === row.register && id > row.id)
  return { laterUnits: later.reduce((sum, { drift }) => sum + (drift ?? 0), 0), nearby: around.length }
}

/** More within an hour say the same. */
const nearbyMax = 200

async function lookedAt(db: Db, row: Row): Promise<number | null> {
  const { account, register } = ofRegister(row)
  const found = await db
    .selectFrom('shelf')
    .select('read_at')
    .where('account', '=', account)
    .where('register', '=', register)
    .executeTakeFirst()
  return found?.read_at ?? null
}

async function soldFrom(db: Db, row: Row): Promise<{ listings: string[]; skus: string[] }> {
  const { account, register } = ofRegister(row)
  const rows = await db
    .selectFrom('listing')
    .leftJoin('link', (join) =>
      join
        .onRef('link.account', '=', 'listing.account')
        .onRef('link.listing', '=', 'listing.listing')
        .on('link.units', '>', 0),
    )
    .select(['listing.listing', 'link.sku'])
    .where('listing.account', '=', account)
    .where('listing.register', '=', register)
    .orderBy('listing.listing')
    .execute()
  return {
    listings: [...new Set(rows.map(({ listing }) => listing))],
    skus: [...new Set(rows.flatMap(({ sku }) => sku ?? []))],
  }
}
