/** What a shop should come to know: the shapes of the three intents, their urgency, and how a newer one replaces an older one. */

import type { NewOrderLine, OrderOp, TrackingOp } from '../channel.ts'
import type { AccountId, Instant, RegisterId } from '../domain.ts'
import { prepared } from '../store/prepared.ts'
import type { Db, IntentTable, PlanTable, Tx } from '../store/tables.ts'
import type { ChangeReason } from './facts.ts'

/** The dispatcher's order of work; lower goes first. */
export const urgencies = { decrease: 0, fetch: 1, tracking: 2, order: 3, increase: 4, bulk: 5 } as const

export interface StockTarget {
  readonly register: RegisterId
  /** What the write should make it show. */
  readonly units: number
  readonly why?: ChangeReason
  /** What was known of the register when this was intended: nothing new means nothing new to say. */
  readonly seen?: { readonly believedUnits: number; readonly rightsRev: number }
  /** Nothing is to be written any more: no listing that we may write sells from this register. */
  readonly withdrawn?: boolean
}

/** An order that must exist in, or be taken back from, the shop that ships; or why a person has to look first. */
export type OrderTarget =
  | {
      readonly kind: 'exist'
      readonly reference: string
      readonly op: Extract<OrderOp, { kind: 'create' }>
      /** What the order has become since, for the person who has to change the copy by hand; absent while it is as it was. */
      readonly differs?: string
    }
  | {
      readonly kind: 'cancelled'
      readonly reference: string
      readonly reason: string
      /** What the copy was made of. */
      readonly lines: readonly NewOrderLine[]
    }
  | { readonly kind: 'hold'; readonly reason: string }

/** A parcel to push, or the reason why a person has to look at it first, or nothing to tell any more. */
export type TrackingTarget =
  | { readonly kind: 'push'; readonly op: TrackingOp }
  /** `replaces`: what the shop may have been told for this parcel before. */
  | { readonly kind: 'hold'; readonly reason: string; readonly replaces?: readonly string[] }
  /** `told`: what the shop was told, where another parcel has taken its place since. */
  | { readonly kind: 'withdrawn'; readonly told?: string }

export interface Intent {
  readonly account: AccountId
  readonly kind: IntentTable['kind']
  readonly subject: string
  readonly target: StockTarget | OrderTarget | TrackingTarget
  readonly terms: unknown
  readonly urgency: number
  readonly causedAt: Instant | null
}

export interface IntendDeps {
  readonly now: Instant
  readonly newId: () => string
  /** Notes whose lane has something to look at. */
  readonly told?: Set<AccountId>
}

/** Replaces what was intended for this subject and raises its revision; the dispatcher sees the difference. */
export async function intend(tx: Tx, intent: Intent, deps: IntendDeps): Promise<void> {
  deps.told?.add(intent.account)
  await replace(tx, {
    account: intent.account,
    kind: intent.kind,
    subject: intent.subject,
    target: JSON.stringify(intent.target),
    terms: JSON.stringify(intent.terms),
    urgency: intent.urgency,
    caused_at: intent.causedAt,
    made_at: deps.now,
    stamp: deps.newId(),
  })
}

const replace = prepared((db, { account, kind, subject, ...row }: Omit<IntentTable, 'rev'>) =>
  db
    .insertInto('intent')
    .values({ account, kind, subject, rev: 1, ...row })
    .onConflict((conflict) =>
      conflict.columns(['account', 'kind', 'subject']).doUpdateSet((eb) => ({ ...row, rev: eb('intent.rev', '+', 1) })),
    ),
)

const targetOf = prepared((db, at: Pick<IntentTable, 'account' | 'kind' | 'subject'>) =>
  db
    .selectFrom('intent')
    .select('target')
    .where('account', '=', at.account)
    .where('kind', '=', at.kind)
    .where('subject', '=', at.subject),
)

/** What is intended now; undefined when nothing ever was. The cast is safe: `intend` is the only writer. */
export async function intended<T>(
  tx: Tx,
  account: AccountId,
  kind: IntentTable['kind'],
  subject: string,
): Promise<T | undefined> {
  const [row] = await targetOf(tx, { account, kind, subject })
  return row && (JSON.parse(row.target) as T)
}

/** Remembers which revisions a plan was made from, and when it has to be made again whatever happens. */
export async function markPlanned(
  tx: Tx,
  book: string,
  subject: string,
  seen: string,
  wakeAt: Instant | null = null,
): Promise<void> {
  await keepPlan(tx, { book, subject, seen, wake_at: wakeAt })
}

const keepPlan = prepared((db, plan: PlanTable) =>
  db
    .insertInto('plan')
    .values(plan)
    .onConflict((conflict) =>
      conflict.columns(['book', 'subject']).doUpdateSet({ seen: plan.seen, wake_at: plan.wake_at }),
    ),
)

/** Subjects of a book whose plan asked to be made again by now. */
export async function woken(
  db: Db,
  book: string,
  now: Instant,
  limit: number,
): Promise<{ account: string; id: string }[]> {
  const rows = await db
    .selectFrom('plan')
    .select('subject')
    .where('book', '=', book)
    .where('wake_at', '<=', now)
    .orderBy('wake_at')
    .limit(limit)
    .execute()
  return rows.map(({ subject }) => {
    const at = subject.indexOf('/')
    return { account: subject.slice(0, at), id: subject.slice(at + 1) }
  })
}

/** The books whose plans may ask to be made again. */
const wakingBooks = ['stock', 'order', 'shipment', 'life']

/** When the next plan asks to be made again; infinity when none does. */
export async function nextWakeAt(db: Db): Promise<Instant> {
  let next = Number.POSITIVE_INFINITY
  // Book by book, so that the end of an index answers.
  for (const book of wakingBooks) {
    const row = await db
      .selectFrom('plan')
      .select((eb) => eb.fn.min('wake_at').as('at'))
      .where('book', '=', book)
      .where('wake_at', 'is not', null)
      .executeTakeFirst()
    next = Math.min(next, row?.at ?? next)
  }
  return next
}
