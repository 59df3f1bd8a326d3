/** Reads what going live would change in a shop: every counter of it, decided as if it might be written already. Writes nothing. */

import type { NotNull } from 'kysely'
import { createReach } from '../../dispatcher/reach.ts'
import { type AccountId, asId, type ListingId, type RegisterId, type SkuId } from '../../domain.ts'
import { type DryRun, type DryRunCounter, dryRun } from '../../planner/dry-run.ts'
import type { Decision } from '../../planner/facts.ts'
import { plan } from '../../planner/policy.ts'
import { componentsAround, readNeighbourhood, type ShopFacts } from '../../planner/registers.ts'
import type { Db } from '../../store/tables.ts'
import type { ApiDeps } from '../deps.ts'

export type Liveness = 'no' | 'part' | 'all'

/** Whether a shop is written to: not at all, some of its listings, or all. */
export async function livenessOf(db: Db, account: { id: string; state: string }): Promise<Liveness> {
  if (account.state !== 'active') return 'no'
  return (await pausesOf(db, asId(account.id))).isWhole ? 'part' : 'all'
}

/** What is said of an account's pause without end: of all of it, and of single listings. */
export async function pausesOf(
  db: Db,
  account: AccountId,
): Promise<{ readonly isWhole: boolean; readonly listings: ReadonlyMap<ListingId, string> }> {
  const rows = await db
    .selectFrom('rule')
    .select(['listing', 'value'])
    .where('account', '=', account)
    .where('name', '=', 'pause')
    .where('sku', 'is', null)
    .where('from_at', 'is', null)
    .where('until_at', 'is', null)
    .orderBy('id')
    .execute()
  const newest = new Map(rows.map(({ listing, value }) => [listing, value]))
  const listings = [...newest].flatMap(([listing, value]) =>
    listing === null || value === null ? [] : [[asId<'listing'>(listing), value] as const],
  )
  return { isWhole: newest.get(null) === 'on', listings: new Map(listings) }
}

export async function readDryRun(deps: ApiDeps, account: AccountId): Promise<DryRun> {
  const counters = await countersOf(deps.store.db, account)
  const skus = [...new Set([...counters.values()].flatMap((one) => one.skus))].sort()
  const decisions = await decisionsOf(deps, account, skus)
  return dryRun(
    [...counters].map(([register, { skus: linked, ...counter }]) => ({
      register,
      ...counter,
      isLinked: linked.length > 0,
      decision: decisions.get(register),
    })),
  )
}

type Counter = Omit<DryRunCounter, 'register' | 'isLinked' | 'decision'> & { readonly skus: readonly SkuId[] }

/** Every counter of the shop that sells something, as it was read last. */
async function countersOf(db: Db, account: AccountId): Promise<Map<RegisterId, Counter>> {
  const rows = await db
    .selectFrom('listing')
    .leftJoin('link', (join) =>
      join
        .onRef('link.account', '=', 'listing.account')
        .onRef('link.listing', '=', 'listing.listing')
        .on('link.units', '>', 0),
    )
    .leftJoin('shelf', (join) =>
      join.onRef('shelf.account', '=', 'listing.account').onRef('shelf.register', '=', 'listing.register'),
    )
    .select([
      'listing.listing',
      'listing.register',
      'listing.title',
      'listing.counting',
      'listing.state',
      'link.sku',
      'shelf.available_units',
    ])
    .where('listing.account', '=', account)
    .where('listing.register', 'is not', null)
    .where('listing.state', '<>', 'deleted')
    .where('listing.counting', '<>', 'derived')
    .orderBy('listing.listing')
    .$narrowType<{ register: NotNull }>()
    .execute()
  const counters = new Map<RegisterId, Counter>()
  for (const row of rows) {
    const register = asId<'register'>(row.register)
    const known = counters.get(register)
    const isCountable = row.counting === 'counted' && (row.state === 'active' || row.state === 'inactive')
    counters.set(register, {
      title: known?.title ?? row.title,
      nowUnits: row.available_units,
      isCountable: isCountable || known?.isCountable === true,
      listings: [...new Set([...(known?.listings ?? []), asId<'listing'>(row.listing)])],
      skus: [...(known?.skus ?? []), ...(row.sku === null ? [] : [asId<'sku'>(row.sku)])],
    })
  }
  return counters
}

/** Short transactions: nobody waits long for a whole shop to be looked at. */
const skusPerTransaction = 100

async function decisionsOf(
  deps: ApiDeps,
  account: AccountId,
  skus: readonly SkuId[],
): Promise<Map<RegisterId, Decision>> {
  const { store, clock } = deps
  const shops = await shopsOf(deps, account)
  const context = { now: clock.now(), asLive: account, shop: (id: AccountId) => shops.get(id) }
  const found = new Map<RegisterId, Decision>()
  for (let at = 0; at < skus.length; at += skusPerTransaction) {
    const some = skus.slice(at, at + skusPerTransaction)
    const decided = await store.transaction(async (tx) => {
      const around = await componentsAround(tx, some)
      return plan((await readNeighbourhood(tx, around, context)).facts).decisions
    })
    for (const decision of decided) {
      const isAsked = decision.terms.components.some(({ sku }) => some.includes(sku))
      if (decision.account === account && isAsked && !found.has(decision.register))
        found.set(decision.register, decision)
    }
  }
  return found
}

/** What the planner would know of each shop: the one that is asked about answers, or it could not go live. */
async function shopsOf({ store, accounts, clock }: ApiDeps, asked: AccountId): Promise<Map<AccountId, ShopFacts>> {
  const shops = new Map<AccountId, ShopFacts>()
  for (const { id, state } of await accounts.list()) {
    const account = asId<'account'>(id)
    if (account !== asked && state !== 'active') continue
    const opened = await accounts.open(id).catch(() => undefined)
    if (!opened) continue
    const reach = createReach(account, opened.channel, clock)
    await reach.measure(store.db)
    shops.set(account, reach.facts())
  }
  return shops
}
