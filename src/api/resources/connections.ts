/** Connections: whether each shop is heard of, its webhooks, what is being read anew, and what is wrong with it. */

import { z } from 'zod'
import type { ApiDeps } from '../deps.ts'
import { type Connection, readConnections, reconcileReasons, sourceNames } from '../read/connections.ts'
import { notFound } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, isoOrNull, time } from '../times.ts'

const connection = z.object({
  id: z.string(),
  platform: z.string(),
  shop: z.string(),
  state: z.enum(['active', 'paused', 'broken']),
  reason: z.string().nullable(),
  accessEndsAt: time.nullable().describe('When the merchant has to consent anew; null: never, or not known'),
  counts: z.object({ listings: z.int(), shelves: z.int(), orders: z.int() }),
  reading: z
    .object({ reason: z.enum(reconcileReasons), since: time, trouble: z.string().nullable() })
    .nullable()
    .describe('Why everything is being read anew'),
  lastRead: z.object({ reason: z.enum(reconcileReasons), at: time }).nullable(),
  sources: z.array(
    z.object({
      source: z.enum(sourceNames),
      seenAt: time.nullable(),
      expectedBy: time.nullable().describe('Null while nothing says when it should be heard of again'),
      isLate: z.boolean(),
    }),
  ),
  webhooks: z
    .object({
      auditedAt: time,
      wanted: z.int(),
      found: z.int(),
      faults: z.array(z.string()),
      trouble: z.string().nullable(),
    })
    .nullable(),
})

const viewOf = ({ reading, lastRead, sources, webhooks, endsAt, ...rest }: Connection): z.input<typeof connection> => ({
  ...rest,
  accessEndsAt: isoOrNull(endsAt),
  reading: reading && { ...reading, since: iso(reading.since) },
  lastRead: lastRead && { ...lastRead, at: iso(lastRead.at) },
  sources: sources.map((one) => ({ ...one, seenAt: isoOrNull(one.seenAt), expectedBy: isoOrNull(one.expectedBy) })),
  webhooks: webhooks && { ...webhooks, faults: [...webhooks.faults], auditedAt: iso(webhooks.auditedAt) },
})

export function connectionRoutes(deps: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/connections',
      summary: 'How each shop is doing as a connection',
      needs: 'read',
      answer: z.object({ items: z.array(connection) }),
      // A merchant has a handful.
      handle: async () => ({ items: (await readConnections(deps)).map(viewOf) }),
    }),
    route({
      method: 'POST',
      path: '/accounts/:id/reconcile',
      summary: 'Read everything of the shop anew, soon; `GET /connections` says when it is done',
      needs: 'work',
      answer: z.object({ wanted: z.literal(true) }),
      status: 202,
      async handle({ params: { id } }) {
        if (!(await deps.accounts.get(id))) return notFound(`account ${id}`)
        await deps.care.want(id, 'asked')
        return { wanted: true as const }
      },
    }),
    route({
      method: 'POST',
      path: '/accounts/:id/diagnose',
      summary: 'Look for what is commonly wrong with such a shop',
      needs: 'work',
      answer: z.object({
        findings: z.array(
          z.object({ symptom: z.string(), weight: z.enum(['good', 'wait', 'bad']), detail: z.string().optional() }),
        ),
      }),
      async handle({ params: { id } }) {
        const opened = await deps.accounts.open(id)
        if (!opened) return notFound(`account ${id}`)
        return { findings: [...((await opened.channel.diagnose?.()) ?? [])] }
      },
    }),
  ]
}
