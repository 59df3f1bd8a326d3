/** Plans components: reads their balances, links and rights, asks the policy, and intends what each register should show. */

import { type NotNull, sql } from 'kysely'
import { asId, type Instant, MERCHANT, POOL, type SkuId } from '../domain.ts'
import { lockBalances } from '../ledger/locks.ts'
import type { Db, Tx } from '../store/tables.ts'
import type { Decision } from './facts.ts'
import { type IntendDeps, intend, intended, markPlanned, type StockTarget, urgencies } from './intents.ts'
import { registerKey } from './pace.ts'
import { plan } from './policy.ts'
import { componentsAround, type FactsContext, type KnownRegister, readNeighbourhood } from './registers.ts'

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
const newestRule = sql<string>`(select coalesce(max(u.id), '') from rule u where u.merchant = balance.merchant and (u.sku is null or u.sku = balance.sku))`
const claimSum = sql<number>`(select coalesce(sum(m.units), 0) from claim m where m.merchant = balance.merchant and m.sku = balance.sku)`
const seenText = sql<string>`(balance.rev || '/' || sku.rev || '/' || ${linkSum} || '/' || ${listingSum} || '/' || ${rightsSum} || '/' || ${accountSum} || '/' || ${newestRule} || '/' || ${claimSum})`

const revisions = (db: Db) =>
  db
    .selectFrom('balance')
    .innerJoin('sku', (join) =>
      join.onRef('sku.merchant', '=', 'balance.merchant').onRef('sku.sku', '=', 'balance.sku'),
    )
    .select(['balance.sku', seenText.as('seen')])
    .where('balance.merchant', '=', MERCHANT)
    .where('balance.pool', '=', POOL)

export interface PlanContext extends FactsContext, IntendDeps {}

/** Components whose plan asked to be made again by now: a hold has ended, a campaign is over, a refill may be due. */
export async function dueComponents(db: Db, now: Instant, limit: number): Promise<SkuId[]> {
  const rows = await db
    .selectFrom('plan')
    .select('subject')
    .where('book', '=', 'stock')
    .where('wake_at', '<=', now)
    .orderBy('wake_at')
    .limit(limit)
    .execute()
  return rows.map(({ subject }) => asId<'sku'>(subject))
}

/** Plans some components in one transaction: every register that sells one of them gets its intent when it must change now. */
export async function planComponents(tx: Tx, skus: readonly SkuId[], context: PlanContext): Promise<void> {
  const around = await componentsAround(tx, skus)
  await lockBalances(tx, around)
  const seen = await revisions(tx).where('balance.sku', 'in', skus).orderBy('balance.sku').execute()
  const { facts, registers, rulesChangeAt } = await readNeighbourhood(tx, around, context)
  const { decisions, wakeAt } = plan(facts)
  for (const decision of decisions) {
    const register = registers.get(registerKey(decision.account, decision.register))
    if (register) await intendDecision(tx, decision, register, context)
  }
  await withdraw(tx, skus, context)
  const again = earliest(wakeAt, rulesChangeAt)
  for (const { sku, seen: revision } of seen) await markPlanned(tx, 'stock', sku, revision, again)
}

const earliest = (a: Instant | null, b: Instant | null) => (a === null ? b : b === null ? a : Math.min(a, b))

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

/** Intends a write that the policy wants now, unless it is the very one that was intended last and nothing is known that was not known then. */
async function intendDecision(
  tx: Tx,
  decision: Decision,
  { facts, rightsRev, causedAt }: KnownRegister,
  context: PlanContext,
): Promise<void> {
  if (decision.change === 'none') return
  const { account, register, toUnits, shownUnits } = decision
  const last = await intended<StockTarget>(tx, account, 'stock', register)
  const isRepeated =
    last !== undefined && last.units === toUnits && !last.withdrawn && last.seen?.believedUnits === shownUnits
  // A write that the shop refused waits for a person, not for a next plan that says the same.
  if (isRepeated && last.seen?.rightsRev === rightsRev) return
  const isOverdue = facts.rights.op === undefined && last?.units === toUnits && !last.withdrawn
  await intend(
    tx,
    {
      account,
      kind: 'stock',
      subject: register,
      target: { register, units: toUnits, why: decision.why, seen: { believedUnits: shownUnits, rightsRev } },
      terms: decision.terms,
      urgency: decision.change === 'lower' ? urgencies.decrease : urgencies.increase,
      // A write that only puts a shelf right again was caused by no event in a shop.
      causedAt: isOverdue ? null : causedAt,
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
