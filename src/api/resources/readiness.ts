/** Readiness: what there is to do before stock can be kept for everything that the shops sell. */

import { z } from 'zod'
import { countShortcomings, listShortcoming, type Shortcoming, shortcomings } from '../../catalog/readiness.ts'
import type { ApiDeps } from '../deps.ts'
import { paged, pageFields, pageOf } from '../paging.ts'
import { notFound } from '../refusal.ts'
import { type Route, route } from '../route.ts'

const meanings: Readonly<Record<Shortcoming, string>> = {
  unlinked: 'No sku says what leaves the shelf: link it, or its sales are not kept back anywhere else.',
  untracked: 'The shop does not count it, so that no number can be told to it: switch counting on in the shop.',
  endless: 'The shop sells it below zero: switch selling without stock off in the shop.',
  doubled: 'Several counters of the shop show the same sku, each the whole stock: link one, or share them by a rule.',
  repeated: 'Several listings of the shop carry the same sku text: they are never linked by themselves.',
}

const report = z.object({
  isReady: z.boolean().describe('Nothing is to be done'),
  work: z.array(z.object({ kind: z.enum(shortcomings), count: z.int(), meaning: z.string() })),
})

const listing = z.object({ account: z.string(), listing: z.string(), title: z.string(), sku: z.string().nullable() })

export function readinessRoutes({ store: { db } }: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/readiness',
      summary: 'How much is unlinked, untracked, endless, doubled or carries a repeated sku',
      needs: 'read',
      query: z.strictObject({ account: z.string().optional() }),
      answer: report,
      async handle({ query: { account } }) {
        const counts = await countShortcomings(db, account)
        const work = shortcomings.map((kind) => ({ kind, count: counts[kind], meaning: meanings[kind] }))
        return { isReady: work.every(({ count }) => count === 0), work }
      },
    }),
    route({
      method: 'GET',
      path: '/readiness/:kind',
      summary: 'The listings of one kind of work',
      needs: 'read',
      query: z.strictObject({ ...pageFields, account: z.string().optional() }),
      answer: pageOf(listing),
      async handle({ params, query: { account, limit, after } }) {
        const kind = shortcomings.find((one) => one === params.kind)
        if (!kind) return notFound(`such kind of work: there are ${shortcomings.join(', ')}`)
        const rows = await listShortcoming(db, kind, { account, after, limit: limit + 1 })
        return paged(
          rows,
          limit,
          (one) => [one.account, one.listing],
          (one) => one,
        )
      },
    }),
  ]
}
