/** Parcels that left, as the shops that ship tell them, with what became of their tracking numbers. */

import { z } from 'zod'
import type { ManualEntry } from '../../ledger/manual.ts'
import { normalNumber } from '../../planner/numbers.ts'
import { shipmentRow } from '../../planner/parcels.ts'
import { canBeOverruled, isReasonCode } from '../../planner/tracking-gate.ts'
import type { ApiDeps } from '../deps.ts'
import { enter } from '../enter.ts'
import { beyond, paged, pageFields, pageOf } from '../paging.ts'
import { type ParcelView, viewParcels } from '../read/parcels.ts'
import { isRefusal, notFound, type Refusal, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, time } from '../times.ts'

const reasons = z.array(z.object({ code: z.string(), sentence: z.string() }))

const shipment = z.object({
  account: z.string(),
  shipment: z.string(),
  order: z.string(),
  cancelled: z.boolean(),
  carrier: z.string().nullable(),
  numbers: z.array(z.string()),
  url: z.string().nullable(),
  lines: z.array(z.object({ line: z.string(), units: z.int() })),
  updatedAt: time,
  firstSeenAt: time,
  tracking: z
    .enum(['waiting', 'told', 'held', 'withdrawn'])
    .describe(
      'Whether the shop that sold the order is told; `told` may still be on its way or refused, see the problems; `waiting` has nothing to tell, or not yet',
    ),
  reasons: reasons.describe('Why it is held'),
  notes: reasons.describe('Doubts that hold nothing, or that a person has overruled'),
  pushedAnyway: z.object({ by: z.string(), note: z.string(), at: time, number: z.string() }).nullable(),
})

const pushAnyway = z.strictObject({
  note: z.string().trim().min(3).max(500).describe('Why the number is right all the same; kept for good'),
  by: z.string().trim().min(1).max(60).optional().describe('Who says so, where that is not who asks'),
  carrier: z.string().trim().min(1).max(100).optional().describe('Where the parcel names none, or a wrong one'),
})

const pushed = z.object({ delivery: z.string(), parcel: shipment })

const viewOf = ({ row, state, confirmed, ...more }: ParcelView): z.input<typeof shipment> => ({
  account: row.account,
  shipment: row.shipment_id,
  order: row.order_id,
  cancelled: row.cancelled === 1,
  carrier: row.carrier,
  numbers: JSON.parse(row.numbers),
  url: row.url,
  lines: JSON.parse(row.lines),
  updatedAt: iso(row.version_at),
  firstSeenAt: iso(row.first_seen_at),
  tracking: state,
  reasons: [...more.reasons],
  notes: [...more.notes],
  pushedAnyway: confirmed && {
    by: confirmed.by,
    note: confirmed.reason,
    at: iso(confirmed.at),
    number: confirmed.number,
  },
})

export function shipmentRoutes(deps: ApiDeps): Route[] {
  const { store, engine, identity, log } = deps
  const { db } = store

  async function one(account: string, id: string): Promise<ParcelView | undefined> {
    const row = await shipmentRow(db, account, id)
    return row && (await viewParcels(db, [row]))[0]
  }

  return [
    route({
      method: 'GET',
      path: '/shipments',
      summary: 'List the parcels, newest first',
      needs: 'read',
      query: z.strictObject({ ...pageFields, account: z.string().optional(), order: z.string().optional() }),
      answer: pageOf(shipment),
      async handle({ query: { limit, after, account, order } }) {
        const rows = await db
          .selectFrom('shipment')
          .selectAll()
          .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
          .$if(order !== undefined, (query) => query.where('order_id', '=', order ?? ''))
          .where(beyond(['first_seen_at desc', 'account', 'shipment_id'], after))
          .orderBy('first_seen_at', 'desc')
          .orderBy('account')
          .orderBy('shipment_id')
          .limit(limit + 1)
          .execute()
        const views = await viewParcels(db, rows)
        return paged(views, limit, ({ row }) => [row.first_seen_at, row.account, row.shipment_id], viewOf)
      },
    }),
    route({
      method: 'POST',
      path: '/shipments/:account/:shipment/push-anyway',
      summary: 'Tell a held tracking number all the same, on a person’s word',
      needs: 'work',
      body: pushAnyway,
      answer: pushed,
      async handle({ params, body, key, who }) {
        const found = await one(params.account, params.shipment)
        if (!found) return notFound(`parcel ${params.shipment} of ${params.account}`)
        const number = numberOf(found)
        const refusal = refusalFor(found, number, body.carrier !== undefined)
        if (refusal || number === undefined) return refusal ?? refuse(409, 'The parcel has no tracking number.')
        const by = body.by === undefined ? who.name : `${body.by} (entered by ${who.name})`
        const entry: ManualEntry = {
          kind: 'push-anyway',
          account: params.account,
          shipment: params.shipment,
          number,
          by,
          reason: body.note,
          ...(body.carrier === undefined ? {} : { carrier: body.carrier }),
        }
        const delivery = await enter(deps, entry, key ?? store.newId())
        if (isRefusal(delivery)) return delivery
        await identity.audit(db, {
          who,
          what: 'parcel.pushed-anyway',
          subject: `${params.account}/${params.shipment}`,
          detail: { number, by, note: body.note, delivery },
        })
        log.info('parcel pushed anyway', { ...params, number, by, note: body.note, delivery })
        await engine.planner.sweep()
        engine.wake()
        const after = await one(params.account, params.shipment)
        return after ? { delivery, parcel: viewOf(after) } : notFound(`parcel ${params.shipment} of ${params.account}`)
      },
    }),
  ]
}

/** Safe: the ledger writes the numbers. */
const numberOf = ({ row }: ParcelView) => (JSON.parse(row.numbers) as readonly string[]).map(normalNumber).find(Boolean)

/** A person's word changes what is doubted, not what the shop takes; a carrier given with it may. */
const curedByCarrier: ReadonlySet<string> = new Set(['no-carrier', 'not-accepted'])

function refusalFor(
  { state, reasons: held }: ParcelView,
  number: string | undefined,
  isCarrierGiven: boolean,
): Refusal | undefined {
  if (number === undefined) return refuse(409, 'The parcel has no tracking number that could be told.')
  if (state === 'told') return refuse(409, 'Its number is told to the shop already; nothing was changed.')
  if (state !== 'held') return refuse(409, 'The parcel is not held; nothing was changed.')
  const final = held.filter(
    ({ code }) => !(isReasonCode(code) && canBeOverruled(code)) && !(isCarrierGiven && curedByCarrier.has(code)),
  )
  if (final.length === 0 && held.length > 0) return undefined
  const said =
    final.map(({ sentence }) => sentence).join(' ') || 'It waits for an answer of the shop that sold the order.'
  return refuse(409, `This cannot be pushed on a person’s word. ${said}`)
}
