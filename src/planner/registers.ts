/** Reads what the policy is told: the components asked about, every register that sells them, and what is decided about both. */

import { type NotNull, sql } from 'kysely'
import { type AccountId, asId, type Instant, MERCHANT, POOL, type RegisterId, type SkuId } from '../domain.ts'
import type { Tx } from '../store/tables.ts'
import type { ComponentFacts, PolicyFacts, RegisterFacts } from './facts.ts'
import { type Demand, demandsOf, registerKey } from './pace.ts'
import type { Checkouts, OpInFlight, Pending, Rights } from './rights.ts'
import { componentRules, nextRuleChange, type Rule, registerRules } from './rules.ts'

/** What the planner has to know of a shop beyond the books. */
export interface ShopFacts {
  readonly kind: RegisterFacts['kind']
  /** The least a write can say: 1 where the platform refuses 0. */
  readonly leastUnits: 0 | 1
  readonly checkouts: Checkouts
  readonly isOnline: boolean
  readonly seeMs: number
  readonly pushMs: number
}

/** A register of the facts with what intents need besides. */
export interface KnownRegister {
  readonly facts: RegisterFacts
  readonly rightsRev: number
  /** When what moved its components last happened, by the shop's clock. */
  readonly causedAt: Instant
}

export interface Neighbourhood {
  readonly facts: PolicyFacts
  readonly registers: ReadonlyMap<string, KnownRegister>
  /** When a rule begins or ends. */
  readonly rulesChangeAt: Instant | null
}

export interface FactsContext {
  readonly now: Instant
  /** Undefined for an account that is not open: its registers keep all that they may sell. */
  shop(account: AccountId): ShopFacts | undefined
  /** Decides as if all of this account were live: for looking ahead, never for writing. */
  readonly asLive?: AccountId
}

const closedShop: ShopFacts = {
  kind: 'set',
  leastUnits: 0,
  checkouts: { diesAfterMs: 0, areVisible: true },
  isOnline: false,
  seeMs: 0,
  pushMs: 0,
}

/** The components that registers selling any of these skus are made of, these included, in id order. */
export async function componentsAround(tx: Tx, skus: readonly SkuId[]): Promise<SkuId[]> {
  if (skus.length === 0) return []
  const rows = await tx
    .selectFrom('link as mine')
    // SQLite keeps the order of a cross join: from these skus outwards, never through every listing of the shop.
    .crossJoin('listing as my')
    .crossJoin('listing as other')
    .crossJoin('link as theirs')
    .select('theirs.sku')
    .distinct()
    .where('mine.merchant', '=', MERCHANT)
    .where('mine.sku', 'in', skus)
    .where('mine.units', '>', 0)
    .whereRef('my.account', '=', 'mine.account')
    .whereRef('my.listing', '=', 'mine.listing')
    .whereRef('other.account', '=', 'my.account')
    .whereRef('other.register', '=', 'my.register')
    .whereRef('theirs.account', '=', 'other.account')
    .whereRef('theirs.listing', '=', 'other.listing')
    .where('theirs.units', '>', 0)
    .execute()
  return [...new Set([...skus, ...rows.map(({ sku }) => asId<'sku'>(sku))])].sort()
}

/** The components that these registers sell. */
export async function componentsOf(tx: Tx, account: AccountId, registers: readonly RegisterId[]): Promise<SkuId[]> {
  if (registers.length === 0) return []
  const rows = await tx
    .selectFrom('listing')
    // SQLite keeps the order of a cross join: from the registers outwards, never through every link of the shop.
    .crossJoin('link')
    .select('link.sku')
    .distinct()
    .where('listing.account', '=', account)
    .where('listing.register', 'in', registers)
    .whereRef('link.account', '=', 'listing.account')
    .whereRef('link.listing', '=', 'listing.listing')
    .where('link.units', '>', 0)
    .execute()
  return rows.map(({ sku }) => asId<'sku'>(sku)).sort()
}

/** Everything the policy needs to decide about the registers that sell these skus, which must be all components around them. */
export async function readNeighbourhood(
  tx: Tx,
  components: readonly SkuId[],
  context: FactsContext,
): Promise<Neighbourhood> {
  const { now, asLive } = context
  const said = await rulesFor(tx, components)
  // A pause of the whole account is what going live ends.
  const rules = asLive === undefined ? said : said.filter((rule) => !isPauseOf(rule, asLive))
  const balances = await readComponents(tx, components, rules, now)
  const rows = await registerRows(tx, components)
  const demands = await demandsOf(tx, distinctRegisters(rows), now)
  const known = new Set<string>(balances.keys())
  const registers = new Map<string, KnownRegister>()
  for (const [key, mine] of grouped(rows)) {
    const register = registerFacts(mine, known, rules, demands.get(key), context)
    if (!register) continue
    const causedAt = Math.max(...mine.map(({ sku }) => balances.get(sku)?.movedAt ?? 0))
    registers.set(key, { facts: register, rightsRev: mine[0]?.rights_rev ?? 0, causedAt })
  }
  return {
    facts: {
      now,
      components: [...balances.values()].map(({ facts }) => facts),
      registers: [...registers.values()].map(({ facts }) => facts),
    },
    registers,
    rulesChangeAt: nextRuleChange(rules, now),
  }
}

const isPauseOf = ({ name, account, listing, sku }: Rule, asked: AccountId) =>
  name === 'pause' && account === asked && listing === null && sku === null

const rulesFor = async (tx: Tx, components: readonly SkuId[]): Promise<Rule[]> =>
  components.length === 0
    ? []
    : await tx
        .selectFrom('rule')
        .select(['id', 'account', 'listing', 'sku', 'name', 'value', 'from_at', 'until_at'])
        .where('merchant', '=', MERCHANT)
        .where((eb) => eb.or([eb('sku', 'is', null), eb('sku', 'in', components)]))
        .execute()

async function readComponents(
  tx: Tx,
  components: readonly SkuId[],
  rules: readonly Rule[],
  now: Instant,
): Promise<Map<string, { facts: ComponentFacts; movedAt: Instant }>> {
  if (components.length === 0) return new Map()
  const rows = await tx
    .selectFrom('balance')
    .innerJoin('sku', (join) =>
      join.onRef('sku.merchant', '=', 'balance.merchant').onRef('sku.sku', '=', 'balance.sku'),
    )
    .select(['balance.sku', 'balance.on_hand', 'balance.reserved', 'balance.moved_at', 'sku.safety_units'])
    .where('balance.merchant', '=', MERCHANT)
    .where('balance.pool', '=', POOL)
    .where('balance.sku', 'in', components)
    .where('balance.counted_at', 'is not', null)
    .orderBy('balance.sku')
    .execute()
  const claims = await claimsOf(tx, components)
  return new Map(
    rows.map((row) => {
      const sku = asId<'sku'>(row.sku)
      const decided = componentRules(rules, sku, now)
      const facts: ComponentFacts = {
        sku,
        onHand: row.on_hand,
        reserved: row.reserved,
        safetyUnits: row.safety_units,
        ...decided,
        // What must become free for an order that is being taken back is nobody's to sell.
        allowanceUnits: decided.allowanceUnits - (claims.get(row.sku) ?? 0),
      }
      return [row.sku, { facts, movedAt: row.moved_at }]
    }),
  )
}

async function claimsOf(tx: Tx, components: readonly SkuId[]): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('claim')
    .select(['sku', 'units'])
    .where('merchant', '=', MERCHANT)
    .where('sku', 'in', components)
    .execute()
  const claims = new Map<string, number>()
  for (const { sku, units } of rows) claims.set(sku, (claims.get(sku) ?? 0) + units)
  return claims
}

/** One row per register, listing and component: every register that sells any of these components, with all of what it sells. */
const registerRows = async (tx: Tx, components: readonly SkuId[]) =>
  components.length === 0
    ? []
    : await tx
        .selectFrom(
          tx
            .selectFrom('link')
            .innerJoin('listing', (join) =>
              join.onRef('listing.account', '=', 'link.account').onRef('listing.listing', '=', 'link.listing'),
            )
            .select(['listing.account', 'listing.register'])
            .distinct()
            .where('link.merchant', '=', MERCHANT)
            .where('link.sku', 'in', components)
            .where('link.units', '>', 0)
            .where('listing.register', 'is not', null)
            .as('chosen'),
        )
        // SQLite keeps the order of cross joins: from the few registers outwards, never through every link of the shop.
        .crossJoin('listing')
        .crossJoin('link')
        .innerJoin('account', 'account.id', 'listing.account')
        .innerJoin('rights', (join) =>
          join.onRef('rights.account', '=', 'listing.account').onRef('rights.register', '=', 'listing.register'),
        )
        .leftJoin('register_count', (join) =>
          join
            .onRef('register_count.account', '=', 'listing.account')
            .onRef('register_count.register', '=', 'listing.register'),
        )
        .leftJoin('shelf', (join) =>
          join.onRef('shelf.account', '=', 'listing.account').onRef('shelf.register', '=', 'listing.register'),
        )
        .select([
          'listing.account',
          'listing.register',
          'listing.listing',
          'listing.counting',
          'listing.state',
          'link.sku',
          'link.units',
          'account.state as account_state',
          'rights.entitlement',
          'rights.hold',
          'rights.hold_until',
          'rights.op',
          'rights.pend',
          'rights.reclaimed_at',
          'rights.rev as rights_rev',
          'shelf.locked_units',
        ])
        .select((eb) => eb.fn.coalesce('register_count.taken_units', sql.lit(0)).as('taken_units'))
        .whereRef('listing.account', '=', 'chosen.account')
        .whereRef('listing.register', '=', 'chosen.register')
        .whereRef('link.account', '=', 'listing.account')
        .whereRef('link.listing', '=', 'listing.listing')
        .where('link.units', '>', 0)
        .orderBy('listing.account')
        .orderBy('listing.register')
        .orderBy('link.sku')
        .$narrowType<{ register: NotNull }>()
        .execute()

type RegisterRow = Awaited<ReturnType<typeof registerRows>>[number]

function grouped(rows: readonly RegisterRow[]): Map<string, [RegisterRow, ...RegisterRow[]]> {
  const groups = new Map<string, [RegisterRow, ...RegisterRow[]]>()
  for (const row of rows) {
    const key = registerKey(row.account, row.register)
    const known = groups.get(key)
    if (known) known.push(row)
    else groups.set(key, [row])
  }
  return groups
}

const distinctRegisters = (rows: readonly RegisterRow[]) => [...grouped(rows).values()].map(([row]) => row)

/** A listing that is gone, or that its shop does not count, is not written; what its register may still sell stays charged. */
const isWritable = ({ account, counting, state, account_state }: RegisterRow, asLive: AccountId | undefined) =>
  counting === 'counted' &&
  (state === 'active' || state === 'inactive') &&
  (account_state === 'active' || account === asLive)

/** Undefined for a register that sells nothing any more whatever its number says: every listing of it is deleted. */
function registerFacts(
  mine: readonly [RegisterRow, ...RegisterRow[]],
  known: ReadonlySet<string>,
  rules: readonly Rule[],
  demand: Demand | undefined,
  context: FactsContext,
): RegisterFacts | undefined {
  if (mine.every(({ state, counting }) => state === 'deleted' || counting === 'derived')) return undefined
  const [row] = mine
  const account = asId<'account'>(row.account)
  const shop = context.shop(account) ?? closedShop
  // Listings that share a register say the same of it; where they differ, the larger charge is the safe one.
  const parts = new Map<string, number>()
  for (const { sku, units } of mine) parts.set(sku, Math.max(parts.get(sku) ?? 0, units))
  const skus = [...parts.keys()].map((sku) => asId<'sku'>(sku))
  const listings = mine.map(({ listing }) => asId<'listing'>(listing))
  return {
    account,
    register: asId(row.register),
    kind: shop.kind,
    parts: [...parts].map(([sku, units]) => ({ sku: asId<'sku'>(sku), units })),
    rights: rightsOf(row),
    takenUnits: Number(row.taken_units),
    isOnline: shop.isOnline && mine.some((one) => isWritable(one, context.asLive)),
    floorUnits: row.locked_units ?? 0,
    leastUnits: shop.leastUnits,
    checkoutsDieAfterMs: shop.checkouts.diesAfterMs,
    areCheckoutsVisible: shop.checkouts.areVisible,
    reclaimedAt: row.reclaimed_at,
    rules: registerRules(rules, { account, listings, skus }, context.now),
    pace: {
      meanPerSecond: demand?.meanPerSecond ?? 0,
      upPerSecond: demand?.upPerSecond ?? 2 / 300,
      seeMs: shop.seeMs,
      pushMs: shop.pushMs,
    },
    isDecidable: skus.every((sku) => known.has(sku)),
  }
}

/** Safe: `op` and `pend` are written by the dispatcher's book of rights only. */
export const rightsOf = (row: Pick<RegisterRow, 'entitlement' | 'hold' | 'hold_until' | 'op' | 'pend'>): Rights => ({
  entitlement: row.entitlement,
  hold: row.hold,
  holdUntil: row.hold_until,
  ...(row.op !== null && { op: JSON.parse(row.op) as OpInFlight }),
  ...(row.pend !== null && { pend: JSON.parse(row.pend) as Pending }),
})
