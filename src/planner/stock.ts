/** Plans components: reads their balances, links and rights, asks the policy, and intends what each register should show. */

import { type NotNull, sql } from 'kysely'
import { asId, MERCHANT, POOL, type SkuId } from '../domain.ts'
import { lockBalances } from '../ledger/locks.ts'
import type { Db, Tx } from '../store/tables.ts'
import { intend, markPlanned, type StockTarget, urgencies } from './intents.ts'
import { type ComponentStock, mirror } from './policy.ts'
import { believedUnits } from './rights.ts'

/** Why a component was planned: the revisions of everything the plan reads, as one text. */
export async function staleComponents(db: Db, limit: number): Promise<SkuId[]> {
  const rows = await revisions(db)
    .leftJoin('plan', (join) => join.on('plan.book', '=', 'stock').onRef('plan.subject', '=', 'balance.sku'))
    .where(({ eb, ref }) => eb.or([eb('plan.seen', 'is', null), eb(ref('plan.seen'), '<>', seenText)]))
    .limit(limit)
    .execute()
  return rows.map(({ sku }) => asId<'sku'>(sku))
}

const linkSum = sql<number>`(select coalesce(sum(l.rev), 0) from link l where l.merchant = balance.merchant and l.sku = balance.sku)`
const listingSum = sql<number>`(select coalesce(sum(g.seen_at), 0) from link l join listing g on g.account = l.account and g.listing = l.listing
  where l.merchant = balance.merchant and l.sku = balance.sku and l.units > 0)`
const rightsSum = sql<number>`(select coalesce(sum(r.rev), 0) from link l join listing g on g.account = l.account and g.listing = l.listing
  join rights r on r.account = g.account and r.register = g.register
  where l.merchant = balance.merchant and l.sku = balance.sku and l.units > 0)`
const accountSum = sql<number>`(select coalesce(sum(a.rev), 0) from account a where a.merchant = balance.merchant)`
const seenText = sql<string>`(balance.rev || '/' || sku.rev || '/' || ${linkSum} || '/' || ${listingSum} || '/' || ${rightsSum} || '/' || ${accountSum})`

const revisions = (db: Db) =>
  db
    .selectFrom('balance')
    .innerJoin('sku', (join) =>
      join.onRef('sku.merchant', '=', 'balance.merchant').onRef('sku.sku', '=', 'balance.sku'),
    )
    .select(['balance.sku', seenText.as('seen')])
    .where('balance.merchant', '=', MERCHANT)
    .where('balance.pool', '=', POOL)

export interface PlanContext {
  readonly now: number
  readonly newId: () => string
}

/** Plans some components in one transaction: every register that sells one of them gets its intent when it must change. */
export async function planComponents(tx: Tx, skus: readonly SkuId[], context: PlanContext): Promise<void> {
  await lockBalances(tx, skus)
  const seen = await revisions(tx).where('balance.sku', 'in', skus).orderBy('balance.sku').execute()
  for (const register of await registersSelling(tx, skus)) await planRegister(tx, register, context)
  await withdraw(tx, skus, context)
  for (const { sku, seen: revision } of seen) await markPlanned(tx, 'stock', sku, revision)
}

interface RegisterStock {
  readonly account: string
  readonly register: string
  readonly entitlement: number
  readonly rightsRev: number
  readonly takenUnits: number
  readonly causedAt: number
  readonly components: ComponentStock[]
}

/** The registers of listings that are or were linked to these skus: asked as a list, so that nothing else is looked at. */
const registersOf = (tx: Tx, skus: readonly SkuId[]) =>
  tx
    .selectFrom('link')
    .innerJoin('listing', (join) =>
      join.onRef('listing.account', '=', 'link.account').onRef('listing.listing', '=', 'link.listing'),
    )
    .select(['listing.account', 'listing.register'])
    .where('link.merchant', '=', MERCHANT)
    .where('link.sku', 'in', skus)
    .where('listing.register', 'is not', null)
    .$narrowType<{ register: NotNull }>()

/** The writable registers that sell any of these skus, each with all its components. A listing that is gone is not written. */
async function registersSelling(tx: Tx, skus: readonly SkuId[]): Promise<RegisterStock[]> {
  const rows = await tx
    .selectFrom(registersOf(tx, skus).where('link.units', '>', 0).distinct().as('chosen'))
    // SQLite keeps the order of cross joins: from the few registers outwards, never through every link of the shop.
    .crossJoin('listing')
    .crossJoin('link')
    .innerJoin('balance', (join) =>
      join
        .onRef('balance.merchant', '=', 'link.merchant')
        .onRef('balance.sku', '=', 'link.sku')
        .on('balance.pool', '=', POOL),
    )
    .innerJoin('sku', (join) => join.onRef('sku.merchant', '=', 'link.merchant').onRef('sku.sku', '=', 'link.sku'))
    .innerJoin('account', 'account.id', 'listing.account')
    .innerJoin('rights', (join) =>
      join.onRef('rights.account', '=', 'listing.account').onRef('rights.register', '=', 'listing.register'),
    )
    .leftJoin('register_count', (join) =>
      join
        .onRef('register_count.account', '=', 'listing.account')
        .onRef('register_count.register', '=', 'listing.register'),
    )
    .select([
      'listing.account',
      'listing.register',
      'link.sku',
      'link.units',
      'balance.on_hand',
      'balance.reserved',
      'balance.moved_at',
      'sku.safety_units',
      'rights.entitlement',
      'rights.rev as rights_rev',
    ])
    .select((eb) => eb.fn.coalesce('register_count.taken_units', sql.lit(0)).as('taken_units'))
    .where('account.state', '=', 'active')
    .where('listing.counting', '=', 'counted')
    .where('listing.state', 'in', ['active', 'inactive'])
    .whereRef('listing.account', '=', 'chosen.account')
    .whereRef('listing.register', '=', 'chosen.register')
    .whereRef('link.account', '=', 'listing.account')
    .whereRef('link.listing', '=', 'listing.listing')
    .where('link.units', '>', 0)
    .execute()
  const registers = new Map<string, RegisterStock>()
  for (const row of rows) {
    if (row.register === null) continue
    const key = `${row.account} ${row.register}`
    const known = registers.get(key) ?? {
      account: row.account,
      register: row.register,
      entitlement: row.entitlement,
      rightsRev: row.rights_rev,
      takenUnits: Number(row.taken_units),
      causedAt: 0,
      components: [],
    }
    const component = {
      sku: asId<'sku'>(row.sku),
      onHand: row.on_hand,
      reserved: row.reserved,
      safetyUnits: row.safety_units,
      unitsPerSale: row.units,
    }
    registers.set(key, {
      ...known,
      causedAt: Math.max(known.causedAt, row.moved_at),
      components: [...known.components, component],
    })
  }
  return [...registers.values()]
}

/** Intends the policy's number when it is new, or when the shop is believed to show another one. */
async function planRegister(tx: Tx, stock: RegisterStock, context: PlanContext): Promise<void> {
  const { units, terms } = mirror(stock.components)
  const believed = believedUnits({ entitlement: stock.entitlement }, stock.takenUnits)
  const last = await tx
    .selectFrom('intent')
    .select('target')
    .where('account', '=', stock.account)
    .where('kind', '=', 'stock')
    .where('subject', '=', stock.register)
    .executeTakeFirst()
  // Safe: intents of kind stock are written below only.
  const lastTarget = last && (JSON.parse(last.target) as StockTarget)
  if (lastTarget?.units === units && !lastTarget.withdrawn) {
    // A write that the shop refused waits for a person, not for a next plan that says the same.
    const isNews = lastTarget.seen?.believedUnits !== believed || lastTarget.seen.rightsRev !== stock.rightsRev
    if (believed === units || !isNews) return
  }
  await intend(
    tx,
    {
      account: asId(stock.account),
      kind: 'stock',
      subject: stock.register,
      target: {
        register: asId(stock.register),
        units,
        seen: { believedUnits: believed, rightsRev: stock.rightsRev },
      } satisfies StockTarget,
      terms,
      urgency: units < believed ? urgencies.decrease : urgencies.increase,
      // A write that only puts a shelf right again was caused by no event in a shop.
      causedAt: lastTarget?.units === units ? null : stock.causedAt,
    },
    context,
  )
}

/**
 * Takes back what was intended for registers that nothing writable sells from any more: deleted, frozen, no longer counted,
 * unlinked. What was due or parked ends with it; when the listing comes back, it is intended anew.
 */
async function withdraw(tx: Tx, skus: readonly SkuId[], context: PlanContext): Promise<void> {
  const rows = await tx
    .selectFrom('intent')
    .select(['intent.account', 'intent.subject', 'intent.target'])
    .where('intent.kind', '=', 'stock')
    .where(({ eb, refTuple }) =>
      eb(refTuple('intent.account', 'intent.subject'), 'in', registersOf(tx, skus).$asTuple('account', 'register')),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('listing as other')
            .crossJoin('link as part')
            .select('part.sku')
            .whereRef('part.account', '=', 'other.account')
            .whereRef('part.listing', '=', 'other.listing')
            .where('part.units', '>', 0)
            .whereRef('other.account', '=', 'intent.account')
            .whereRef('other.register', '=', 'intent.subject')
            .where('other.counting', '=', 'counted')
            .where('other.state', 'in', ['active', 'inactive']),
        ),
      ),
    )
    .execute()
  for (const { account, subject, target } of rows) {
    // Safe: intents of kind stock are written in this file only.
    const last = JSON.parse(target) as StockTarget
    if (last.withdrawn) continue
    const intent = { account: asId<'account'>(account), kind: 'stock', subject, terms: {}, causedAt: null } as const
    const withdrawn: StockTarget = { register: asId(subject), units: last.units, withdrawn: true }
    await intend(tx, { ...intent, target: withdrawn, urgency: urgencies.increase }, context)
  }
}
