/** One order snapshot into the books: the head, its lines, what they took, and the movements that follow. */

import { type Component, listingForSale } from '../catalog/listings.ts'
import type { AccountId, Instant, LineId, ListingId, OrderId, OrderSnapshot, SkuId } from '../domain.ts'
import { asId, parseReference } from '../domain.ts'
import type { OrderHeadTable, OrderLineTable, Tx } from '../store/tables.ts'
import { lineKey, type Movement, postedHoldings, postMovements } from './movements.ts'
import { authorityOf, keepReturns } from './returns.ts'
import { type Holding, isNewer, type Part, settleLine } from './settle.ts'
import { want } from './wanted.ts'

export interface OrderContext {
  readonly account: AccountId
  readonly delivery: string
  readonly fetchedAt: Instant
  readonly now: Instant
  readonly newId: () => string
  /** A tracking push to this shop needs a provider from its own list. */
  readonly needsProvider: boolean
  /** Collects the skus whose balance moved. */
  readonly moved: Set<SkuId>
}

/** A line as it concerns stock: a platform-side bundle is one per real listing. */
interface StockLine {
  readonly id: LineId
  readonly listing: ListingId | undefined
  readonly title: string
  readonly sku: string | undefined
  readonly quantity: number
  readonly takenUnits: number
  readonly shippedUnits: number
}

/** Posts a snapshot. False when a newer one was applied before. */
export async function postOrder(tx: Tx, context: OrderContext, order: OrderSnapshot): Promise<boolean> {
  const isCopy = await isOurCopy(tx, order)
  const head = headOf(context, order, isCopy)
  const last = await lockHead(tx, head)
  const version = { versionAt: order.updatedAt, fetchedAt: context.fetchedAt }
  if (!isNewer(version, last && { versionAt: last.version_at, fetchedAt: last.fetched_at })) return false

  const unlinkedLines = isCopy
    ? await keepCopyLines(tx, context, order)
    : await postLines(tx, context, order, last !== undefined)
  if (isCopy) await wantParcels(tx, context, order)
  await keepReturns(tx, context, order)
  if (context.needsProvider) await wantProviders(tx, context, order)

  // A new order's row was made just now, and says all but this.
  if (!last && unlinkedLines === 0) return true
  await tx
    .updateTable('order_head')
    .set({
      ...head,
      first_seen_at: last?.first_seen_at ?? context.now,
      phase_since: last && last.phase === order.phase ? last.phase_since : context.now,
      unlinked_lines: unlinkedLines,
    })
    .where('account', '=', context.account)
    .where('order_id', '=', order.id)
    .execute()
  return true
}

/** The head as it is when the order is seen for the first time. */
function headOf(context: OrderContext, order: OrderSnapshot, isCopy: boolean): OrderHeadTable {
  return {
    account: context.account,
    order_id: order.id,
    name: order.name,
    phase: order.phase,
    status: order.status,
    version_at: order.updatedAt,
    fetched_at: context.fetchedAt,
    placed_at: order.createdAt,
    fulfilment: order.fulfilment,
    currency: order.currency,
    snapshot: JSON.stringify(order),
    reference: isCopy ? (order.ourReference ?? null) : null,
    delivery: context.delivery,
    first_seen_at: context.now,
    phase_since: context.now,
    unlinked_lines: 0,
    stamp: context.newId(),
  }
}

type LastHead = Pick<OrderHeadTable, 'version_at' | 'fetched_at' | 'phase' | 'phase_since' | 'first_seen_at'>

/**
 * The version applied last, undefined for a new order. Whoever has the row settles the order: another process waits for the commit.
 * A new order's row is made before its lines are settled, so that there is something to wait for.
 */
async function lockHead(tx: Tx, head: OrderHeadTable): Promise<LastHead | undefined> {
  const locked = async () =>
    await tx
      .selectFrom('order_head')
      .select(['version_at', 'fetched_at', 'phase', 'phase_since', 'first_seen_at'])
      .where('account', '=', head.account)
      .where('order_id', '=', head.order_id)
      .forUpdate()
      .executeTakeFirst()
  const last = await locked()
  if (last) return last
  const made = await tx
    .insertInto('order_head')
    .values(head)
    .onConflict((conflict) => conflict.columns(['account', 'order_id']).doNothing())
    .returning('order_id')
    .execute()
  return made.length > 0 ? undefined : await locked()
}

/** An order that we made for another shop's order is no sale: its units are counted where they were sold. */
async function isOurCopy(tx: Tx, order: OrderSnapshot): Promise<boolean> {
  const origin = order.ourReference === undefined ? undefined : parseReference(order.ourReference)
  if (!origin) return false
  const known = await tx.selectFrom('account').select('id').where('id', '=', origin.account).executeTakeFirst()
  return known !== undefined
}

/** Posts every line and returns how many of them sell something that is linked to no sku. */
async function postLines(tx: Tx, context: OrderContext, order: OrderSnapshot, isKnown: boolean): Promise<number> {
  // An order without a head has no lines and no movements either.
  const kept = isKnown ? await keptLines(tx, context.account, order.id) : new Map<string, OrderLineTable>()
  const posted = isKnown ? await postedHoldings(tx, context.account, order.id) : new Map<string, Map<SkuId, Holding>>()
  const movements: Movement[] = []
  let unlinked = 0
  const present = stockLines(order)
  const lines = [...present, ...linesGone(kept, present)]
  const comesBack = lines.some((one) => one.shippedUnits < (kept.get(keyOf(one))?.shipped_units ?? 0))
  const before = { kept, posted, isAuthority: comesBack && (await authorityOf(tx)) === context.account }
  for (const stockLine of lines) {
    const outcome = await postLine(tx, context, order, stockLine, before)
    movements.push(...outcome.movements)
    if (outcome.isUnlinked) unlinked++
  }
  await postMovements(tx, context.moved, movements)
  return unlinked
}

/** The lines of a copy move no balance and no count; they only say what its shop has committed. Returns how many lack a link: none can. */
async function keepCopyLines(tx: Tx, { account }: OrderContext, order: OrderSnapshot): Promise<0> {
  const kept = await keptLines(tx, account, order.id)
  for (const { id, listing, title, sku, quantity, takenUnits, shippedUnits } of stockLines(order)) {
    const sale = listing === undefined ? undefined : await listingForSale(tx, account, listing)
    const before = kept.get(lineKey(id, listing ?? ''))
    const wasShipped = before?.register == null ? 0 : before.shipped_units
    await countShipped(tx, account, sale?.register ?? null, shippedUnits - wasShipped)
    const row = {
      register: sale?.register ?? null,
      title,
      sku_text: sku ?? null,
      quantity,
      taken_units: takenUnits,
      shipped_units: shippedUnits,
      parts: null,
    }
    await tx
      .insertInto('order_line')
      .values({ account, order_id: order.id, line_id: id, listing: listing ?? '', ...row })
      .onConflict((conflict) => conflict.columns(['account', 'order_id', 'line_id', 'listing']).doUpdateSet(row))
      .execute()
  }
  return 0
}

const keyOf = ({ id, listing }: Pick<StockLine, 'id' | 'listing'>) => lineKey(id, listing ?? '')

/** What the platform ships from its own warehouse takes nothing of ours, whatever its lines say. */
function stockLines({ fulfilment, lines }: OrderSnapshot): StockLine[] {
  const isOurs = fulfilment !== 'platform'
  return lines.flatMap((line) => {
    const { id, title, sku } = line
    const sold = line.components ?? [{ listing: line.listing, units: 1 }]
    return sold.map(({ listing, units }) => ({
      id,
      listing,
      title,
      sku,
      quantity: line.quantity * units,
      takenUnits: isOurs ? line.takenUnits * units : 0,
      shippedUnits: isOurs ? line.shippedUnits * units : 0,
    }))
  })
}

/** Lines that an earlier version had and this one has not: a snapshot replaces the one before it whole. */
const linesGone = (kept: ReadonlyMap<string, OrderLineTable>, lines: readonly StockLine[]): StockLine[] => {
  const present = new Set(lines.map(keyOf))
  return [...kept]
    .filter(([key, row]) => !present.has(key) && row.taken_units !== 0)
    .map(([, row]) => ({
      id: asId(row.line_id),
      listing: row.listing === '' ? undefined : asId(row.listing),
      title: row.title,
      sku: row.sku_text ?? undefined,
      quantity: 0,
      takenUnits: 0,
      shippedUnits: 0,
    }))
}

async function keptLines(tx: Tx, account: AccountId, order: OrderId): Promise<Map<string, OrderLineTable>> {
  const rows = await tx
    .selectFrom('order_line')
    .selectAll()
    .where('account', '=', account)
    .where('order_id', '=', order)
    .execute()
  return new Map(rows.map((row) => [lineKey(row.line_id, row.listing), row]))
}

/** What the books had of an order before this version of it. */
interface Before {
  readonly kept: ReadonlyMap<string, OrderLineTable>
  readonly posted: ReadonlyMap<string, ReadonlyMap<SkuId, Holding>>
  /** The shop is the stock authority. */
  readonly isAuthority: boolean
}

async function postLine(
  tx: Tx,
  context: OrderContext,
  order: OrderSnapshot,
  stockLine: StockLine,
  { kept, posted, isAuthority }: Before,
): Promise<{ movements: Movement[]; isUnlinked: boolean }> {
  const { account } = context
  const { id, listing, takenUnits, shippedUnits } = stockLine
  const listingKey = listing ?? ''
  const sale = listing === undefined ? undefined : await listingForSale(tx, account, listing)
  if (listing !== undefined && !sale) await want(tx, account, { kind: 'listings', ids: [listing] }, context.newId)

  const before = kept.get(keyOf(stockLine))
  const register = before?.register ?? sale?.register ?? null
  if (register !== null) {
    const counted = before?.register == null ? 0 : before.taken_units
    await countTaken(tx, context, register, { order: order.id, line: id, at: order.updatedAt }, takenUnits - counted)
  }

  await countShipped(tx, account, register, shippedUnits - (before?.register == null ? 0 : before.shipped_units))

  // What the line consists of is settled with its first posting; a later change of links never rewrites it.
  const parts = before?.parts ? partsOf(before.parts) : linkedParts(sale?.components)
  const row = {
    register,
    title: stockLine.title,
    sku_text: stockLine.sku ?? null,
    quantity: stockLine.quantity,
    taken_units: takenUnits,
    shipped_units: shippedUnits,
    parts: parts ? JSON.stringify(parts) : null,
  }
  await tx
    .insertInto('order_line')
    .values({ account, order_id: order.id, line_id: id, listing: listingKey, ...row })
    .onConflict((conflict) => conflict.columns(['account', 'order_id', 'line_id', 'listing']).doUpdateSet(row))
    .execute()

  const holdings = posted.get(keyOf(stockLine)) ?? new Map()
  const drafts = settleLine({ takenUnits, shippedUnits }, parts ?? [], holdings, isAuthority)
  const movements = drafts.map((draft) => ({
    ...draft,
    id: context.newId(),
    account,
    order: order.id,
    line: id,
    listing: listingKey,
    delivery: context.delivery,
    at: order.updatedAt,
  }))
  // A line that names no product can be linked to nothing: whoever ships the order sees it there.
  return { movements, isUnlinked: listing !== undefined && !parts && takenUnits > 0 }
}

const linkedParts = (components: readonly Component[] | undefined): readonly Part[] | undefined =>
  components && components.length > 0 ? components : undefined

/** Safe: written by this file only. */
const partsOf = (json: string) => JSON.parse(json) as readonly Part[]

interface Source {
  readonly order: string
  readonly line: string
  /** By the shop's clock. */
  readonly at: Instant
}

/** Units the shop itself moved off (or back onto) one of its registers. */
async function countTaken(
  tx: Tx,
  { account, delivery, now, newId }: Pick<OrderContext, 'account' | 'delivery' | 'now' | 'newId'>,
  register: string,
  source: Source,
  units: number,
): Promise<void> {
  if (units === 0) return
  await tx
    .insertInto('taking')
    .values({
      id: newId(),
      account,
      register,
      order_id: source.order,
      line_id: source.line,
      units,
      shop_at: source.at,
      delivery,
      at: now,
    })
    .execute()
  await tx
    .insertInto('register_count')
    .values({ account, register, taken_units: units, shipped_units: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'register'])
        .doUpdateSet((eb) => ({ taken_units: eb('register_count.taken_units', '+', units) })),
    )
    .execute()
}

/** Units that left a register's place, or came back from a shipment that was taken back. */
async function countShipped(tx: Tx, account: AccountId, register: string | null, units: number): Promise<void> {
  if (register === null || units === 0) return
  await tx
    .insertInto('register_count')
    .values({ account, register, taken_units: 0, shipped_units: units })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'register'])
        .doUpdateSet((eb) => ({ shipped_units: eb('register_count.shipped_units', '+', units) })),
    )
    .execute()
}

/**
 * A listing that became known after it was sold: what its orders took is counted on its register at once.
 * The shelf is looked at only after this, and what it then shows is already less these units.
 */
export async function countEarlierSales(
  tx: Tx,
  context: Pick<OrderContext, 'account' | 'delivery' | 'now' | 'newId'>,
  listing: ListingId,
): Promise<void> {
  const { account } = context
  const register = (await listingForSale(tx, account, listing))?.register
  if (register == null) return
  const rows = await tx
    .updateTable('order_line')
    .set({ register })
    .where('account', '=', account)
    .where('listing', '=', listing)
    .where('register', 'is', null)
    // A copy's units are counted where they were sold.
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('order_head')
            .select('order_id')
            .whereRef('order_head.account', '=', 'order_line.account')
            .whereRef('order_head.order_id', '=', 'order_line.order_id')
            .where('order_head.reference', 'is not', null),
        ),
      ),
    )
    .returning(['order_id', 'line_id', 'taken_units', 'shipped_units'])
    .execute()
  for (const { order_id, line_id, taken_units, shipped_units } of rows) {
    await countTaken(tx, context, register, { order: order_id, line: line_id, at: context.now }, taken_units)
    await countShipped(tx, account, register, shipped_units)
  }
}

/** A copy that has shipped must have parcels; ask when no webhook told of them. */
async function wantParcels(tx: Tx, context: OrderContext, order: OrderSnapshot): Promise<void> {
  if (!order.lines.some(({ shippedUnits }) => shippedUnits > 0)) return
  const known = await tx
    .selectFrom('shipment')
    .select('shipment_id')
    .where('account', '=', context.account)
    .where('order_id', '=', order.id)
    .executeTakeFirst()
  if (!known) await want(tx, context.account, { kind: 'parcels', ids: [order.id] }, context.newId)
}

async function wantProviders(tx: Tx, context: OrderContext, order: OrderSnapshot): Promise<void> {
  if (!order.deliveryOption) return
  const known = await tx
    .selectFrom('provider')
    .select('provider')
    .where('account', '=', context.account)
    .where('delivery_option', '=', order.deliveryOption)
    .executeTakeFirst()
  if (!known) await want(tx, context.account, { kind: 'providers', ids: [order.deliveryOption] }, context.newId)
}

/** Settles an order again from the snapshot kept: its listings have been imported or linked since. That it was done is kept, as a delivery would be. */
export async function settleAgain(
  tx: Tx,
  context: Omit<OrderContext, 'fetchedAt' | 'delivery'>,
  orderId: OrderId,
): Promise<void> {
  const head = await tx
    .selectFrom('order_head')
    .select(['snapshot', 'fetched_at', 'delivery'])
    .where('account', '=', context.account)
    .where('order_id', '=', orderId)
    .forUpdate()
    .executeTakeFirst()
  if (!head) return
  await tx
    .insertInto('settled_again')
    .values({ id: context.newId(), account: context.account, order_id: orderId, at: context.now })
    .execute()
  // Safe: written by postOrder only.
  const order = JSON.parse(head.snapshot) as OrderSnapshot
  await postOrder(
    tx,
    { ...context, fetchedAt: head.fetched_at, delivery: head.delivery },
    { ...order, id: asId(order.id) },
  )
}
