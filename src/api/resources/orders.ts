/** Orders as the shops tell them, what they took from the count, and how far their copy and parcels are. */

import { z } from 'zod'
import { asId, reference } from '../../domain.ts'
import type { Db, OrderHeadTable } from '../../store/tables.ts'
import { may } from '../../users/roles.ts'
import type { ApiDeps } from '../deps.ts'
import { beyond, paged, pageFields, pageOf } from '../paging.ts'
import { type LifeView, livesOf } from '../read/lives.ts'
import { noPersonal, notFound } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, isoOrNull, time } from '../times.ts'

const orderStateWord = z.enum([
  'seen',
  'reserved',
  'ready',
  'exported',
  'shipping',
  'shipped',
  'delivered',
  'closed',
  'cancelled',
  'returned',
])
const actorWord = z.enum(['shop', 'buyer', 'merchant', 'onhand', 'nobody'])

const head = z.object({
  account: z.string(),
  order: z.string(),
  name: z.string(),
  phase: z.string(),
  status: z.string().describe("The shop's own word"),
  fulfilment: z.string(),
  currency: z.string(),
  unlinkedLines: z.int(),
  copyOf: z.string().nullable().describe('Present when this order is our copy of another shop’s'),
  placedAt: time,
  firstSeenAt: time,
  phaseSince: time,
  state: orderStateWord.nullable().describe('How far it is; null for a moment after it was first seen'),
  stateSince: time.nullable(),
  nextActor: actorWord.nullable().describe('Who must act next'),
  deadlines: z.array(
    z.object({
      milestone: z.enum(['ready', 'transit', 'delivered', 'cancel']),
      at: time,
      source: z.enum(['platform', 'computed']).describe("The shop's own time, or one from the market's rules"),
      isOpen: z.boolean().describe('Whether its clock still runs'),
    }),
  ),
})

const told = z.object({
  account: z.string(),
  state: z.enum(['due', 'flying', 'done', 'parked', 'dismissed']),
  reason: z.string().nullable(),
  attempts: z.int(),
  updatedAt: time,
})

const order = head.extend({
  oddities: z
    .array(z.object({ from: orderStateWord, to: orderStateWord, status: z.string(), at: time }))
    .describe('Moves that the platform should not have made; the newest twenty'),
  snapshot: z.record(z.string(), z.unknown()).describe('Address and note only with personal=true'),
  lines: z.array(
    z.object({
      line: z.string(),
      listing: z.string().nullable(),
      register: z.string().nullable(),
      title: z.string(),
      sku: z.string().nullable(),
      quantity: z.int(),
      takenUnits: z.int(),
      shippedUnits: z.int(),
      parts: z.array(z.object({ sku: z.string(), units: z.int() })).nullable(),
    }),
  ),
  movements: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      sku: z.string(),
      line: z.string().nullable(),
      onHandDelta: z.int(),
      reservedDelta: z.int(),
      delivery: z.string(),
      at: time,
    }),
  ),
  copy: told
    .extend({ order: z.string().nullable().describe('Its id in the shop that ships, once it is there') })
    .nullable(),
  tracking: z.array(
    told.extend({ shipment: z.string(), carrier: z.string().nullable(), numbers: z.array(z.string()) }),
  ),
})

type HeadRow = Omit<OrderHeadTable, 'snapshot'>

const viewOf = (row: HeadRow, life: LifeView | undefined): z.input<typeof head> => ({
  account: row.account,
  order: row.order_id,
  name: row.name,
  phase: row.phase,
  status: row.status,
  fulfilment: row.fulfilment,
  currency: row.currency,
  unlinkedLines: row.unlinked_lines,
  copyOf: row.reference,
  placedAt: iso(row.placed_at),
  firstSeenAt: iso(row.first_seen_at),
  phaseSince: iso(row.phase_since),
  state: life?.state ?? null,
  stateSince: isoOrNull(life?.since),
  nextActor: life?.nextActor ?? null,
  deadlines: (life?.deadlines ?? []).map(({ milestone, at, source, isOpen }) => ({
    milestone,
    at: iso(at),
    source,
    isOpen,
  })),
})

export function orderRoutes({ store: { db }, identity }: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/orders',
      summary: 'List the orders, newest first',
      needs: 'read',
      query: z.strictObject({
        ...pageFields,
        account: z.string().optional(),
        phase: z.string().optional(),
        state: orderStateWord.optional(),
      }),
      answer: pageOf(head),
      async handle({ query: { limit, after, account, phase, state } }) {
        const rows = await db
          .selectFrom('order_head')
          .selectAll()
          .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
          .$if(phase !== undefined, (query) => query.where('phase', '=', phase ?? ''))
          .$if(state !== undefined, (query) =>
            query.where(({ exists, selectFrom }) =>
              exists(
                selectFrom('order_life')
                  .select('order_life.state')
                  .whereRef('order_life.account', '=', 'order_head.account')
                  .whereRef('order_life.order_id', '=', 'order_head.order_id')
                  .where('order_life.state', '=', state ?? 'seen'),
              ),
            ),
          )
          .where(beyond(['placed_at desc', 'account', 'order_id'], after))
          .orderBy('placed_at', 'desc')
          .orderBy('account')
          .orderBy('order_id')
          .limit(limit + 1)
          .execute()
        const lives = await livesOf(db, rows)
        return paged(
          rows,
          limit,
          (row) => [row.placed_at, row.account, row.order_id],
          (row) => viewOf(row, lives.get(`${row.account}/${row.order_id}`)),
        )
      },
    }),
    route({
      method: 'GET',
      path: '/orders/:account/:order',
      summary: 'Show one order with its lines, movements, copy and parcels',
      needs: 'read',
      query: z.strictObject({ personal: z.enum(['true', 'false']).default('false') }),
      answer: order,
      async handle({ params, query, who }) {
        const isPersonal = query.personal === 'true'
        if (isPersonal && !may(who, 'personal')) return noPersonal(who)
        const row = await db
          .selectFrom('order_head')
          .selectAll()
          .where('account', '=', params.account)
          .where('order_id', '=', params.order)
          .executeTakeFirst()
        if (!row) return notFound(`order ${params.order} of account ${params.account}`)
        const life = (await livesOf(db, [row])).get(`${row.account}/${row.order_id}`)
        if (isPersonal)
          await identity.audit(db, { who, what: 'order.personal-seen', subject: `${row.account}/${row.order_id}` })
        return {
          ...viewOf(row, life),
          oddities: (life?.oddities ?? []).map((odd) => ({ ...odd, at: iso(odd.at) })),
          snapshot: snapshotOf(row.snapshot, isPersonal),
          lines: await linesOf(db, row),
          movements: await movementsOf(db, row),
          copy: await copyOf(db, row),
          tracking: await trackingOf(db, row),
        }
      },
    }),
  ]
}

/** Safe: written by the ledger only. */
const recordOf = (json: string) => JSON.parse(json) as Record<string, unknown>

function snapshotOf(json: string, personal: boolean): Record<string, unknown> {
  const { address, buyerNote, ...rest } = recordOf(json)
  return personal ? { ...rest, address, buyerNote } : rest
}

type Order = z.input<typeof order>

async function linesOf(db: Db, { account, order_id }: HeadRow): Promise<Order['lines']> {
  const rows = await db
    .selectFrom('order_line')
    .selectAll()
    .where('account', '=', account)
    .where('order_id', '=', order_id)
    .orderBy('line_id')
    .orderBy('listing')
    .execute()
  return rows.map((row) => ({
    line: row.line_id,
    listing: row.listing === '' ? null : row.listing,
    register: row.register,
    title: row.title,
    sku: row.sku_text,
    quantity: row.quantity,
    takenUnits: row.taken_units,
    shippedUnits: row.shipped_units,
    parts: row.parts === null ? null : JSON.parse(row.parts),
  }))
}

async function movementsOf(db: Db, { account, order_id }: HeadRow): Promise<Order['movements']> {
  const rows = await db
    .selectFrom('movement')
    .selectAll()
    .where('account', '=', account)
    .where('order_id', '=', order_id)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    sku: row.sku,
    line: row.line_id,
    onHandDelta: row.on_hand_delta,
    reservedDelta: row.reserved_delta,
    delivery: row.delivery,
    at: iso(row.at),
  }))
}

/** How far the order is on its way into the shop that ships it. */
async function copyOf(db: Db, { account, order_id }: HeadRow): Promise<Order['copy']> {
  const subject = `${account}/${order_id}`
  const receipt = await db
    .selectFrom('receipt')
    .selectAll()
    .where('kind', '=', 'order')
    .where('subject', '=', subject)
    .orderBy('updated_at', 'desc')
    .executeTakeFirst()
  if (!receipt) return null
  const copy = await db
    .selectFrom('order_head')
    .select('order_id')
    .where('reference', '=', reference(asId(account), asId(order_id)))
    .where('account', '=', receipt.account)
    .executeTakeFirst()
  const { state, reason, attempts, updated_at } = receipt
  return {
    account: receipt.account,
    state,
    reason,
    attempts,
    updatedAt: iso(updated_at),
    order: copy?.order_id ?? null,
  }
}

/** The parcels of the order's copies, and whether the shop that took the order knows them. */
async function trackingOf(db: Db, { account, order_id }: HeadRow): Promise<Order['tracking']> {
  const parcels = await db
    .selectFrom('order_head')
    .innerJoin('shipment', (join) =>
      join.onRef('shipment.account', '=', 'order_head.account').onRef('shipment.order_id', '=', 'order_head.order_id'),
    )
    .select(['shipment.account', 'shipment.shipment_id', 'shipment.carrier', 'shipment.numbers'])
    .where('order_head.reference', '=', reference(asId(account), asId(order_id)))
    .orderBy('shipment.shipment_id')
    .execute()
  if (parcels.length === 0) return []
  const bySubject = new Map(parcels.map((parcel) => [`${parcel.account}/${parcel.shipment_id}`, parcel]))
  const receipts = await db
    .selectFrom('receipt')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', 'tracking')
    .where('subject', 'in', [...bySubject.keys()])
    .execute()
  return receipts.map(({ subject, state, reason, attempts, updated_at }) => {
    const parcel = bySubject.get(subject)
    return {
      account,
      state,
      reason,
      attempts,
      updatedAt: iso(updated_at),
      shipment: parcel?.shipment_id ?? subject,
      carrier: parcel?.carrier ?? null,
      numbers: parcel ? JSON.parse(parcel.numbers) : [],
    }
  })
}
