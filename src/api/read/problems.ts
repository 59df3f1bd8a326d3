/** What waits for a person, gathered from the books: each with its reason, what it means and what can be done. */

import type { ExpressionBuilder } from 'kysely'
import type { Db, Tables } from '../../store/tables.ts'
import { beyond, cursorOf, exactly } from '../paging.ts'
import { clockReason, lateOrders } from './clocks.ts'

export const problemKinds = ['account', 'order', 'clock', 'receipt', 'delivery', 'listing'] as const
export type ProblemKind = (typeof problemKinds)[number]
export type Verb = 'retry' | 'dismiss'

export interface Problem {
  readonly id: string
  readonly kind: ProblemKind
  readonly account: string
  /** What it is about, as people know it. */
  readonly subject: string
  readonly reason: string
  readonly since: number
  readonly meaning: Meaning
  readonly verbs: readonly Verb[]
}

export type Meaning =
  | 'account'
  | 'notice'
  | 'order'
  | 'clock'
  | 'stock'
  | 'copy'
  | 'tracking'
  | 'fetch'
  | 'delivery'
  | 'counter'

/** What each kind of trouble means for stock and orders. */
export const meanings: Readonly<Record<Meaning, string>> = {
  account: 'Nothing is read from or told to this shop until it is connected again.',
  notice: 'The shop is still read and told, as far as it lets us. It may stop doing so.',
  order:
    'Lines that sell something unknown reserve no stock, and the order is not sent on. Link the listing to a sku; the order continues by itself.',
  clock:
    'The order does not move on as it should. Its stock stays reserved; a shop may count it as late, or cancel it. It leaves this list by itself.',
  stock: 'The shop still shows its old number and may sell what is not there, or hide what is.',
  copy: 'The order is not as it should be in the shop that ships: look there before anybody packs it.',
  tracking: 'The shop that took the order does not know the parcel, and neither does the buyer.',
  fetch: 'Something the shop announced has not been read, so the books may be behind.',
  delivery: 'A message from the shop was kept but could not be read; what it says is not in the books.',
  counter: 'It keeps the number it shows, which is no part of what is counted. Link it to say what is sold from there.',
}

type Key = readonly (string | number)[]

interface Found {
  readonly key: Key
  readonly problem: Problem
}

/** From where on, or exactly which one. */
type Place = { readonly after: Key | undefined } | { readonly key: Key }

const at = (columns: readonly string[], place: Place) =>
  'key' in place ? exactly(columns, place.key) : beyond(columns, place.after)

interface Source {
  page(db: Db, place: Place, limit: number, now: number): Promise<Found[]>
}

const partsOf = (...parts: readonly string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

export const problemId = {
  account: (account: string) => `account.${account}`,
  order: (account: string, order: string) => `order.${partsOf(account, order)}`,
  clock: (account: string, order: string) => `clock.${partsOf(account, order)}`,
  receipt: (account: string, kind: string, subject: string) => `receipt.${partsOf(account, kind, subject)}`,
  delivery: (delivery: string) => `delivery.${delivery}`,
  listing: (account: string, listing: string) => `listing.${partsOf(account, listing)}`,
}

export type ProblemRef =
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'order' | 'clock'; readonly account: string; readonly order: string }
  | { readonly kind: 'receipt'; readonly account: string; readonly of: string; readonly subject: string }
  | { readonly kind: 'delivery'; readonly delivery: string }
  | { readonly kind: 'listing'; readonly account: string; readonly listing: string }

/** What an id names; undefined when it is none of ours. */
export function parseProblemId(id: string): ProblemRef | undefined {
  const dot = id.indexOf('.')
  const kind = id.slice(0, dot)
  const rest = id.slice(dot + 1)
  if (dot < 0 || rest === '') return undefined
  if (kind === 'account') return { kind, account: rest }
  if (kind === 'delivery') return { kind, delivery: rest }
  const [account, second, third] = textsOf(rest)
  if (account === undefined || second === undefined) return undefined
  if (kind === 'order' || kind === 'clock') return { kind, account, order: second }
  if (kind === 'listing') return { kind, account, listing: second }
  if (kind === 'receipt' && third !== undefined) return { kind, account, of: second, subject: third }
  return undefined
}

function textsOf(encoded: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : []
  } catch {
    return []
  }
}

/** Broken, or going on with something to say. */
const isTroubled = ({ eb }: ExpressionBuilder<Tables, 'account'>) =>
  eb.or([eb('state', '=', 'broken'), eb('reason', 'is not', null)])

const accounts: Source = {
  async page(db, place, limit) {
    const rows = await db
      .selectFrom('account')
      .select(['id', 'title', 'state', 'reason', 'updated_at'])
      .where(isTroubled)
      .where(at(['id'], place))
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map((row) => ({
      key: [row.id],
      problem: {
        id: problemId.account(row.id),
        kind: 'account',
        account: row.id,
        subject: row.title,
        reason: row.reason ?? 'The shop refuses its credentials.',
        since: row.updated_at,
        meaning: row.state === 'broken' ? 'account' : 'notice',
        verbs: row.state === 'broken' ? ['retry'] : ['dismiss'],
      },
    }))
  },
}

const orders: Source = {
  async page(db, place, limit) {
    const rows = await db
      .selectFrom('order_head')
      .select(['account', 'order_id', 'name', 'first_seen_at', 'unlinked_lines'])
      .where('unlinked_lines', '>', 0)
      .where(at(['account', 'order_id'], place))
      .orderBy('account')
      .orderBy('order_id')
      .limit(limit)
      .execute()
    const lines = await unlinkedLines(
      db,
      rows.map(({ order_id }) => order_id),
    )
    return rows.map((row) => ({
      key: [row.account, row.order_id],
      problem: {
        id: problemId.order(row.account, row.order_id),
        kind: 'order',
        account: row.account,
        subject: row.name,
        reason: unlinkedReason(lines.get(`${row.account}/${row.order_id}`) ?? []),
        since: row.first_seen_at,
        meaning: 'order',
        verbs: ['retry'],
      },
    }))
  },
}

const clocks: Source = {
  async page(db, place, limit, now) {
    const rows = await lateOrders(db, now)
      .selectAll('order_life')
      .select('order_head.name')
      .where(at(['order_life.account', 'order_life.order_id'], place))
      .orderBy('order_life.account')
      .orderBy('order_life.order_id')
      .limit(limit)
      .execute()
    return rows.map((row) => ({
      key: [row.account, row.order_id],
      problem: {
        id: problemId.clock(row.account, row.order_id),
        kind: 'clock',
        account: row.account,
        subject: row.name,
        reason: clockReason(row, now),
        since: row.problem_at ?? now,
        meaning: 'clock',
        verbs: [],
      },
    }))
  },
}

interface UnlinkedLine {
  readonly listing: string
  readonly title: string
  readonly sku_text: string | null
}

async function unlinkedLines(db: Db, orderIds: readonly string[]): Promise<Map<string, UnlinkedLine[]>> {
  const found = new Map<string, UnlinkedLine[]>()
  if (orderIds.length === 0) return found
  const rows = await db
    .selectFrom('order_line')
    .select(['account', 'order_id', 'listing', 'title', 'sku_text'])
    .where('order_id', 'in', orderIds)
    .where('parts', 'is', null)
    .where('taken_units', '>', 0)
    .orderBy('line_id')
    .execute()
  for (const row of rows) {
    const key = `${row.account}/${row.order_id}`
    found.set(key, [...(found.get(key) ?? []), row])
  }
  return found
}

function unlinkedReason(lines: readonly UnlinkedLine[]): string {
  const named = lines.map(({ listing, title, sku_text }) => {
    const what = sku_text ? `${title} (${sku_text})` : title
    return listing === '' ? `${what}, a line that names no product` : `${what}, listing ${listing}`
  })
  return named.length === 0 ? 'A line is linked to no sku.' : `Linked to no sku: ${named.join('; ')}.`
}

const meaningOfReceipt = (kind: string): Meaning =>
  kind === 'stock' ? 'stock' : kind === 'order' ? 'copy' : kind === 'tracking' ? 'tracking' : 'fetch'

const receipts: Source = {
  async page(db, place, limit) {
    const rows = await db
      .selectFrom('receipt')
      .select(['account', 'kind', 'subject', 'reason', 'updated_at'])
      .where('state', '=', 'parked')
      .where(at(['account', 'kind', 'subject'], place))
      .orderBy('account')
      .orderBy('kind')
      .orderBy('subject')
      .limit(limit)
      .execute()
    return rows.map((row) => ({
      key: [row.account, row.kind, row.subject],
      problem: {
        id: problemId.receipt(row.account, row.kind, row.subject),
        kind: 'receipt',
        account: row.account,
        subject: `${row.kind} ${row.subject}`,
        reason: row.reason ?? 'It was tried too often.',
        since: row.updated_at,
        meaning: meaningOfReceipt(row.kind),
        verbs: ['retry', 'dismiss'],
      },
    }))
  },
}

const deliveries: Source = {
  async page(db, place, limit) {
    const rows = await db
      .selectFrom('reading_receipt')
      .innerJoin('inbox', 'inbox.id', 'reading_receipt.delivery')
      .select(['reading_receipt.delivery', 'reading_receipt.account', 'reading_receipt.reason', 'reading_receipt.at'])
      .select(['inbox.source', 'inbox.topic'])
      .where('reading_receipt.outcome', '=', 'parked')
      .where(at(['reading_receipt.delivery'], place))
      .orderBy('reading_receipt.delivery')
      .limit(limit)
      .execute()
    return rows.map((row) => ({
      key: [row.delivery],
      problem: {
        id: problemId.delivery(row.delivery),
        kind: 'delivery',
        account: row.account,
        subject: `${row.source} ${row.topic}`,
        reason: row.reason ?? 'It could not be read.',
        since: row.at,
        meaning: 'delivery',
        verbs: ['retry', 'dismiss'],
      },
    }))
  },
}

/** Counters of a listing that others of its group have been linked for, and that nobody has linked yet: a warehouse was added. */
const addedCounters = (db: Db) =>
  db
    .selectFrom('listing')
    .where('register', 'is not', null)
    .where('register_group', 'is not', null)
    .where('counting', '=', 'counted')
    .where('state', 'in', ['active', 'inactive'])
    .where(({ and, exists, not, selectFrom }) => {
      const links = selectFrom('link').select('link.sku').where('link.units', '>', 0)
      const own = links
        .whereRef('link.account', '=', 'listing.account')
        .whereRef('link.listing', '=', 'listing.listing')
      const others = selectFrom('listing as other')
        .innerJoin('link as its', (join) =>
          join.onRef('its.account', '=', 'other.account').onRef('its.listing', '=', 'other.listing'),
        )
        .select('its.sku')
        .whereRef('other.account', '=', 'listing.account')
        .whereRef('other.register_group', '=', 'listing.register_group')
        .where('other.state', '<>', 'deleted')
        .where('its.units', '>', 0)
      return and([not(exists(own)), exists(others)])
    })

const listings: Source = {
  async page(db, place, limit) {
    const rows = await addedCounters(db)
      .select(['account', 'listing', 'title', 'sku_text', 'shop_updated_at'])
      .where(at(['account', 'listing'], place))
      .orderBy('account')
      .orderBy('listing')
      .limit(limit)
      .execute()
    return rows.map((row) => ({
      key: [row.account, row.listing],
      problem: {
        id: problemId.listing(row.account, row.listing),
        kind: 'listing',
        account: row.account,
        subject: row.sku_text ? `${row.title} (${row.sku_text})` : row.title,
        reason: `A warehouse was added: the shop now counts this thing there too, as ${row.listing}, which is linked to no sku.`,
        since: row.shop_updated_at,
        meaning: 'counter',
        verbs: [],
      },
    }))
  },
}

const sources: Readonly<Record<ProblemKind, Source>> = {
  account: accounts,
  order: orders,
  clock: clocks,
  receipt: receipts,
  delivery: deliveries,
  listing: listings,
}

/** A page of problems, one kind after another; `after` is a kind's place in the list and the key within it. */
export async function readProblems(
  db: Db,
  now: number,
  { after, limit }: { after?: Key | undefined; limit: number },
): Promise<{ items: Problem[]; next: string | null }> {
  const from = Number(after?.[0] ?? 0)
  const found: { rank: number; one: Found }[] = []
  for (const [rank, kind] of problemKinds.entries()) {
    if (rank < from || found.length > limit) continue
    const key = rank === from ? after?.slice(1) : undefined
    const page = await sources[kind].page(db, { after: key }, limit + 1 - found.length, now)
    found.push(...page.map((one) => ({ rank, one })))
  }
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return {
    items: items.map(({ one }) => one.problem),
    next: found.length > limit && last ? cursorOf([last.rank, ...last.one.key]) : null,
  }
}

/** One problem by its id; undefined when it is solved or never was. */
export async function readProblem(db: Db, now: number, id: string): Promise<Problem | undefined> {
  const ref = parseProblemId(id)
  if (!ref) return undefined
  const [found] = await sources[ref.kind].page(db, { key: keyOf(ref) }, 1, now)
  return found?.problem
}

function keyOf(ref: ProblemRef): Key {
  switch (ref.kind) {
    case 'account':
      return [ref.account]
    case 'order':
    case 'clock':
      return [ref.account, ref.order]
    case 'receipt':
      return [ref.account, ref.of, ref.subject]
    case 'delivery':
      return [ref.delivery]
    case 'listing':
      return [ref.account, ref.listing]
  }
}

/** How many problems there are of each kind. */
export async function countProblems(db: Db, now: number): Promise<Record<ProblemKind, number>> {
  const count = ({ n }: { n: number | string | bigint }) => Number(n)
  const troubled = db.selectFrom('account').where(isTroubled)
  const unlinked = db.selectFrom('order_head').where('unlinked_lines', '>', 0)
  const parked = db.selectFrom('receipt').where('state', '=', 'parked')
  const unread = db.selectFrom('reading_receipt').where('outcome', '=', 'parked')
  return {
    account: count(await troubled.select((eb) => eb.fn.countAll().as('n')).executeTakeFirstOrThrow()),
    order: count(await unlinked.select((eb) => eb.fn.countAll().as('n')).executeTakeFirstOrThrow()),
    clock: count(
      await lateOrders(db, now)
        .select((eb) => eb.fn.countAll().as('n'))
        .executeTakeFirstOrThrow(),
    ),
    receipt: count(await parked.select((eb) => eb.fn.countAll().as('n')).executeTakeFirstOrThrow()),
    delivery: count(await unread.select((eb) => eb.fn.countAll().as('n')).executeTakeFirstOrThrow()),
    listing: count(
      await addedCounters(db)
        .select((eb) => eb.fn.countAll().as('n'))
        .executeTakeFirstOrThrow(),
    ),
  }
}
