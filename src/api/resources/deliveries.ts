/** Deliveries: every message from outside as it came, and what became of it. */

import { z } from 'zod'
import { may } from '../../users/roles.ts'
import type { ApiDeps } from '../deps.ts'
import { beyond, paged, pageFields, pageOf } from '../paging.ts'
import { noPersonal, notFound } from '../refusal.ts'
import { replay } from '../replay.ts'
import { type Route, route } from '../route.ts'
import { iso, isoOrNull, time } from '../times.ts'

const delivery = z.object({
  id: z.string(),
  account: z.string(),
  source: z.enum(['webhook', 'fetch', 'poll', 'import', 'manual']),
  topic: z.string(),
  key: z.string(),
  shopTime: time.nullable(),
  receivedAt: time,
  outcome: z.enum(['waiting', 'posted', 'ignored', 'parked', 'dismissed']),
  reason: z.string().nullable(),
})

const outcomes = ['posted', 'ignored', 'parked', 'dismissed'] as const

export function deliveryRoutes(deps: ApiDeps): Route[] {
  const { db } = deps.store
  const rows = () =>
    db
      .selectFrom('inbox')
      .leftJoin('reading_receipt', 'reading_receipt.delivery', 'inbox.id')
      .select(['inbox.id', 'inbox.account', 'inbox.source', 'inbox.topic', 'inbox.key', 'inbox.shop_time'])
      .select(['inbox.received_at', 'reading_receipt.outcome', 'reading_receipt.reason'])

  type Row = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>

  const viewOf = (row: Row): z.input<typeof delivery> => ({
    id: row.id,
    account: row.account,
    source: row.source,
    topic: row.topic,
    key: row.key,
    shopTime: isoOrNull(row.shop_time),
    receivedAt: iso(row.received_at),
    outcome: row.outcome ?? 'waiting',
    reason: row.reason,
  })

  return [
    route({
      method: 'GET',
      path: '/deliveries',
      summary: 'List what came in, newest first, without the bodies',
      needs: 'read',
      query: z.strictObject({ ...pageFields, account: z.string().optional(), outcome: z.enum(outcomes).optional() }),
      answer: pageOf(delivery),
      async handle({ query: { limit, after, account, outcome } }) {
        const found = await rows()
          .$if(account !== undefined, (query) => query.where('inbox.account', '=', account ?? ''))
          .$if(outcome !== undefined, (query) => query.where('reading_receipt.outcome', '=', outcome ?? 'posted'))
          .where(beyond(['inbox.id desc'], after))
          .orderBy('inbox.id', 'desc')
          .limit(limit + 1)
          .execute()
        return paged(found, limit, (row) => [row.id], viewOf)
      },
    }),
    route({
      method: 'GET',
      path: '/deliveries/:id',
      summary: 'Show one delivery; its body only with personal=true',
      needs: 'read',
      query: z.strictObject({ personal: z.enum(['true', 'false']).default('false') }),
      answer: delivery.extend({ body: z.string().optional() }),
      async handle({ params: { id }, query, who }) {
        const isPersonal = query.personal === 'true'
        if (isPersonal && !may(who, 'personal')) return noPersonal(who)
        const row = await rows().select('inbox.body').where('inbox.id', '=', id).executeTakeFirst()
        if (!row) return notFound(`delivery ${id}`)
        if (isPersonal) await deps.identity.audit(db, { who, what: 'delivery.personal-seen', subject: id })
        return { ...viewOf(row), ...(isPersonal ? { body: row.body } : {}) }
      },
    }),
    route({
      method: 'POST',
      path: '/deliveries/:id/replay',
      summary: 'Read a delivery again, as a copy of itself',
      needs: 'work',
      answer: z.object({ delivery: z.string(), outcome: z.string(), reason: z.string().nullable() }),
      async handle({ params: { id } }) {
        return await replay(deps, id)
      },
    }),
  ]
}
