/** Rules as people see them: which hold now, which begin later, and what was ever said. */

import { z } from 'zod'
import { MERCHANT } from '../../domain.ts'
import { type RuleName, type RuleSubject, ruleOf } from '../../planner/rules.ts'
import type { Db, RuleTable } from '../../store/tables.ts'
import { iso, isoOrNull, time } from '../times.ts'

export const ruleView = z.object({
  id: z.string(),
  name: z.string(),
  value: z.string().nullable().describe('Null: what was said before for this scope was taken back'),
  account: z.string().nullable().describe('Null: every shop'),
  listing: z.string().nullable().describe('Null: every listing'),
  sku: z.string().nullable().describe('Null: every sku'),
  from: time.nullable(),
  until: time.nullable(),
  by: z.string(),
  at: time,
})

export const ruleViewOf = (row: RuleTable): z.input<typeof ruleView> => ({
  id: row.id,
  name: row.name,
  value: row.value,
  account: row.account,
  listing: row.listing,
  sku: row.sku,
  from: isoOrNull(row.from_at),
  until: isoOrNull(row.until_at),
  by: row.made_by,
  at: iso(row.made_at),
})

export interface Scope {
  readonly account?: string | undefined
  readonly listing?: string | undefined
  readonly sku?: string | undefined
}

/** Oldest first; what is not named in the scope matches everything. */
export const ruleRows = (db: Db, { account, listing, sku }: Scope, name?: string) =>
  db
    .selectFrom('rule')
    .selectAll()
    .where('merchant', '=', MERCHANT)
    .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
    .$if(listing !== undefined, (query) => query.where('listing', '=', listing ?? ''))
    .$if(sku !== undefined, (query) => query.where('sku', '=', sku ?? ''))
    .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))

const scopeOf = ({ name, account, listing, sku }: RuleTable) => JSON.stringify([name, account, listing, sku])
const isOnAt = ({ from_at, until_at }: RuleTable, at: number) =>
  (from_at === null || from_at <= at) && (until_at === null || at < until_at)

/** The rows that hold at this moment; of one name and scope the newest. Pure. */
export function rulesInForce(rows: readonly RuleTable[], at: number): RuleTable[] {
  const newest = new Map<string, RuleTable>()
  for (const row of rows) {
    const known = newest.get(scopeOf(row))
    if (isOnAt(row, at) && (!known || known.id < row.id)) newest.set(scopeOf(row), row)
  }
  return [...newest.values()].filter(({ value }) => value !== null)
}

/** The rows that will hold once their time comes: a newer word for the same scope takes an older one back. Pure. */
export const rulesToCome = (rows: readonly RuleTable[], now: number): RuleTable[] =>
  rows.filter(
    ({ id, from_at }) => from_at !== null && from_at > now && rulesInForce(rows, from_at).some((one) => one.id === id),
  )

/** The row that decides for a subject, of several scopes the most specific. */
export const ruleInForce = (
  rows: readonly RuleTable[],
  name: RuleName,
  subject: RuleSubject,
  at: number,
): RuleTable | undefined => {
  const found = ruleOf(rows, name, subject, at)
  return found && rows.find(({ id }) => id === found.id)
}

/** A rule about a shop or a listing that does not sell the sku says nothing of it. */
export const isAboutSellers = (
  { account, listing }: RuleTable,
  sellers: readonly { readonly account: string; readonly listings: readonly string[] }[],
): boolean =>
  (account === null && listing === null) ||
  sellers.some(
    (one) => (account === null || one.account === account) && (listing === null || one.listings.includes(listing)),
  )
