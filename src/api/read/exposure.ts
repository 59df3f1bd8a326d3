/** Whether every unit that the shops may still sell is there: what is promised of each sku against what may be promised. */

import { type NotNull, sql } from 'kysely'
import type { Clock } from '../../clock.ts'
import { asId, MERCHANT, POOL } from '../../domain.ts'
import type { PolicyName } from '../../planner/facts.ts'
import type { OpInFlight } from '../../planner/rights.ts'
import { componentRules, type Rule } from '../../planner/rules.ts'
import type { Store } from '../../store/index.ts'
import type { Db } from '../../store/tables.ts'

export interface SkuExposure {
  readonly sku: string
  readonly title: string
  readonly policy: PolicyName
  /** On hand − reserved − safety stock + allowance. */
  readonly limitUnits: number
  /** What all its counters may still sell, unseen sales included. */
  readonly promisedUnits: number
  readonly exposedUnits: number
}

export interface Exposure {
  /** Nothing is promised that is not there. */
  readonly isProtected: boolean
  readonly skus: number
  readonly promisedUnits: number
  readonly exposedUnits: number
  readonly byPolicy: Readonly<Record<PolicyName, number>>
  readonly exposedSkus: number
  /** Sold by a shop, and never counted: nothing can be said of them, and nothing is told to the shops. */
  readonly uncountedSkus: number
  /** The most exposed first. */
  readonly items: readonly SkuExposure[]
}

export async function readExposure(db: Db, now: number, itemsMax = 100): Promise<Exposure> {
  const promised = await promisedBySku(db)
  const rules = await rulesOf(db)
  const rows = await db
    .selectFrom('balance')
    .innerJoin('sku', (join) =>
      join.onRef('sku.merchant', '=', 'balance.merchant').onRef('sku.sku', '=', 'balance.sku'),
    )
    .select([
      'balance.sku',
      'balance.on_hand',
      'balance.reserved',
      'balance.counted_at',
      'sku.safety_units',
      'sku.title',
    ])
    .where('balance.merchant', '=', MERCHANT)
    .where('balance.pool', '=', POOL)
    .execute()
  const byPolicy = { strict: 0, mirror: 0 }
  const exposed: SkuExposure[] = []
  let promisedUnits = 0
  let uncountedSkus = 0
  for (const { sku, title, on_hand, reserved, counted_at, safety_units } of rows) {
    const mine = promised.get(sku) ?? 0
    promisedUnits += mine
    // What nobody may sell is exposed to nobody, however little of it there is.
    if (mine <= 0) continue
    if (counted_at === null) {
      uncountedSkus++
      continue
    }
    const { policy, allowanceUnits } = componentRules(rules(sku), asId<'sku'>(sku), now)
    const limitUnits = on_hand - reserved - safety_units + allowanceUnits
    if (mine <= limitUnits) continue
    const exposedUnits = mine - Math.max(0, limitUnits)
    byPolicy[policy] += exposedUnits
    exposed.push({ sku, title, policy, limitUnits, promisedUnits: mine, exposedUnits })
  }
  const exposedUnits = byPolicy.strict + byPolicy.mirror
  return {
    isProtected: exposedUnits === 0,
    skus: rows.length,
    promisedUnits,
    exposedUnits,
    byPolicy,
    exposedSkus: exposed.length,
    uncountedSkus,
    items: exposed.sort((a, b) => b.exposedUnits - a.exposedUnits || (a.sku < b.sku ? -1 : 1)).slice(0, itemsMax),
  }
}

/** For who asks every few seconds: the sum of all skus is made anew only when something was written, and not more often than that. */
export function watchExposure(
  store: Pick<Store, 'db' | 'changes'>,
  clock: Pick<Clock, 'now'>,
): () => Promise<Exposure> {
  let last: { at: number; changes: string | undefined; found: Exposure } | undefined
  return async () => {
    const at = clock.now()
    const changes = store.changes()
    const isSame = last !== undefined && changes !== undefined && last.changes === changes
    if (last && at >= last.at && at - last.at < (isSame ? restMs : freshMs)) return last.found
    last = { at, changes, found: await readExposure(store.db, at) }
    return last.found
  }
}

const freshMs = 2000
/** Rules begin and end by time alone. */
const restMs = 30_000

/** Units of each sku that the counters selling it may still sell; a write in flight counts as far as it may have gone. */
async function promisedBySku(db: Db): Promise<Map<string, number>> {
  const settled = await uses(db)
    .select('use.sku')
    .select(
      sql<number>`sum(use.units * (rights.entitlement + rights.hold - coalesce(register_count.taken_units, 0)))`.as(
        'units',
      ),
    )
    .groupBy('use.sku')
    .execute()
  const flying = await uses(db)
    .select(['use.sku', 'use.units', 'rights.entitlement', 'rights.hold', 'rights.op'])
    .where('rights.op', 'is not', null)
    .$narrowType<{ op: NotNull }>()
    .execute()
  const promised = new Map(settled.map(({ sku, units }) => [sku, Number(units)]))
  for (const { sku, units, entitlement, hold, op } of flying) {
    // Safe: written by the dispatcher's book of rights only.
    const { ceiling } = JSON.parse(op) as OpInFlight
    promised.set(sku, (promised.get(sku) ?? 0) + Number(units) * (ceiling - entitlement - hold))
  }
  return promised
}

/** One row per sku and counter that sells it, with the counter's rights: as the planner has them. */
const uses = (db: Db) =>
  db
    .selectFrom(
      db
        .selectFrom('link')
        // SQLite keeps the order of cross joins: from each link to its listing, never through all listings of a shop.
        .crossJoin('listing')
        .select(['link.sku', 'listing.account', 'listing.register'])
        .select((eb) => eb.fn.max('link.units').as('units'))
        .where('link.merchant', '=', MERCHANT)
        .where('link.units', '>', 0)
        .whereRef('listing.account', '=', 'link.account')
        .whereRef('listing.listing', '=', 'link.listing')
        .where('listing.register', 'is not', null)
        .groupBy(['link.sku', 'listing.account', 'listing.register'])
        .as('use'),
    )
    .crossJoin('rights')
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'rights.account')
        .onRef('register_count.register', '=', 'rights.register'),
    )
    .whereRef('rights.account', '=', 'use.account')
    .whereRef('rights.register', '=', 'use.register')
    // A counter of deleted listings alone sells nothing, whatever its number says.
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('listing as its')
          .crossJoin('link as part')
          .select('its.listing')
          .whereRef('its.account', '=', 'use.account')
          .whereRef('its.register', '=', 'use.register')
          .where('its.state', '<>', 'deleted')
          .where('its.counting', '<>', 'derived')
          .whereRef('part.account', '=', 'its.account')
          .whereRef('part.listing', '=', 'its.listing')
          .where('part.units', '>', 0),
      ),
    )

/** The rules that may be about a sku: those about all of them, and its own. */
async function rulesOf(db: Db): Promise<(sku: string) => readonly Rule[]> {
  const rows = await db
    .selectFrom('rule')
    .select(['id', 'account', 'listing', 'sku', 'name', 'value', 'from_at', 'until_at'])
    .where('merchant', '=', MERCHANT)
    .where('name', 'in', ['policy', 'allowance'])
    .execute()
  const general = rows.filter(({ sku }) => sku === null)
  const own = new Map<string, Rule[]>()
  for (const row of rows) if (row.sku !== null) own.set(row.sku, [...(own.get(row.sku) ?? general), row])
  return (sku) => own.get(sku) ?? general
}
