/** One order snapshot into the books: the head, its lines, what they took, and the movements that follow. */

import { type Component, listingForSale } from '../catalog/listings.ts'
import type { AccountId, Instant, ListingId, OrderLine, OrderSnapshot, SkuId } from '../domain.ts'
import { asId, parseReference } from '../domain.ts'
import type { Tx } from '../store/tables.ts'
import { lineKey, type Movement, postedHoldings, postMovements } from './movements.ts'
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
  readonly line: OrderLine
  readonly listing: ListingId | undefined
  readonly quantity: number
  readonly takenUnits: number
  readonly shippedUnits: number
}

/** Posts a snapshot. False when a newer one was applied before. */
export async function postOrder(tx: Tx, context: OrderContext, order: OrderSnapshot): Promise<boolean> {
  const { account } = context
  const last = await tx
    .selectFrom('order_head')
    .select(['version_at', 'fetched_at', 'phase', 'phase_since', 'first_seen_at'])
    .where('account', '=', account)
    .where('order_id', '=', order.id)
    .executeTakeFirst()
  const version = { versionAt: order.updatedAt, fetchedAt: context.fetchedAt }
  if (!isNewer(version, last && { versionAt: last.version_at, fetchedAt: last.fetched_at })) return false

  const isCopy = await isOurCopy(tx, order)
  const unlinkedLines = isCopy ? 0 : await postLines(tx, context, order)
  if (isCopy) await wantParcels(tx, context, order)
  if (context.needsProvider) await wantProviders(tx, context, order)

  const head = {
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
    first_seen_at: last?.first_seen_at ?? context.now,
    phase_since: last && last.phase === order.phase ? last.phase_since : context.now,
    unlinked_lines: unlinkedLines,
    stamp: context.newId(),
  }
  await tx
    .insertInto('order_head')
    .values({ account, order_id: order.id, ...head })
    .onConflict((conflict) => conflict.columns(['account', 'order_id']).doUpdateSet(head))
    .execute()
  return true
}

/** An order that we made for another shop's order is no sale: its units are counted where they were sold. */
async function isOurCopy(tx: Tx, order: OrderSnapshot): Promise<boolean> {
  const origin = order.ourReference === undefined ? undefined : parseReference(order.ourReference)
  if (!origin) return false
  const known = await tx.selectFrom('account').select('id').where('id', '=', origin.account).executeTakeFirst()
  return known !== undefined
}

/** Posts every line and returns how many of them sell something that is linked to no sku. */
async function postLines(tx: Tx, context: OrderContext, order: OrderSnapshot): Promise<number> {
  const posted = await postedHoldings(tx, context.account, order.id)
  const movements: Movement[] = []
  let unlinked = 0
  for (const stockLine of order.lines.flatMap(stockLines)) {
    const outcome = await postLine(tx, context, order, stockLine, posted)
    movements.push(...outcome.movements)
    if (outcome.isUnlinked) unlinked++
  }
  await postMovements(tx, context.moved, movements)
  return unlinked
}

function stockLines(line: OrderLine): StockLine[] {
  if (!line.components)
    return [
      {
        line,
        listing: line.listing,
        quantity: line.quantity,
        takenUnits: line.takenUnits,
        shippedUnits: line.shippedUnits,
      },
    ]
  return line.components.map(({ listing, units }) => ({
    line,
    listing,
    quantity: line.quantity * units,
    takenUnits: line.takenUnits * units,
    shippedUnits: line.shippedUnits * units,
  }))
}

async function postLine(
  tx: Tx,
  context: OrderContext,
  order: OrderSnapshot,
  { line, listing, quantity, takenUnits, shippedUnits }: StockLine,
  posted: ReadonlyMap<string, ReadonlyMap<SkuId, Holding>>,
): Promise<{ movements: Movement[]; isUnlinked: boolean }> {
  const { account } = context
  const listingKey = listing ?? ''
  const sale = listing === undefined ? undefined : await listingForSale(tx, account, listing)
  if (listing !== undefined && !sale) await want(tx, account, { kind: 'listings', ids: [listing] }, context.newId)

  const before = await tx
    .selectFrom('order_line')
    .select(['taken_units', 'register', 'parts'])
    .where('account', '=', account)
    .where('order_id', '=', order.id)
    .where('line_id', '=', line.id)
    .where('listing', '=', listingKey)
    .executeTakeFirst()
  const register = before?.register ?? sale?.register ?? null
  if (register !== null) {
    const counted = before?.register === null ? 0 : (before?.taken_units ?? 0)
    await countTaken(tx, account, register, takenUnits - counted)
  }

  // What the line consists of is settled with its first posting; a later change of links never rewrites it.
  const parts = before?.parts ? partsOf(before.parts) : linkedParts(sale?.components)
  const row = {
    register,
    title: line.title,
    sku_text: line.sku ?? null,
    quantity,
    taken_units: takenUnits,
    shipped_units: shippedUnits,
    parts: parts ? JSON.stringify(parts) : null,
  }
  await tx
    .insertInto('order_line')
    .values({ account, order_id: order.id, line_id: line.id, listing: listingKey, ...row })
    .onConflict((conflict) => conflict.columns(['account', 'order_id', 'line_id', 'listing']).doUpdateSet(row))
    .execute()

  const drafts = settleLine(
    { takenUnits, shippedUnits },
    parts ?? [],
    posted.get(lineKey(line.id, listingKey)) ?? new Map(),
  )
  const movements = drafts.map((draft) => ({
    ...draft,
    id: context.newId(),
    account,
    order: order.id,
    line: line.id,
    listing: listingKey,
    delivery: context.delivery,
    at: order.updatedAt,
  }))
  return { movements, isUnlinked: !parts && takenUnits > 0 }
}

const linkedParts = (components: readonly Component[] | undefined): readonly Part[] | undefined =>
  components && components.length > 0 ? components : undefined

/** Safe: written by this file only. */
const partsOf = (json: string) => JSON.parse(json) as readonly Part[]

/** Units the shop itself moved off (or back onto) one of its registers. */
async function countTaken(tx: Tx, account: AccountId, register: string, units: number): Promise<void> {
  if (units === 0) return
  await tx
    .insertInto('register_count')
    .values({ account, register, taken_units: units })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'register'])
        .doUpdateSet((eb) => ({ taken_units: eb('register_count.taken_units', '+', units) })),
    )
    .execute()
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

/** Settles an order again from the snapshot kept: its listings have been imported or linked since. */
export async function settleAgain(
  tx: Tx,
  context: Omit<OrderContext, 'fetchedAt' | 'delivery'>,
  orderId: string,
): Promise<void> {
  const head = await tx
    .selectFrom('order_head')
    .select(['snapshot', 'fetched_at', 'delivery'])
    .where('account', '=', context.account)
    .where('order_id', '=', orderId)
    .executeTakeFirst()
  if (!head) return
  // Safe: written by postOrder only.
  const order = JSON.parse(head.snapshot) as OrderSnapshot
  await postOrder(
    tx,
    { ...context, fetchedAt: head.fetched_at, delivery: head.delivery },
    { ...order, id: asId(order.id) },
  )
}
