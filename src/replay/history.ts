/** The recorded history as one sequence: what was set up, what was delivered and what became of rights, in the order it happened. */

import { idFloor } from '../store/index.ts'
import type {
  AccountTable,
  Db,
  InboxTable,
  LinkChangeTable,
  ReadingReceiptTable,
  RightsChangeTable,
  SettledAgainTable,
  SkuTable,
} from '../store/tables.ts'

/** `id` sorts. What was set up has only a moment; it comes before everything else of that moment. */
export type Happening = { readonly id: string } & (
  | { readonly kind: 'account'; readonly row: AccountTable }
  | { readonly kind: 'sku'; readonly row: SkuTable }
  | { readonly kind: 'link'; readonly row: LinkChangeTable }
  | { readonly kind: 'delivery'; readonly row: InboxTable; readonly receipt: Posted }
  | { readonly kind: 'settled again'; readonly row: SettledAgainTable }
  | { readonly kind: 'rights'; readonly row: RightsChangeTable }
)

export type Posted = Pick<ReadingReceiptTable, 'outcome' | 'readings' | 'at'>

const rowsPerPage = 500

export async function* historyOf(db: Db): AsyncGenerator<Happening> {
  const streams = [setUp(db), deliveries(db), settledAgain(db), rightsChanges(db)]
  const heads = await Promise.all(streams.map((stream) => stream.next()))
  for (;;) {
    let first: number | undefined
    for (const [at, head] of heads.entries())
      if (!head.done && (first === undefined || head.value.id < (heads[first]?.value?.id ?? ''))) first = at
    const head = first === undefined ? undefined : heads[first]
    const stream = first === undefined ? undefined : streams[first]
    if (first === undefined || !stream || !head || head.done) return
    yield head.value
    heads[first] = await stream.next()
  }
}

/** Small enough to be read at once. */
async function* setUp(db: Db): AsyncGenerator<Happening> {
  const accounts = await db.selectFrom('account').selectAll().execute()
  const skus = await db.selectFrom('sku').selectAll().execute()
  const links = await db.selectFrom('link_change').selectAll().orderBy('at').execute()
  const all: Happening[] = [
    ...accounts.map((row) => ({ kind: 'account' as const, id: idFloor(row.created_at), row })),
    ...skus.map((row) => ({ kind: 'sku' as const, id: idFloor(row.created_at), row })),
    ...links.map((row) => ({ kind: 'link' as const, id: idFloor(row.at), row })),
  ]
  yield* all.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

async function* deliveries(db: Db): AsyncGenerator<Happening> {
  const page = (after: string) =>
    db
      .selectFrom('reading_receipt')
      .innerJoin('inbox', 'inbox.id', 'reading_receipt.delivery')
      .selectAll('inbox')
      .select(['outcome', 'readings', 'at', 'posted'])
      .where('posted', '>', after)
      .orderBy('posted')
      .limit(rowsPerPage)
      .execute()
  for (let rows = await page(''); rows.length > 0; rows = await page(rows.at(-1)?.posted ?? ''))
    for (const { outcome, readings, at, posted, ...row } of rows)
      yield { kind: 'delivery', id: posted, row, receipt: { outcome, readings, at } }
}

async function* settledAgain(db: Db): AsyncGenerator<Happening> {
  const page = (after: string) =>
    db.selectFrom('settled_again').selectAll().where('id', '>', after).orderBy('id').limit(rowsPerPage).execute()
  for (let rows = await page(''); rows.length > 0; rows = await page(rows.at(-1)?.id ?? ''))
    for (const row of rows) yield { kind: 'settled again', id: row.id, row }
}

async function* rightsChanges(db: Db): AsyncGenerator<Happening> {
  const page = (after: string) =>
    db.selectFrom('rights_change').selectAll().where('id', '>', after).orderBy('id').limit(rowsPerPage).execute()
  for (let rows = await page(''); rows.length > 0; rows = await page(rows.at(-1)?.id ?? ''))
    for (const row of rows) yield { kind: 'rights', id: row.id, row }
}

/** Deliveries that were posted and are no longer kept: without them nothing can be rebuilt from the beginning. */
export async function lostDeliveries(db: Db): Promise<number> {
  const row = await db
    .selectFrom('reading_receipt')
    .leftJoin('inbox', 'inbox.id', 'reading_receipt.delivery')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('inbox.id', 'is', null)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}
