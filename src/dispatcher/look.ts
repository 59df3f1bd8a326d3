/** What one look at a register says, put beside the orders before and after it. */

import { sql } from 'kysely'
import type { Abilities } from '../channel.ts'
import { type AccountId, asId, type Instant, type OrderId, type RegisterId } from '../domain.ts'
import type { Look } from '../planner/rights.ts'
import type { LookedFrom } from '../planner/rights-steps.ts'
import type { Db, Tx } from '../store/tables.ts'

/** What was known of a register before its shelf was read. */
export interface Before {
  readonly takenUnits: number
  /** Sold and not shipped, by our book. */
  readonly openUnits: number
  readonly rightsRev: number | undefined
  readonly at: Instant
}

interface Shelf {
  readonly available_units: number
  readonly committed_units: number | null
  readonly held_units: number | null
  readonly unknown_committed: number | null
  readonly on_hand_units: number | null
  readonly delivery: string
  readonly read_at: number
}

export const shelfOf = async (db: Db | Tx, account: AccountId, register: RegisterId): Promise<Shelf | undefined> =>
  await db
    .selectFrom('shelf')
    .select([
      'available_units',
      'committed_units',
      'held_units',
      'unknown_committed',
      'on_hand_units',
      'delivery',
      'read_at',
    ])
    .where('account', '=', account)
    .where('register', '=', register)
    .executeTakeFirst()

/** What is kept with a look, so that it can be made again from the books of its moment. */
export const lookedFrom = ({ delivery, unknown_committed }: Shelf, before: Before): LookedFrom => ({
  delivery,
  at: before.at,
  takenUnits: before.takenUnits,
  openUnits: before.openUnits,
  unknownCommitted: unknown_committed,
})

export interface LookContext {
  readonly account: AccountId
  readonly channel: { readonly abilities: Pick<Abilities, 'checkouts' | 'orderListLags'> }
}

/**
 * The look, or undefined when an order came and went between the two lists: then nobody can say what was sold when the shelf was read.
 * What the shop has committed beyond our open units is sold without our knowing it: it counts as taken.
 */
export async function lookAt(
  tx: Tx,
  { account, channel }: LookContext,
  register: RegisterId,
  shelf: Shelf,
  before: Omit<Before, 'rightsRev'>,
  takenNow: number,
): Promise<Look | undefined> {
  if (await cameAndWent(tx, account, register, before.at)) return undefined
  const span = await takenBetween(tx, account, register, before, takenNow)
  // Of the orders that were known before, so that a newer one does not stand in for one that was shipped meanwhile.
  const openNow = (await openUnits(tx, account, [register], before.at)).get(register) ?? 0
  const unexplained = (shelf.committed_units ?? 0) - Math.min(before.openUnits, openNow) - span.newUnits
  const unseen =
    shelf.committed_units === null ? 0 : Math.max(0, unexplained - (shelf.unknown_committed ?? unexplained))
  // New orders may have come before the shelf was read or after it: what is unknown is learned when there are none.
  if (shelf.unknown_committed === null || span.newUnits === 0)
    await keepUnknown(tx, account, register, shelf, Math.max(0, unexplained))
  return {
    shownUnits: shelf.available_units + (shelf.held_units ?? 0),
    startedAt: shelf.read_at,
    takenUnitsMax: span.max + unseen,
    takenUnitsMin: span.min - givenBack(shelf, Math.max(before.openUnits, openNow)),
    heldUnits: channel.abilities.checkouts.areVisible ? await unpaidUnits(tx, account, register) : 0,
    isComplete: !channel.abilities.orderListLags || shelf.committed_units !== null,
  }
}

/** Units that the shop has committed no longer although we know their orders as open: shipped, or cancelled, which we have not heard of. */
const givenBack = ({ committed_units, unknown_committed }: Shelf, openUnits: number): number =>
  committed_units === null ? 0 : Math.max(0, openUnits - Math.max(0, committed_units - (unknown_committed ?? 0)))

/**
 * Committed units of orders that were there before we were: whatever the first look finds beyond our book.
 * They only ever become fewer, so that a later surplus is news.
 */
async function keepUnknown(
  tx: Tx,
  account: AccountId,
  register: RegisterId,
  { committed_units, unknown_committed }: Shelf,
  unexplained: number,
): Promise<void> {
  if (committed_units === null || (unknown_committed !== null && unknown_committed <= unexplained)) return
  await tx
    .updateTable('shelf')
    .set({ unknown_committed: unexplained })
    .where('account', '=', account)
    .where('register', '=', register)
    .execute()
}

/**
 * The most and the least that can have been sold when the shelf was read: what was known before, with everything that was taken
 * meanwhile, or with everything that was given back. In which order the shop did it, nobody knows.
 */
async function takenBetween(
  tx: Tx,
  account: AccountId,
  register: RegisterId,
  before: Omit<Before, 'rightsRev'>,
  takenNow: number,
): Promise<{ max: number; min: number; newUnits: number }> {
  const rows = await tx
    .selectFrom('taking')
    .select('units')
    .where('account', '=', account)
    .where('register', '=', register)
    .where('at', '>=', before.at)
    .execute()
  const sum = rows.reduce((total, { units }) => total + units, 0)
  const known = Math.min(before.takenUnits, takenNow - sum)
  const most = Math.max(before.takenUnits, takenNow - sum)
  const newUnits = rows.reduce((total, { units }) => total + Math.max(0, units), 0)
  return {
    newUnits,
    max: most + newUnits,
    min: known + rows.reduce((total, { units }) => total + Math.min(0, units), 0),
  }
}

/** An order that was made and cancelled between the lists may have held units just then, and left no trace of them. */
async function cameAndWent(tx: Tx, account: AccountId, register: RegisterId, since: Instant): Promise<boolean> {
  const rows = await tx
    .selectFrom('order_head')
    .innerJoin('order_line', (join) =>
      join
        .onRef('order_line.account', '=', 'order_head.account')
        .onRef('order_line.order_id', '=', 'order_head.order_id'),
    )
    .select('order_head.order_id')
    .where('order_head.account', '=', account)
    .where('order_head.phase', '=', 'cancelled')
    .where('order_head.first_seen_at', '>=', since)
    .where('order_line.register', '=', register)
    .limit(1)
    .execute()
  return rows.length > 0
}

/** Sold and not shipped, by register; copies that we made count, since their shop has them committed too. */
export async function openUnits(
  db: Db | Tx,
  account: AccountId,
  registers: readonly RegisterId[],
  knownBy: Instant = Number.MAX_SAFE_INTEGER,
): Promise<Map<string, number>> {
  if (registers.length === 0) return new Map()
  const rows = await db
    .selectFrom('order_line')
    .innerJoin('order_head', (join) =>
      join
        .onRef('order_head.account', '=', 'order_line.account')
        .onRef('order_head.order_id', '=', 'order_line.order_id'),
    )
    .select('order_line.register')
    .select((eb) => eb.fn.sum<number>(eb('taken_units', '-', eb.ref('shipped_units'))).as('units'))
    .where('order_line.account', '=', account)
    .where('order_line.register', 'in', registers)
    .where('order_head.first_seen_at', '<=', knownBy)
    .whereRef('taken_units', '>', 'shipped_units')
    .groupBy('order_line.register')
    .execute()
  return new Map(rows.map(({ register, units }) => [register ?? '', Number(units)]))
}

/**
 * Orders with units of these registers that may be shipped at any moment: not while they are on hold. Where the list of orders runs behind, one that was
 * shipped and one that we do not know yet would together look like nothing: so these are asked for by their ids.
 */
export async function shippable(db: Db, account: AccountId, registers: readonly RegisterId[]): Promise<OrderId[]> {
  if (registers.length === 0) return []
  const rows = await db
    .selectFrom('order_line')
    .innerJoin('order_head', (join) =>
      join
        .onRef('order_head.account', '=', 'order_line.account')
        .onRef('order_head.order_id', '=', 'order_line.order_id'),
    )
    .select('order_line.order_id')
    .distinct()
    .where('order_line.account', '=', account)
    .where('order_line.register', 'in', registers)
    .where('order_head.phase', 'not in', ['unpaid', 'on_hold', 'cancelled'])
    .whereRef('taken_units', '>', 'shipped_units')
    .execute()
  return rows.map(({ order_id }) => asId<'order'>(order_id))
}

/** Units of orders that wait for their payment and have taken nothing yet. */
async function unpaidUnits(tx: Tx, account: AccountId, register: RegisterId): Promise<number> {
  const row = await tx
    .selectFrom('order_head')
    .innerJoin('order_line', (join) =>
      join
        .onRef('order_line.account', '=', 'order_head.account')
        .onRef('order_line.order_id', '=', 'order_head.order_id'),
    )
    .select((eb) => eb.fn.sum<number>(eb('order_line.quantity', '-', eb.ref('order_line.taken_units'))).as('units'))
    .where('order_head.account', '=', account)
    // Said, not bound: only then does SQLite find the index of the few that are.
    .where('order_head.phase', '=', sql.lit('unpaid'))
    .where('order_line.register', '=', register)
    .executeTakeFirst()
  return Math.max(0, Number(row?.units ?? 0))
}
