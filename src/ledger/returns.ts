/** Goods that come back: what the shops tell of them, and what somebody found when they were looked at. Only the latter moves stock. */

import { z } from 'zod'
import type { AccountId, Instant, OrderSnapshot, SkuId } from '../domain.ts'
import type { Db, OrderHeadTable, OrderLineTable, ReturnCaseTable, Tx } from '../store/tables.ts'
import { lineKey, postMovements } from './movements.ts'
import type { Part } from './settle.ts'

export const verdicts = ['sellable', 'damaged', 'lost'] as const

const finding = z.object({
  line: z.string().min(1),
  units: z.number().int().min(1).max(100_000),
  verdict: z.enum(verdicts),
})

/** A person's word of what is in a parcel that came back. */
export const inspection = z.object({
  kind: z.literal('inspect'),
  account: z.string().min(1),
  return: z.string().min(1),
  lines: z.array(finding).min(1).max(200),
  by: z.string().min(1).max(200),
  note: z.string().max(500),
})

export type Inspection = z.infer<typeof inspection>

type ReturnLine = NonNullable<OrderSnapshot['returns']>[number]['lines'][number]

/** Safe: written by `keepReturns` only. */
export const linesOfCase = ({ lines }: Pick<ReturnCaseTable, 'lines'>) => JSON.parse(lines) as readonly ReturnLine[]

interface KeepContext {
  readonly account: AccountId
  readonly delivery: string
  readonly now: Instant
}

/** A newer snapshot replaces what a return says; one that the shop no longer lists stays as it was last told. */
export async function keepReturns(
  tx: Tx,
  { account, delivery, now }: KeepContext,
  { id, returns = [] }: OrderSnapshot,
): Promise<void> {
  for (const one of returns) {
    const told = {
      status: one.status,
      reason: one.reason ?? null,
      cause: one.cause ?? null,
      lines: JSON.stringify(one.lines),
    }
    await tx
      .insertInto('return_case')
      .values({ account, return_id: one.id, order_id: id, ...told, delivery, first_seen_at: now })
      .onConflict((conflict) => conflict.columns(['account', 'return_id']).doUpdateSet({ ...told, delivery }))
      .execute()
  }
}

/** The shop whose own count is the stock; undefined where Onhand counts. */
export async function authorityOf(db: Db | Tx): Promise<string | undefined> {
  const row = await db.selectFrom('account').select('id').where('counts_stock', '=', 1).executeTakeFirst()
  return row?.id
}

/** A return with the order it is about. */
export interface ReturnOf {
  readonly found: ReturnCaseTable
  readonly head: OrderHeadTable
}

export async function returnOf(db: Db | Tx, account: string, id: string): Promise<ReturnOf | undefined> {
  const found = await db
    .selectFrom('return_case')
    .selectAll()
    .where('account', '=', account)
    .where('return_id', '=', id)
    .executeTakeFirst()
  const head =
    found &&
    (await db
      .selectFrom('order_head')
      .selectAll()
      .where('account', '=', account)
      .where('order_id', '=', found.order_id)
      .executeTakeFirst())
  return found && head && { found, head }
}

/** Why nobody can inspect it here; undefined when somebody can. */
export function notHere({ found, head }: ReturnOf): string | undefined {
  if (head.fulfilment === 'platform')
    return `Order ${head.name} was sent from the platform’s own warehouse, and its goods go back there. They never touch your stock.`
  if (head.reference !== null)
    return `Order ${head.name} is the copy of an order that another shop sold. Inspect the return of that order; where that shop knows of none, receive the goods as stock.`
  if (linesOfCase(found).length === 0) return 'The shop names no goods in it, so there is nothing to inspect.'
  return undefined
}

/** What an inspection does to the stock. */
interface Effect {
  readonly head: OrderHeadTable
  readonly back: readonly { readonly sku: SkuId; readonly units: number }[]
}

/** What would follow from an inspection, or a sentence why it cannot be. Changes nothing. */
export async function judgeInspection(db: Db | Tx, entry: Inspection): Promise<Effect | string> {
  const about = await returnOf(db, entry.account, entry.return)
  if (!about) return `There is no return ${entry.return} of ${entry.account}.`
  const { found, head } = about
  const trouble = notHere(about)
  if (trouble) return trouble
  const authority = await authorityOf(db)
  const rows = await linesOf(db, head)
  const shipped = await shippedOf(db, head, authority === undefined ? ['ship', 'return'] : ['ship'])
  const earlier = await inspected(db, head)
  // Safe: written by the ledger only.
  const snapshot = JSON.parse(head.snapshot) as OrderSnapshot
  const back: { sku: SkuId; units: number }[] = []
  for (const line of new Set(entry.lines.map((one) => one.line))) {
    const mine = rows.filter(({ line_id }) => line_id === line)
    const units = sumOf(entry.lines.filter((one) => one.line === line))
    const before = earlier.filter(({ line_id }) => line_id === line)
    const beforeHere = sumOf(before.filter(({ return_id }) => return_id === found.return_id))
    const announced = sumOf(linesOfCase(found).filter((one) => one.line === line))
    if (announced === 0) return `Return ${found.return_id} has no line ${line} of order ${head.name}.`
    const title = mine[0]?.title ?? line
    if (beforeHere + units > announced)
      return `Return ${found.return_id} is about ${announced} of "${title}", and ${beforeHere} of them have been inspected. What came in beyond that can be received as stock.`
    const things: { key: string; part: Part; unitsPerSale: number }[] = []
    for (const { listing, parts, title } of mine) {
      if (parts === null) return `"${title}" is linked to no sku. Link its listing first, then inspect it.`
      const sold = snapshot.lines.find(({ id }) => id === line)
      const unitsPerSale = sold?.components?.find((one) => one.listing === listing)?.units ?? 1
      for (const part of partsOf(parts)) things.push({ key: lineKey(line, listing), part, unitsPerSale })
    }
    for (const { key, part, unitsPerSale } of things) {
      const each = part.units * unitsPerSale
      const left = Math.floor((shipped.get(`${key} ${part.sku}`) ?? 0) / each)
      if (sumOf(before) + units > left)
        return `Only ${left} of "${title}" left with order ${head.name}, as far as its shop says, and ${sumOf(before)} of them have been inspected.`
    }
    if (things.length === 0) return `Return ${found.return_id} has no line ${line} that moves stock.`
    const sellable = sumOf(entry.lines.filter((one) => one.line === line && one.verdict === 'sellable'))
    if (sellable > 0 && authority === undefined)
      for (const { part, unitsPerSale } of things)
        back.push({ sku: part.sku, units: sellable * unitsPerSale * part.units })
  }
  return { head, back }
}

const sumOf = (lines: readonly { readonly units: number }[]) => lines.reduce((sum, { units }) => sum + units, 0)

/** Safe: written by the ledger only. */
const partsOf = (json: string) => JSON.parse(json) as readonly Part[]

const linesOf = (db: Db | Tx, { account, order_id }: OrderHeadTable): Promise<OrderLineTable[]> =>
  db
    .selectFrom('order_line')
    .selectAll()
    .where('account', '=', account)
    .where('order_id', '=', order_id)
    .orderBy('line_id')
    .orderBy('listing')
    .execute()

/**
 * Units that left with an order, by line, listing and sku. What a shop that counts the stock has put back onto its shelf did leave
 * before; elsewhere a `return` of the order is a shipment that was taken back.
 */
async function shippedOf(
  db: Db | Tx,
  { account, order_id }: OrderHeadTable,
  kinds: readonly ('ship' | 'return')[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('movement')
    .select(['line_id', 'listing', 'sku', 'on_hand_delta'])
    .where('account', '=', account)
    .where('order_id', '=', order_id)
    .where('kind', 'in', [...kinds])
    .execute()
  const units = new Map<string, number>()
  for (const { line_id, listing, sku, on_hand_delta } of rows) {
    const key = `${lineKey(line_id ?? '', listing ?? '')} ${sku}`
    units.set(key, (units.get(key) ?? 0) - on_hand_delta)
  }
  return units
}

const inspected = (db: Db | Tx, { account, order_id }: OrderHeadTable) =>
  db
    .selectFrom('return_inspection')
    .select(['return_id', 'line_id', 'units'])
    .where('account', '=', account)
    .where('order_id', '=', order_id)
    .execute()

interface PostContext {
  readonly newId: () => string
  readonly moved: Set<SkuId>
}

/**
 * Posts what somebody found. Only sellable goods are stock again; under a shop whose own count is the stock not even these:
 * they are there when that shop counts them. The movement stands beside the order, whose own goods did leave.
 */
export async function postInspection(
  tx: Tx,
  delivery: { readonly id: string; readonly at: Instant },
  entry: Inspection,
  context: PostContext,
): Promise<string | undefined> {
  const { account } = entry
  // Two people who inspect the same goods take turns: the second one sees what the first one found.
  await tx
    .selectFrom('order_head')
    .select('stamp')
    .where('account', '=', account)
    .where('order_id', '=', (eb) =>
      eb
        .selectFrom('return_case')
        .select('order_id')
        .where('account', '=', account)
        .where('return_id', '=', entry.return),
    )
    .forUpdate()
    .execute()
  const effect = await judgeInspection(tx, entry)
  if (typeof effect === 'string') return effect
  const { head, back } = effect
  await tx
    .insertInto('return_inspection')
    .values(
      entry.lines.map(({ line, units, verdict }) => ({
        id: context.newId(),
        account,
        return_id: entry.return,
        order_id: head.order_id,
        line_id: line,
        units,
        verdict,
        made_by: entry.by,
        note: entry.note,
        delivery: delivery.id,
        at: delivery.at,
      })),
    )
    .execute()
  const reason = `Return ${entry.return} of order ${head.name}, inspected by ${entry.by}`
  await postMovements(
    tx,
    context.moved,
    back.map(({ sku, units }) => ({
      id: context.newId(),
      sku,
      kind: 'return' as const,
      onHandDelta: units,
      reservedDelta: 0,
      delivery: delivery.id,
      reason: entry.note === '' ? reason : `${reason}: ${entry.note}`,
      at: delivery.at,
    })),
  )
  return undefined
}
