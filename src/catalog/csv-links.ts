/** Links as a file: one line per listing and sku, out and in with the same columns. A file is taken whole, or not at all. */

import { MERCHANT } from '../domain.ts'
import type { Db, Tx } from '../store/tables.ts'
import { type Line, readTable, type Separator, writeTable } from './csv.ts'
import type { LinkChange } from './undo.ts'

/** The first two say which listing, the last two what it sells; what is between helps people and is not read back. */
export const linkColumns = ['account', 'listing', 'title', 'shop_sku', 'gtin', 'state', 'sku', 'units'] as const
const readColumns = ['account', 'listing', 'sku', 'units'] as const

export const linesMax = 20_000
const errorsMax = 100
const unitsMax = 10_000
const keysPerStatement = 500

export interface LineError {
  readonly line: number
  readonly column: string | null
  readonly reason: string
}

export type ReadLinks =
  | { readonly ok: true; readonly changes: readonly LinkChange[]; readonly lines: number }
  | { readonly ok: false; readonly errors: readonly LineError[] }

type Cells = Readonly<Record<(typeof readColumns)[number], string>>
interface LinkLine {
  readonly line: number
  readonly cells: Cells
}

const cellsOf = ({ line, cells }: Line): LinkLine => ({
  line,
  cells: {
    account: cells.account ?? '',
    listing: cells.listing ?? '',
    sku: cells.sku ?? '',
    units: cells.units ?? '',
  },
})

const keyOf = ({ account, listing }: Pick<Cells, 'account' | 'listing'>) => `${account}\u0000${listing}`

/** Reads a file and looks everything up that it names. Nothing is changed here. */
export async function readLinks(db: Db | Tx, text: string): Promise<ReadLinks> {
  const table = readTable(text, readColumns)
  if (!table.ok) return { ok: false, errors: [{ line: table.line, column: null, reason: table.reason }] }
  if (table.lines.length > linesMax)
    return {
      ok: false,
      errors: [{ line: linesMax + 1, column: null, reason: `A file may have ${linesMax} lines; split it.` }],
    }
  const lines = table.lines.map(cellsOf)
  const listings = await knownListings(db, lines)
  const skus = await knownSkus(db, lines)
  const errors = lines.flatMap((line) => faultsOf(line, listings, skus))
  const byListing = Map.groupBy(lines, ({ cells }) => keyOf(cells))
  for (const same of byListing.values()) errors.push(...togetherFaults(same))
  if (errors.length > 0) return { ok: false, errors: errors.toSorted((a, b) => a.line - b.line).slice(0, errorsMax) }
  const changes = [...byListing.values()].flatMap((same) => {
    const [first] = same
    if (!first) return []
    const { account, listing } = first.cells
    const parts = same.flatMap(({ cells }) =>
      cells.sku === '' ? [] : [{ sku: cells.sku, units: Number(cells.units) }],
    )
    return [{ account, listing, parts }]
  })
  return { ok: true, changes, lines: lines.length }
}

/** What Excel makes of a long number: its last digits are gone for good. */
const roundedPattern = /^\d[.,]?\d*E\+\d+$/i

function faultsOf(
  { line, cells: { account, listing, sku, units } }: LinkLine,
  listings: ReadonlySet<string>,
  skus: ReadonlySet<string>,
): LineError[] {
  const fault = (column: string, reason: string) => [{ line, column, reason }]
  if (account === '') return fault('account', 'It names no account.')
  if (roundedPattern.test(listing))
    return fault(
      'listing',
      `A spreadsheet has rounded this number to ${listing}: open the file with this column as text.`,
    )
  if (!listings.has(keyOf({ account, listing })))
    return fault('listing', `Account ${account} has no listing ${listing || '(empty)'}.`)
  if (sku === '') return units === '' ? [] : fault('sku', 'It has units of no sku.')
  if (!skus.has(sku)) return fault('sku', `There is no sku ${sku}.`)
  if (!/^\d+$/.test(units) || Number(units) < 1 || Number(units) > unitsMax)
    return fault('units', `Units must be a whole number from 1 to ${unitsMax}, not ${units || '(empty)'}.`)
  return []
}

/** Lines of the same listing say together what it consists of. */
function togetherFaults(same: readonly LinkLine[]): LineError[] {
  const seen = new Set<string>()
  return same.flatMap(({ line, cells: { listing, sku } }) => {
    if (same.length > 1 && sku === '')
      return [{ line, column: 'sku', reason: `Listing ${listing} has a line with a sku and one without.` }]
    if (seen.has(sku)) return [{ line, column: 'sku', reason: `Listing ${listing} names the sku ${sku} twice.` }]
    seen.add(sku)
    return []
  })
}

function* portions<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += keysPerStatement) yield items.slice(at, at + keysPerStatement)
}

async function knownListings(db: Db | Tx, lines: readonly LinkLine[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (const [account, some] of Map.groupBy(lines, ({ cells }) => cells.account))
    for (const portion of portions([...new Set(some.map(({ cells }) => cells.listing))])) {
      const rows = await db
        .selectFrom('listing')
        .select(['account', 'listing'])
        .where('account', '=', account)
        .where('listing', 'in', portion)
        .execute()
      for (const row of rows) known.add(keyOf(row))
    }
  return known
}

async function knownSkus(db: Db | Tx, lines: readonly LinkLine[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (const portion of portions([...new Set(lines.map(({ cells }) => cells.sku))])) {
    const rows = await db
      .selectFrom('sku')
      .select('sku')
      .where('merchant', '=', MERCHANT)
      .where('sku', 'in', portion)
      .execute()
    for (const { sku } of rows) known.add(sku)
  }
  return known
}

export interface WriteLinks {
  readonly account?: string | undefined
  readonly separator: Separator
}

const listingsPerPortion = 500

/** The file in portions: a large catalogue never stands in memory whole. What the shop has deleted is left out. */
export async function* writeLinks(db: Db, { account, separator }: WriteLinks): AsyncGenerator<string> {
  let last: { account: string; listing: string } | undefined
  for (;;) {
    const from = last
    const listings = await db
      .selectFrom('listing')
      .select(['account', 'listing', 'title', 'sku_text', 'gtin', 'state'])
      .where('state', '<>', 'deleted')
      .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
      .$if(from !== undefined, (query) =>
        query.where((eb) =>
          eb.or([
            eb('account', '>', from?.account ?? ''),
            eb.and([eb('account', '=', from?.account ?? ''), eb('listing', '>', from?.listing ?? '')]),
          ]),
        ),
      )
      .orderBy('account')
      .orderBy('listing')
      .limit(listingsPerPortion)
      .execute()
    const links =
      listings.length === 0
        ? []
        : await db
            .selectFrom('link')
            .select(['account', 'listing', 'sku', 'units'])
            .where(
              'listing',
              'in',
              listings.map(({ listing }) => listing),
            )
            .where('units', '>', 0)
            .orderBy('sku')
            .execute()
    const byListing = Map.groupBy(links, keyOf)
    const rows = listings.flatMap((one) => {
      const known = [one.account, one.listing, one.title, one.sku_text ?? '', one.gtin ?? '', one.state]
      const parts = byListing.get(keyOf(one)) ?? []
      return parts.length === 0 ? [[...known, '', '']] : parts.map(({ sku, units }) => [...known, sku, units])
    })
    yield writeTable(linkColumns, rows, { separator, isFirst: from === undefined })
    if (listings.length < listingsPerPortion) return
    last = listings.at(-1)
  }
}
