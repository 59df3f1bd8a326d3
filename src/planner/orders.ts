/** Plans the copies: which order of a selling shop must exist in the shop that ships, or be taken back there. */

import { sql } from 'kysely'
import type { NewOrderLine } from '../channel.ts'
import { type AccountId, type Address, asId, type Money, type OrderSnapshot, reference } from '../domain.ts'
import type { Part } from '../ledger/settle.ts'
import type { Db, OrderHeadTable, Tx } from '../store/tables.ts'
import { intend, intended, markPlanned, type OrderTarget, urgencies } from './intents.ts'
import type { PlanContext } from './stock.ts'

/** Orders whose newest version has not been planned, oldest change first. */
export async function staleOrders(db: Db, after: string, limit: number): Promise<OrderHeadTable[]> {
  return await db
    .selectFrom('order_head')
    .leftJoin('plan', (join) =>
      join
        .on('plan.book', '=', 'order')
        .on(sql<string>`order_head.account || '/' || order_head.order_id`, '=', (eb) => eb.ref('plan.subject')),
    )
    .selectAll('order_head')
    .where('order_head.stamp', '>', after)
    .where((eb) => eb.or([eb('plan.seen', 'is', null), eb('plan.seen', '<>', eb.ref('order_head.stamp'))]))
    .orderBy('order_head.stamp')
    .limit(limit)
    .execute()
}

export async function orderRow(db: Db, account: string, order: string): Promise<OrderHeadTable | undefined> {
  return await db
    .selectFrom('order_head')
    .selectAll()
    .where('account', '=', account)
    .where('order_id', '=', order)
    .executeTakeFirst()
}

/** A held order is looked at again this often: a link made meanwhile lets it go on. */
const holdRetryMs = 10_000

export async function planOrder(tx: Tx, head: OrderHeadTable, context: PlanContext): Promise<void> {
  const planned = (wakeAt: number | null = null) =>
    markPlanned(tx, 'order', `${head.account}/${head.order_id}`, head.stamp, wakeAt)
  // Of two processes that plan the same order the second one sees what the first one intended.
  await tx
    .selectFrom('order_head')
    .select('stamp')
    .where('account', '=', head.account)
    .where('order_id', '=', head.order_id)
    .forUpdate()
    .execute()
  await planned()
  // A copy is the end of its way; what the platform ships itself is never copied.
  if (head.reference !== null || head.fulfilment === 'platform') return
  const account = await tx
    .selectFrom('account')
    .select('fulfilled_by')
    .where('id', '=', head.account)
    .executeTakeFirst()
  if (!account?.fulfilled_by) return
  const shipper = asId<'account'>(account.fulfilled_by)
  const subject = `${head.account}/${head.order_id}`
  const ref = reference(asId(head.account), asId(head.order_id))
  const before = await intended<OrderTarget>(tx, shipper, 'order', subject)
  const target = await targetOf(tx, head, ref, shipper, before)
  if (!target) return
  if (target.kind === 'hold') await planned(context.now + holdRetryMs)
  if (target.kind === 'hold' && before?.kind === 'hold' && before.reason === target.reason) return
  await intend(
    tx,
    {
      account: shipper,
      kind: 'order',
      subject,
      target,
      terms: { phase: head.phase },
      urgency: urgencies.order,
      causedAt: head.version_at,
    },
    context,
  )
}

async function targetOf(
  tx: Tx,
  head: OrderHeadTable,
  ref: string,
  shipper: AccountId,
  before: OrderTarget | undefined,
): Promise<OrderTarget | undefined> {
  const withdrawn = (lines: readonly NewOrderLine[]): OrderTarget => ({
    kind: 'cancelled',
    reference: ref,
    reason: cancelledText(head),
    lines,
  })
  if (before?.kind === 'exist')
    return head.phase === 'cancelled' ? withdrawn(before.op.lines) : await changed(tx, head, shipper, before)
  // What was held and is needed no more leaves the list of problems.
  if (before?.kind === 'hold' && overPhases.has(head.phase)) return withdrawn([])
  // An unlinked line parks the order: it continues by itself once linked.
  if (head.phase !== 'ready' || before?.kind === 'cancelled' || head.unlinked_lines > 0) return undefined
  // Safe: written by the ledger only.
  const order = JSON.parse(head.snapshot) as OrderSnapshot
  const lines = await linesIn(tx, head, order, shipper, 'unshipped')
  if (typeof lines === 'string') return { kind: 'hold', reason: lines }
  if (lines.length === 0) return undefined
  return {
    kind: 'exist',
    reference: ref,
    op: {
      kind: 'create',
      reference: ref,
      name: order.name,
      placedAt: order.createdAt,
      lines,
      currency: order.currency,
      shippingPrice: order.shippingPrice,
      address: order.address,
      buyerNote: order.buyerNote,
    },
  }
}

/**
 * The same target with what a person has to change in the copy by hand: no shop that ships lets part of an order or its address be
 * changed over its API. Undefined when that is told already, or the copy is as the order is.
 */
async function changed(
  tx: Tx,
  head: OrderHeadTable,
  shipper: AccountId,
  before: Extract<OrderTarget, { kind: 'exist' }>,
): Promise<OrderTarget | undefined> {
  // What has left can be changed by nobody.
  if (overPhases.has(head.phase)) return undefined
  // Safe: written by the ledger only.
  const order = JSON.parse(head.snapshot) as OrderSnapshot
  const lines = await linesIn(tx, head, order, shipper, 'all')
  // Its listings were unlinked since: nothing can be compared.
  if (typeof lines === 'string') return undefined
  const found = [...unitsThatDiffer(before.op.lines, lines), ...addressThatDiffers(before.op.address, order.address)]
  const differs =
    found.length === 0
      ? undefined
      : `Order ${head.name} was changed after it was sent on: ${found.join('; ')}. Change it in ${shipper} as well before anybody packs it, then dismiss this.`
  if (differs === before.differs) return undefined
  const { differs: _, ...same } = before
  return differs === undefined ? same : { ...same, differs }
}

function unitsThatDiffer(before: readonly NewOrderLine[], now: readonly NewOrderLine[]): string[] {
  const titles = new Map([...now, ...before].map(({ listing, title }) => [listing, title]))
  const sum = (lines: readonly NewOrderLine[], of: string) =>
    lines.reduce((units, line) => units + (line.listing === of ? line.units : 0), 0)
  return [...titles].flatMap(([listing, title]) => {
    const units = sum(now, listing)
    const sent = sum(before, listing)
    return units === sent ? [] : [`${units} of "${title}" instead of ${sent}`]
  })
}

/** The parts that a label is made of. Shops hide telephone numbers and mail addresses by turns. */
const labelFields = ['name', 'company', 'line1', 'line2', 'postalCode', 'city', 'region', 'country'] as const

/** Says that it changed, not to what: a problem carries no personal data. */
function addressThatDiffers(before: Address | undefined, now: Address | undefined): string[] {
  if (!before || !now) return []
  return labelFields.some((field) => (before[field] ?? '') !== (now[field] ?? '')) ? ['another address'] : []
}

const overPhases: ReadonlySet<string> = new Set(['cancelled', 'shipped', 'delivered', 'closed'])

const cancelledText = ({ phase, status }: OrderHeadTable) =>
  phase === 'cancelled'
    ? `Cancelled in the shop that sold it (${status}).`
    : `Nothing is left to ship (${status} in the shop that sold it).`

/**
 * The order's lines as the shipping shop sells them: its own listing of the same things where it has one,
 * else the parts. A sentence when it does not sell one of them at all.
 */
async function linesIn(
  tx: Tx,
  head: OrderHeadTable,
  order: OrderSnapshot,
  shipper: AccountId,
  which: 'unshipped' | 'all',
): Promise<NewOrderLine[] | string> {
  const rows = await tx
    .selectFrom('order_line')
    .select(['line_id', 'listing', 'title', 'quantity', 'taken_units', 'shipped_units', 'parts'])
    .where('account', '=', head.account)
    .where('order_id', '=', head.order_id)
    .orderBy('line_id')
    .orderBy('listing')
    .execute()
  const lines: NewOrderLine[] = []
  const priced = new Set<string>()
  const nothing: Money = { amount: '0.00', currency: order.currency }
  for (const row of rows) {
    if (row.listing === '' && row.quantity > 0)
      return `Order ${head.name} sells "${row.title}", a line that names no product. Create that order by hand in the shop that ships, and dismiss this.`
    const units = row.taken_units - (which === 'all' ? 0 : row.shipped_units)
    if (units <= 0 || row.parts === null) continue
    const sold = order.lines.find(({ id }) => id === row.line_id)
    // A bundle that the platform takes apart is several rows of one line: the first of them carries its price.
    const unitsPerSale = sold?.components?.find(({ listing }) => listing === row.listing)?.units ?? 1
    const sales = units / unitsPerSale
    const price = priced.has(row.line_id) ? nothing : (sold?.unitPrice ?? nothing)
    priced.add(row.line_id)
    const parts = JSON.parse(row.parts) as readonly Part[]
    const same = await listingOf(tx, shipper, parts)
    if (same) {
      lines.push(...pricedParts(asId(same), row.title, sales, unitsPerSale, price))
      continue
    }
    for (const [index, part] of parts.entries()) {
      const listing = await listingOf(tx, shipper, [{ ...part, units: 1 }])
      if (!listing)
        return `${shipper} has no listing linked to ${part.sku}, so order ${head.name} cannot be created there. Link one; the order continues by itself.`
      const partPrice = index === 0 ? price : nothing
      lines.push(...pricedParts(asId(listing), row.title, sales, unitsPerSale * part.units, partPrice))
    }
  }
  return lines
}

/** A listing of this account that sells exactly these parts. */
async function listingOf(tx: Tx, account: AccountId, parts: readonly Part[]): Promise<string | undefined> {
  const first = parts[0]
  if (!first) return undefined
  const candidates = await tx
    .selectFrom('link')
    .innerJoin('listing', (join) =>
      join.onRef('listing.account', '=', 'link.account').onRef('listing.listing', '=', 'link.listing'),
    )
    .select('link.listing')
    .where('link.account', '=', account)
    .where('link.sku', '=', first.sku)
    .where('link.units', '=', first.units)
    .where('listing.state', '=', 'active')
    .orderBy('link.listing')
    .execute()
  for (const { listing } of candidates) {
    const all = await tx
      .selectFrom('link')
      .select(['sku', 'units'])
      .where('account', '=', account)
      .where('listing', '=', listing)
      .where('units', '>', 0)
      .execute()
    if (
      all.length === parts.length &&
      parts.every((part) => all.some(({ sku, units }) => sku === part.sku && units === part.units))
    )
      return listing
  }
  return undefined
}

/** Spreads the price of one sale over the units it consists of, to the cent: what does not divide is one line of its own. */
export function pricedParts(
  listing: NewOrderLine['listing'],
  title: string,
  sales: number,
  unitsPerSale: number,
  price: Money,
): NewOrderLine[] {
  const line = (units: number, unitPrice: Money): NewOrderLine => ({ listing, title, units, unitPrice })
  if (unitsPerSale === 1) return [line(sales, price)]
  const { minor, decimals } = toMinor(price.amount)
  const each = minor / BigInt(unitsPerSale)
  const rest = minor - each * BigInt(unitsPerSale)
  const priceOf = (amount: bigint): Money => ({ ...price, amount: fromMinor(amount, decimals) })
  return rest === 0n
    ? [line(sales * unitsPerSale, priceOf(each))]
    : [line(sales * (unitsPerSale - 1), priceOf(each)), line(sales, priceOf(each + rest))]
}

/** The smallest units of the amount as it is written: cents, or finer where the shop says more. */
function toMinor(amount: string): { minor: bigint; decimals: number } {
  const [whole = '0', fraction = ''] = amount.split('.')
  const decimals = Math.max(2, fraction.length)
  return { minor: BigInt(whole + fraction.padEnd(decimals, '0')), decimals }
}

function fromMinor(minor: bigint, decimals: number): string {
  const digits = String(minor).padStart(decimals + 1, '0')
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
