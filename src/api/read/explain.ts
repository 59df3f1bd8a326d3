/** Why the shops show what they show of a sku: the balance, who holds units of it, and the terms of each number. */

import { sql } from 'kysely'
import { z } from 'zod'
import { MERCHANT, POOL, type SkuId } from '../../domain.ts'
import type { Db } from '../../store/tables.ts'
import { iso, time } from '../times.ts'
import { readSkus, targetUnits } from './skus.ts'

/** Orders, movements and publications shown, newest first; the lists hold them all. */
const rowsMax = 100
const publicationsPerRegister = 10

const terms = z.unknown().describe('What the number was made of, as planned')

export const explanation = z.object({
  sku: z.string(),
  at: time,
  onHand: z.int(),
  reserved: z.int(),
  safetyUnits: z.int(),
  available: z.int(),
  reservedBy: z.array(
    z.object({
      account: z.string(),
      order: z.string(),
      name: z.string().nullable(),
      phase: z.string().nullable(),
      units: z.int(),
    }),
  ),
  movements: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      onHandDelta: z.int(),
      reservedDelta: z.int(),
      account: z.string().nullable(),
      order: z.string().nullable(),
      delivery: z.string(),
      reason: z.string().nullable(),
      at: time,
    }),
  ),
  shops: z.array(
    z.object({
      account: z.string(),
      listing: z.string(),
      register: z.string().nullable(),
      unitsPerSale: z.int(),
      believedUnits: z.int().nullable(),
      target: z.object({ units: z.int(), terms, madeAt: time }).nullable(),
      publications: z.array(z.object({ units: z.int(), terms, latencyMs: z.int().nullable(), at: time })),
    }),
  ),
})

type Explanation = z.input<typeof explanation>

/** Undefined when there is no such sku. */
export async function explain(db: Db, sku: SkuId, now: number): Promise<Explanation | undefined> {
  const [found] = await readSkus(db, { sku, limit: 1 })
  if (!found) return undefined
  const { onHand, reserved, safetyUnits, available, listings } = found
  const shops: Explanation['shops'] = []
  for (const { account, listing, register, unitsPerSale, believedUnits } of listings) {
    const told = register === null ? { target: null, publications: [] } : await toldOf(db, account, register)
    shops.push({ account, listing, register, unitsPerSale, believedUnits, ...told })
  }
  return {
    sku,
    at: iso(now),
    onHand,
    reserved,
    safetyUnits,
    available,
    reservedBy: await reservedBy(db, sku),
    movements: await movementsOf(db, sku),
    shops,
  }
}

async function reservedBy(db: Db, sku: SkuId): Promise<Explanation['reservedBy']> {
  const rows = await db
    .selectFrom('movement')
    .leftJoin('order_head', (join) =>
      join.onRef('order_head.account', '=', 'movement.account').onRef('order_head.order_id', '=', 'movement.order_id'),
    )
    .select(['movement.account', 'movement.order_id', 'order_head.name', 'order_head.phase'])
    .select((eb) => eb.fn.sum<number>('movement.reserved_delta').as('units'))
    .where('movement.merchant', '=', MERCHANT)
    .where('movement.pool', '=', POOL)
    .where('movement.sku', '=', sku)
    .where('movement.order_id', 'is not', null)
    .groupBy(['movement.account', 'movement.order_id', 'order_head.name', 'order_head.phase'])
    .having((eb) => eb(eb.fn.sum('movement.reserved_delta'), '<>', 0))
    .orderBy(sql`max(movement.id)`, 'desc')
    .limit(rowsMax)
    .execute()
  return rows.map(({ account, order_id, name, phase, units }) => ({
    account: account ?? '',
    order: order_id ?? '',
    name,
    phase,
    units: Number(units),
  }))
}

async function movementsOf(db: Db, sku: SkuId): Promise<Explanation['movements']> {
  const rows = await db
    .selectFrom('movement')
    .selectAll()
    .where('merchant', '=', MERCHANT)
    .where('pool', '=', POOL)
    .where('sku', '=', sku)
    .orderBy('id', 'desc')
    .limit(rowsMax)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    onHandDelta: row.on_hand_delta,
    reservedDelta: row.reserved_delta,
    account: row.account,
    order: row.order_id,
    delivery: row.delivery,
    reason: row.reason,
    at: iso(row.at),
  }))
}

async function toldOf(
  db: Db,
  account: string,
  register: string,
): Promise<Pick<Explanation['shops'][number], 'target' | 'publications'>> {
  const intent = await db
    .selectFrom('intent')
    .select(['target', 'terms', 'made_at'])
    .where('account', '=', account)
    .where('kind', '=', 'stock')
    .where('subject', '=', register)
    .executeTakeFirst()
  const publications = await db
    .selectFrom('publication')
    .select(['units', 'terms', 'latency_ms', 'at'])
    .where('account', '=', account)
    .where('register', '=', register)
    .orderBy('id', 'desc')
    .limit(publicationsPerRegister)
    .execute()
  return {
    target: intent
      ? { units: targetUnits(intent.target), terms: JSON.parse(intent.terms), madeAt: iso(intent.made_at) }
      : null,
    publications: publications.map((row) => ({
      units: row.units,
      terms: JSON.parse(row.terms),
      latencyMs: row.latency_ms,
      at: iso(row.at),
    })),
  }
}
