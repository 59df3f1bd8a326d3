/** Parcels that left, as the shops that ship tell them. */

import { z } from 'zod'
import type { ApiDeps } from '../deps.ts'
import { beyond, paged, pageFields, pageOf } from '../paging.ts'
import { type Route, route } from '../route.ts'
import { iso, time } from '../times.ts'

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
})

export function shipmentRoutes({ store: { db } }: ApiDeps): Route[] {
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
        return paged(
          rows,
          limit,
          (row) => [row.first_seen_at, row.account, row.shipment_id],
          (row) => ({
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
          }),
        )
      },
    }),
  ]
}
