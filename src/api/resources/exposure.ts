/** Exposure: whether more is promised to the shops' buyers than there is. */

import { z } from 'zod'
import type { ApiDeps } from '../deps.ts'
import { readExposure } from '../read/exposure.ts'
import { type Route, route } from '../route.ts'

const policy = z.enum(['strict', 'mirror'])

const exposure = z.object({
  isProtected: z.boolean().describe('Nothing is promised that is not there'),
  skus: z.int(),
  promisedUnits: z.int().describe('What all counters may still sell, unseen sales included'),
  exposedUnits: z.int().describe('Of these, promised beyond what there is'),
  byPolicy: z.object({ strict: z.int(), mirror: z.int() }),
  exposedSkus: z.int(),
  uncountedSkus: z.int().describe('Sold by a shop and never counted: nothing can be said of them'),
  items: z
    .array(
      z.object({
        sku: z.string(),
        title: z.string(),
        policy,
        limitUnits: z.int().describe('On hand − reserved − safety stock + allowance'),
        promisedUnits: z.int(),
        exposedUnits: z.int(),
      }),
    )
    .describe('The most exposed first'),
})

export function exposureRoutes({ store: { db }, clock }: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/exposure',
      summary: 'Whether more may be sold than there is, and of what',
      needs: 'read',
      query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
      answer: exposure,
      async handle({ query: { limit } }) {
        const found = await readExposure(db, clock.now(), limit)
        return { ...found, items: found.items.map((item) => ({ ...item })) }
      },
    }),
  ]
}
