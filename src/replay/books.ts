/** What is compared: of every book the rows of a window, without the ids and stamps that are made anew each time. */

import type { Db } from '../store/tables.ts'
import type { Cell, Row, Rows } from './compare.ts'

/** Rows that were made from this id on, and before that one. */
export interface Span {
  readonly from: string
  /** Undefined: up to now. */
  readonly to: string | undefined
}

export interface Side {
  readonly db: Db
  readonly span: Span
  /** Orders and parcels that moved on after the window: what they were in it is kept nowhere. */
  readonly movedOn: ReadonlySet<string>
}

export const bookNames = ['deliveries', 'orders', 'movements', 'balances', 'sales', 'parcels', 'rights'] as const
export type BookName = (typeof bookNames)[number]

export const books: Readonly<Record<BookName, (side: Side) => Rows>> = {
  deliveries,
  orders,
  movements,
  balances,
  sales,
  parcels,
  rights,
}

const rowsPerPage = 1000
/** Sorts after every id. */
const end = '~'

async function* paged<T>(page: (offset: number) => Promise<readonly T[]>, row: (one: T, at: number) => Row): Rows {
  for (let offset = 0; ; offset += rowsPerPage) {
    const rows = await page(offset)
    for (const [index, one] of rows.entries()) yield row(one, offset + index)
    if (rows.length < rowsPerPage) return
  }
}

const named = (...parts: readonly Cell[]) => parts.join(' ')
/** Rows that have no name of their own are the first, the second, … of their book. */
const numbered = (at: number) => String(at + 1).padStart(9, '0')

async function* deliveries({ db, span }: Side): Rows {
  const page = (offset: number) =>
    db
      .selectFrom('reading_receipt')
      .select(['delivery', 'account', 'outcome', 'readings'])
      .where('posted', '>=', span.from)
      .where('posted', '<', span.to ?? end)
      // Whose posting failed has left nothing to compare.
      .where(({ not, and, eb }) =>
        not(and([eb('readings', '=', 0), eb('outcome', 'in', ['parked', 'dismissed']), eb('account', '<>', 'onhand')])),
      )
      .orderBy('delivery')
      .limit(rowsPerPage)
      .offset(offset)
      .execute()
  yield* paged(page, ({ delivery, account, outcome, readings }) => ({
    key: delivery,
    name: named('delivery', delivery, 'of', account),
    // What a person dismissed was parked.
    cells: { outcome: outcome === 'dismissed' ? 'parked' : outcome, readings },
  }))
}

async function* orders({ db, span, movedOn }: Side): Rows {
  const page = (offset: number) =>
    db
      .selectFrom('order_head')
      .selectAll()
      .where('stamp', '>=', span.from)
      .where('stamp', '<', span.to ?? end)
      .orderBy('account')
      .orderBy('order_id')
      .limit(rowsPerPage)
      .offset(offset)
      .execute()
  for await (const head of paged(page, ({ stamp: _, ...cells }) => ({
    key: orderKey(cells.account, cells.order_id),
    name: named('order', cells.name, `(${cells.order_id})`, 'of', cells.account),
    cells,
  })))
    if (!movedOn.has(head.key)) yield { ...head, cells: { ...head.cells, lines: await linesOf(db, head.cells) } }
}

export const orderKey = (account: string, order: string): string => JSON.stringify([account, order])

async function linesOf(db: Db, { account, order_id }: Row['cells']): Promise<string> {
  const rows = await db
    .selectFrom('order_line')
    .selectAll()
    .where('account', '=', String(account))
    .where('order_id', '=', String(order_id))
    .orderBy('line_id')
    .orderBy('listing')
    .execute()
  return JSON.stringify(rows.map(({ account: _a, order_id: _o, ...line }) => line))
}

async function* movements({ db, span }: Side): Rows {
  const page = (offset: number) =>
    db
      .selectFrom('movement')
      .selectAll()
      .where('id', '>=', span.from)
      .where('id', '<', span.to ?? end)
      .orderBy('id')
      .limit(rowsPerPage)
      .offset(offset)
      .execute()
  yield* paged(page, ({ id: _, ...cells }, at) => ({
    key: numbered(at),
    name: named(
      'movement',
      at + 1,
      `(${cells.kind} of ${cells.sku}`,
      cells.order_id === null ? '' : `for order ${cells.order_id} of ${cells.account} `,
      `by delivery ${cells.delivery})`,
    ).replaceAll('  ', ' '),
    cells,
  }))
}

async function* balances({ db, span }: Side): Rows {
  // At a past moment a balance is what its movements add up to by then.
  const page = (offset: number) =>
    span.to === undefined
      ? db
          .selectFrom('balance')
          .selectAll()
          .orderBy('merchant')
          .orderBy('pool')
          .orderBy('sku')
          .limit(rowsPerPage)
          .offset(offset)
          .execute()
      : db
          .selectFrom('movement')
          .select(['merchant', 'pool', 'sku'])
          .select((eb) => [
            eb.fn.sum<number>('on_hand_delta').as('on_hand'),
            eb.fn.sum<number>('reserved_delta').as('reserved'),
          ])
          .where('id', '<', span.to)
          .groupBy(['merchant', 'pool', 'sku'])
          .orderBy('merchant')
          .orderBy('pool')
          .orderBy('sku')
          .limit(rowsPerPage)
          .offset(offset)
          .execute()
  yield* paged<Readonly<Record<string, Cell>>>(page, ({ merchant, pool, sku, ...cells }) => ({
    key: JSON.stringify([merchant, pool, sku]),
    name: `balance of ${sku}`,
    cells,
  }))
}

/** What orders took from each register, and what that adds up to. */
async function* sales({ db, span }: Side): Rows {
  const page = (offset: number) =>
    db
      .selectFrom('taking')
      .selectAll()
      .where('id', '>=', span.from)
      .where('id', '<', span.to ?? end)
      .orderBy('id')
      .limit(rowsPerPage)
      .offset(offset)
      .execute()
  yield* paged(page, ({ id: _, ...cells }, at) => ({
    key: `1 ${numbered(at)}`,
    name: named('units taken from', cells.register, 'of', cells.account, 'by order', cells.order_id),
    cells,
  }))
  if (span.to !== undefined) return
  const counts = (offset: number) =>
    db
      .selectFrom('register_count')
      .selectAll()
      .orderBy('account')
      .orderBy('register')
      .limit(rowsPerPage)
      .offset(offset)
      .execute()
  yield* paged(counts, ({ account, register, ...cells }, at) => ({
    key: `2 ${numbered(at)}`,
    name: named('count of', register, 'of', account),
    cells: { account, register, ...cells },
  }))
}

async function* parcels({ db, span, movedOn }: Side): Rows {
  const page = (offset: number) =>
    db
      .selectFrom('shipment')
      .selectAll()
      .where('stamp', '>=', span.from)
      .where('stamp', '<', span.to ?? end)
      .orderBy('account')
      .orderBy('shipment_id')
      .limit(rowsPerPage)
      .offset(offset)
      .execute()
  for await (const row of paged(page, ({ stamp: _, ...cells }) => ({
    key: parcelKey(cells.account, cells.shipment_id),
    name: named('parcel', cells.shipment_id, 'of', cells.account),
    cells,
  })))
    if (!movedOn.has(row.key)) yield row
}

export const parcelKey = (account: string, shipment: string): string => JSON.stringify(['parcel', account, shipment])

/** Every change, and the rights that they ended in. */
async function* rights({ db, span }: Side): Rows {
  const page = (offset: number) =>
    db
      .selectFrom('rights_change')
      .selectAll()
      .where('id', '>=', span.from)
      .where('id', '<', span.to ?? end)
      .orderBy('id')
      .limit(rowsPerPage)
      .offset(offset)
      .execute()
  yield* paged(page, (cells) => ({
    key: `1 ${cells.id}`,
    name: named('rights of', cells.register, 'of', cells.account, `(${cells.cause}, change ${cells.id})`),
    cells,
  }))
  if (span.to !== undefined) return
  const last = (offset: number) =>
    db
      .selectFrom('rights')
      .select(['account', 'register', 'entitlement', 'hold', 'hold_until', 'op', 'pend', 'reclaimed_at', 'updated_at'])
      .orderBy('account')
      .orderBy('register')
      .limit(rowsPerPage)
      .offset(offset)
      .execute()
  yield* paged(last, ({ account, register, ...cells }) => ({
    key: `2 ${JSON.stringify([account, register])}`,
    name: named('rights of', register, 'of', account),
    cells,
  }))
}
