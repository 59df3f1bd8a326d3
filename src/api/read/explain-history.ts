/** What the books say of a sku at one instant, from what is only ever added to: movements, takings, changes of rights, rules. */

import { safetyRule } from '../../catalog/skus.ts'
import { asId, MERCHANT, POOL } from '../../domain.ts'
import type { PastComponent, PastRegister, PastRights } from '../../planner/explain.ts'
import { componentRules } from '../../planner/rules.ts'
import { idFloor } from '../../store/index.ts'
import type { Db, RuleTable } from '../../store/tables.ts'
import { type PastSeller, sellersAt } from './explain-links.ts'

export interface Past {
  readonly component: PastComponent
  /** Everything that sold it then, a register whose shelf had not been seen yet included. */
  readonly sellers: readonly PastSeller[]
  /** The rows that were there then and may be about this sku, oldest first. */
  readonly rules: readonly RuleTable[]
}

/** Ids below this were made at the instant or before: movements carry the shop's clock, their ids carry ours. */
export const idsUpTo = (at: number): string => idFloor(at + 1)

export async function pastOf(db: Db, sku: string, at: number): Promise<Past> {
  const rules = await rulesAt(db, sku, at)
  const sellers = await sellersAt(db, sku, at)
  const registers: PastRegister[] = []
  for (const { account, register, unitsPerSale } of sellers) {
    const rights = await rightsAt(db, account, register, at)
    // The planner, too, plans only with shelves that were seen.
    if (!rights) continue
    registers.push({ account, register, unitsPerSale, rights, takenUnits: await takenAt(db, account, register, at) })
  }
  const id = asId<'sku'>(sku)
  const { policy, allowanceUnits } = componentRules(rules, id, at)
  const component = {
    sku: id,
    isCounted: await wasCounted(db, sku, at),
    ...(await balanceAt(db, sku, at)),
    safetyUnits: safetyOf(rules),
    policy,
    allowanceUnits,
    registers,
  }
  return { component, sellers, rules }
}

async function balanceAt(db: Db, sku: string, at: number): Promise<{ onHand: number; reserved: number }> {
  const row = await db
    .selectFrom('movement')
    .select((eb) => [
      eb.fn.sum<number | null>('on_hand_delta').as('on_hand'),
      eb.fn.sum<number | null>('reserved_delta').as('reserved'),
    ])
    .where('merchant', '=', MERCHANT)
    .where('pool', '=', POOL)
    .where('sku', '=', sku)
    .where('id', '<', idsUpTo(at))
    .executeTakeFirst()
  return { onHand: Number(row?.on_hand ?? 0), reserved: Number(row?.reserved ?? 0) }
}

async function wasCounted(db: Db, sku: string, at: number): Promise<boolean> {
  const rows = await db
    .selectFrom('movement')
    .select('id')
    .where('merchant', '=', MERCHANT)
    .where('pool', '=', POOL)
    .where('sku', '=', sku)
    .where('id', '<', idsUpTo(at))
    .where('kind', 'in', ['receive', 'adjust'])
    .orderBy('id')
    .limit(1)
    .execute()
  return rows.length > 0
}

async function takenAt(db: Db, account: string, register: string, at: number): Promise<number> {
  const row = await db
    .selectFrom('taking')
    .select((eb) => eb.fn.sum<number | null>('units').as('units'))
    .where('account', '=', account)
    .where('register', '=', register)
    .where('at', '<=', at)
    .executeTakeFirst()
  return Number(row?.units ?? 0)
}

async function rightsAt(db: Db, account: string, register: string, at: number): Promise<PastRights | undefined> {
  const row = await db
    .selectFrom('rights_change')
    .selectAll()
    .where('account', '=', account)
    .where('register', '=', register)
    .where('id', '<', idsUpTo(at))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return (
    row && {
      id: row.id,
      cause: row.cause,
      entitlement: row.entitlement,
      hold: row.hold,
      holdUntil: row.hold_until,
      ceiling: row.ceiling,
      shown: row.shown,
      takenUnits: row.taken_units,
      callKey: row.call_key,
      at: row.at,
    }
  )
}

/** Oldest first; a rule about a listing or an account is there too, whether or not it sells this sku. */
export async function rulesAt(db: Db, sku: string, at: number): Promise<RuleTable[]> {
  return await db
    .selectFrom('rule')
    .selectAll()
    .where('merchant', '=', MERCHANT)
    .where((eb) => eb.or([eb('sku', 'is', null), eb('sku', '=', sku)]))
    .where('id', '<', idsUpTo(at))
    .orderBy('id')
    .execute()
}

export const safetyRowOf = (rules: readonly RuleTable[]): RuleTable | undefined =>
  rules.findLast(({ name, sku }) => name === safetyRule && sku !== null)

const safetyOf = (rules: readonly RuleTable[]): number => Number(safetyRowOf(rules)?.value ?? 0)
