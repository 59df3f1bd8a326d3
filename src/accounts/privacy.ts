/** Carries out what platforms demand about personal data: told to a person, or forgotten, in every book that has some. */

import { sql } from 'kysely'
import type { Connector, PrivacyDemand, RawDelivery } from '../channel.ts'
import type { Clock } from '../clock.ts'
import { type AccountId, asId, NOBODY, type Platform, reference } from '../domain.ts'
import type { Store } from '../store/index.ts'
import type { PrivacyTable, Tx } from '../store/tables.ts'

/** The law of the platforms: a month. */
const dueMs = 30 * 86_400_000

/** What stands in the inbox where a delivery was that named a buyer. */
const forgotten = JSON.stringify({ forgotten: true })

export interface Privacy {
  /**
   * Notes a demand and carries out what can be done without a person; a repeated one changes nothing. Returns the delivery as it may
   * be kept: a demand names the buyer who wants to be forgotten. `signedFor` is the account whose secret signed it, or nobody's: then
   * the app did, for all its shops.
   */
  heed(platform: Platform, delivery: RawDelivery, signedFor: AccountId): Promise<RawDelivery>
  /** Demands that a person has to see to, the most urgent first. */
  open(): Promise<PrivacyTable[]>
  /** A person has seen to it. */
  settle(id: string): Promise<boolean>
}

interface PrivacyDeps {
  readonly store: Store
  readonly clock: Clock
  readonly connectors: ReadonlyMap<Platform, Connector>
}

export function createPrivacy({ store, clock, connectors }: PrivacyDeps): Privacy {
  const { db } = store

  async function note(platform: Platform, demand: PrivacyDemand, key: string, signedFor: AccountId): Promise<void> {
    const now = clock.now()
    await store.transaction(async (tx) => {
      const named = await tx
        .selectFrom('account')
        .select('id')
        .where('platform', '=', platform)
        .where('shop', '=', demand.shop)
        .executeTakeFirst()
      // One shop's secret forgets nothing of another's.
      const account = named && (signedFor === NOBODY || signedFor === named.id) ? named : undefined
      const isDone = demand.kind !== 'tell' || account === undefined
      const noted = await tx
        .insertInto('privacy')
        .values({
          id: store.newId(),
          platform,
          key,
          shop: demand.shop,
          account: account?.id ?? null,
          kind: demand.kind,
          orders: JSON.stringify(demand.orders),
          asked_at: now,
          due_at: now + dueMs,
          done_at: isDone ? now : null,
        })
        .onConflict((conflict) => conflict.columns(['platform', 'key']).doNothing())
        .returning('id')
        .execute()
      if (noted.length === 0 || !account || demand.kind === 'tell') return
      if (demand.kind === 'forgetShop') await forgetShop(tx, account.id)
      else for (const order of demand.orders) await forgetOrder(tx, account.id, order)
    })
  }

  return {
    async heed(platform, delivery, signedFor) {
      const demand = connectors.get(platform)?.privacyOf?.(delivery)
      if (!demand) return delivery
      await note(platform, demand, delivery.key, signedFor)
      return { ...delivery, body: forgotten }
    },
    open: () =>
      db.selectFrom('privacy').selectAll().where('done_at', 'is', null).orderBy('due_at').limit(100).execute(),
    async settle(id) {
      const done = await db
        .updateTable('privacy')
        .set({ done_at: clock.now() })
        .where('id', '=', id)
        .where('done_at', 'is', null)
        .returning('id')
        .execute()
      return done.length > 0
    },
  }
}

const personal = ['address', 'buyerNote'] as const

/** The same JSON without what says who the buyer is, at any depth. */
function withoutBuyer(text: string): string {
  return JSON.stringify(JSON.parse(text), (name, value) => (personal.some((one) => one === name) ? undefined : value))
}

const like = (text: string) => `%${text.replaceAll(/[\\%_]/g, (mark) => `\\${mark}`)}%`

/** What was counted and sold stays: stock must not come back because somebody is forgotten. */
async function forgetOrder(tx: Tx, account: string, order: string): Promise<void> {
  const head = await tx
    .selectFrom('order_head')
    .select('snapshot')
    .where('account', '=', account)
    .where('order_id', '=', order)
    .executeTakeFirst()
  if (head)
    await tx
      .updateTable('order_head')
      .set({ snapshot: withoutBuyer(head.snapshot) })
      .where('account', '=', account)
      .where('order_id', '=', order)
      .execute()
  await forgetDeliveries(tx, account, order)
  await forgetCopies(tx, reference(asId(account), asId(order)))
}

async function forgetShop(tx: Tx, account: string): Promise<void> {
  const orders = await tx.selectFrom('order_head').select('order_id').where('account', '=', account).execute()
  for (const { order_id } of orders) await forgetOrder(tx, account, order_id)
  await tx.updateTable('inbox').set({ body: forgotten }).where('account', '=', account).where(isRead).execute()
}

/** One that nobody has read yet is read first: what happened must not be lost with who it happened to. */
const isRead = sql<boolean>`exists (select 1 from reading_receipt where reading_receipt.delivery = inbox.id)`

const forgetDeliveries = (tx: Tx, account: string, order: string) =>
  tx
    .updateTable('inbox')
    .set({ body: forgotten })
    .where('account', '=', account)
    .where(sql<boolean>`body like ${like(order)} escape '\\'`)
    .where(isRead)
    .execute()

/** Where the order was made again in the shop that ships: what we intended, what we sent, and what that shop told us. */
async function forgetCopies(tx: Tx, ours: string): Promise<void> {
  const intents = await tx
    .selectFrom('intent')
    .select(['account', 'kind', 'subject', 'target'])
    .where('kind', '=', 'order')
    .where(sql<boolean>`target like ${like(ours)} escape '\\'`)
    .execute()
  for (const { account, kind, subject, target } of intents)
    await tx
      .updateTable('intent')
      .set({ target: withoutBuyer(target) })
      .where('account', '=', account)
      .where('kind', '=', kind)
      .where('subject', '=', subject)
      .execute()
  await tx
    .updateTable('call')
    .set({ body: forgotten })
    .where('kind', '=', 'order')
    .where('state', '<>', 'open')
    .where(sql<boolean>`body like ${like(ours)} escape '\\'`)
    .execute()
  const copies = await tx
    .selectFrom('order_head')
    .select(['account', 'order_id', 'snapshot'])
    .where('reference', '=', ours)
    .execute()
  for (const { account, order_id, snapshot } of copies) {
    await tx
      .updateTable('order_head')
      .set({ snapshot: withoutBuyer(snapshot) })
      .where('account', '=', account)
      .where('order_id', '=', order_id)
      .execute()
    await forgetDeliveries(tx, account, order_id)
  }
}
