/** Linking in one go: many listings at once, kept as one action that can be taken back whole. */

import type { Instant } from '../domain.ts'
import { MERCHANT } from '../domain.ts'
import type { Store } from '../store/index.ts'
import type { LinkActionTable, Tx } from '../store/tables.ts'

export interface Part {
  readonly sku: string
  readonly units: number
}

/** What a listing is to sell from now on; nothing unlinks it. */
export interface LinkChange {
  readonly account: string
  readonly listing: string
  readonly parts: readonly Part[]
}

export interface LinkAction {
  readonly id: string
  readonly what: LinkActionTable['what']
  readonly by: string
  readonly at: Instant
}

/** Statements stay below every database's number of parameters. */
const listingsPerStatement = 200
const rowsPerStatement = 1000

const textOf = (parts: readonly Part[]): string =>
  JSON.stringify(
    parts.map(({ sku, units }) => ({ sku, units })).toSorted((a, b) => (a.sku < b.sku ? -1 : a.sku > b.sku ? 1 : 0)),
  )

const keyOf = ({ account, listing }: Pick<LinkChange, 'account' | 'listing'>) => `${account}\u0000${listing}`

/** What these listings sell now, as texts that can be compared. */
async function soldBy(
  tx: Tx,
  listings: readonly Pick<LinkChange, 'account' | 'listing'>[],
): Promise<Map<string, Part[]>> {
  const found = new Map<string, Part[]>(listings.map((one) => [keyOf(one), []]))
  for (const [account, some] of Map.groupBy(listings, ({ account }) => account)) {
    const rows = await tx
      .selectFrom('link')
      .select(['account', 'listing', 'sku', 'units'])
      .where('account', '=', account)
      .where(
        'listing',
        'in',
        some.map(({ listing }) => listing),
      )
      .where('units', '>', 0)
      .execute()
    for (const row of rows) found.get(keyOf(row))?.push({ sku: row.sku, units: row.units })
  }
  return found
}

/**
 * Links these listings anew, as a part of this action; returns the skus whose numbers change by it. What sells the same already is left
 * alone. Links are switched off by `units: 0`, never removed, so that their revisions only grow.
 */
export async function linkInOneGo(tx: Tx, action: LinkAction, changes: readonly LinkChange[]): Promise<string[]> {
  const skus = new Set<string>()
  for (let at = 0; at < changes.length; at += listingsPerStatement) {
    const some = changes.slice(at, at + listingsPerStatement)
    const before = await soldBy(tx, some)
    const news = some.flatMap((change) => {
      const was = before.get(keyOf(change)) ?? []
      return textOf(was) === textOf(change.parts) ? [] : [{ ...change, was }]
    })
    if (news.length === 0) continue
    for (const { parts, was } of news) for (const { sku } of [...parts, ...was]) skus.add(sku)
    await relink(tx, action, news)
  }
  return [...skus]
}

type News = LinkChange & { readonly was: readonly Part[] }

async function relink(tx: Tx, action: LinkAction, news: readonly News[]): Promise<void> {
  const { id, at } = action
  await tx
    .insertInto('link_action')
    .values({ ...action, undone_by: null })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
  await tx
    .insertInto('link_action_row')
    .values(
      news.map(({ account, listing, parts, was }) => ({
        action: id,
        account,
        listing,
        before: textOf(was),
        after: textOf(parts),
      })),
    )
    .onConflict((conflict) => conflict.columns(['action', 'account', 'listing']).doNothing())
    .execute()
  const ended = news.flatMap(({ account, listing, parts, was }) =>
    was
      .filter(({ sku }) => !parts.some((part) => part.sku === sku))
      .map(({ sku }) => ({ account, listing, merchant: MERCHANT, sku, units: 0 })),
  )
  const begun = news.flatMap(({ account, listing, parts, was }) =>
    parts
      .filter(({ sku, units }) => !was.some((part) => part.sku === sku && part.units === units))
      .map(({ sku, units }) => ({ account, listing, merchant: MERCHANT, sku, units })),
  )
  const rows = [...ended, ...begun]
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const some = rows.slice(from, from + rowsPerStatement)
    await tx
      .insertInto('link_change')
      .values(some.map((row) => ({ ...row, at })))
      .onConflict((conflict) =>
        conflict
          .columns(['account', 'listing', 'sku', 'at'])
          .doUpdateSet((eb) => ({ units: eb.ref('excluded.units') })),
      )
      .execute()
    await tx
      .insertInto('link')
      .values(some.map((row) => ({ ...row, rev: 1, updated_at: at })))
      .onConflict((conflict) =>
        conflict.columns(['account', 'listing', 'sku']).doUpdateSet((eb) => ({
          units: eb.ref('excluded.units'),
          rev: eb('link.rev', '+', 1),
          updated_at: at,
        })),
      )
      .execute()
  }
}

/** A listing that somebody has linked anew since: taking the action back would undo that, too. */
export interface UndoConflict {
  readonly account: string
  readonly listing: string
}

export type Undone =
  | { readonly ok: true; readonly action: LinkActionTable; readonly listings: number; readonly skus: readonly string[] }
  | { readonly ok: false; readonly action: LinkActionTable | undefined; readonly conflicts: readonly UndoConflict[] }

/** The last action that was not taken back yet; taking back is none. */
export async function lastAction(db: Tx | Store['db']): Promise<(LinkActionTable & { listings: number }) | undefined> {
  const action = await db
    .selectFrom('link_action')
    .selectAll()
    .where('what', '<>', 'undo')
    .where('undone_by', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!action) return undefined
  const rows = await db
    .selectFrom('link_action_row')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('action', '=', action.id)
    .executeTakeFirstOrThrow()
  return { ...action, listings: Number(rows.n) }
}

const rowsPerTransaction = 2000
const conflictsShown = 100

/**
 * Takes the last action back. Refused whole when one of its listings was linked anew since. A large one goes in several transactions;
 * stopped between two, it goes on when it is asked for again.
 */
export async function undoLast(
  { transaction, newId, db }: Pick<Store, 'transaction' | 'newId' | 'db'>,
  { by, at }: Pick<LinkAction, 'by' | 'at'>,
): Promise<Undone> {
  const action = await lastAction(db)
  if (!action) return { ok: false, action: undefined, conflicts: [] }
  const undo: LinkAction = { id: newId(), what: 'undo', by, at }
  const conflicts: UndoConflict[] = []
  for await (const rows of rowsOf(db, action.id)) conflicts.push(...(await transaction((tx) => changedSince(tx, rows))))
  if (conflicts.length > 0) return { ok: false, action, conflicts: conflicts.slice(0, conflictsShown) }
  const skus = new Set<string>()
  for await (const rows of rowsOf(db, action.id)) {
    const done = await transaction(async (tx) => {
      const late = await changedSince(tx, rows)
      return late.length > 0
        ? { ok: false as const, late }
        : { ok: true as const, skus: await linkInOneGo(tx, undo, rows.map(backOf)) }
    })
    if (!done.ok) return { ok: false, action, conflicts: done.late.slice(0, conflictsShown) }
    for (const sku of done.skus) skus.add(sku)
  }
  await db.updateTable('link_action').set({ undone_by: undo.id }).where('id', '=', action.id).execute()
  return { ok: true, action, listings: action.listings, skus: [...skus] }
}

interface ActionRow extends UndoConflict {
  readonly before: string
  readonly after: string
}

async function* rowsOf(db: Store['db'], action: string): AsyncGenerator<ActionRow[]> {
  let last: ActionRow | undefined
  for (;;) {
    const from = last
    const rows: ActionRow[] = await db
      .selectFrom('link_action_row')
      .select(['account', 'listing', 'before', 'after'])
      .where('action', '=', action)
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
      .limit(rowsPerTransaction)
      .execute()
    if (rows.length > 0) yield rows
    if (rows.length < rowsPerTransaction) return
    last = rows.at(-1)
  }
}

/** Those that sell neither what the action made them sell nor what they sold before it. */
async function changedSince(tx: Tx, rows: readonly ActionRow[]): Promise<UndoConflict[]> {
  const found: UndoConflict[] = []
  for (let at = 0; at < rows.length; at += listingsPerStatement) {
    const some = rows.slice(at, at + listingsPerStatement)
    const now = await soldBy(tx, some)
    for (const row of some) {
      const text = textOf(now.get(keyOf(row)) ?? [])
      if (text !== row.after && text !== row.before) found.push({ account: row.account, listing: row.listing })
    }
  }
  return found
}

/** Safe: the text was written by `textOf`. */
const partsOf = (text: string) => JSON.parse(text) as Part[]

const backOf = ({ account, listing, before }: ActionRow): LinkChange => ({ account, listing, parts: partsOf(before) })
