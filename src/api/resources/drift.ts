/** Drift: shelves that were not as believed, newest first. Nothing of it waits for a person. */

import { z } from 'zod'
import type { ApiDeps } from '../deps.ts'
import { paged, pageFields, pageOf } from '../paging.ts'
import { type Drift, readDrifts } from '../read/drift.ts'
import { driftTexts } from '../read/drift-words.ts'
import { type ExplainLanguage, explainLanguages, momentText } from '../read/explain-words.ts'
import { type Route, route } from '../route.ts'
import { iso, moment, time } from '../times.ts'

const drift = z.object({
  id: z.string(),
  account: z.string(),
  register: z.string(),
  listings: z.array(z.string()),
  skus: z.array(z.string()),
  byUnits: z.int().describe('More, or below zero less, than our writes and the orders of the shop explain'),
  verdict: z
    .enum(['waiting', 'order', 'passed', 'raised', 'lowered', 'program'])
    .describe('`waiting`: too early to say; `order`: an order that was listed late; `passed`: undone by the next look'),
  what: z.string(),
  likely: z.string().describe('What most likely did it'),
  done: z.string().describe('What Onhand did'),
  at: time,
})

const viewOf = (one: Drift, language: ExplainLanguage): z.input<typeof drift> => ({
  id: one.id,
  account: one.account,
  register: one.register,
  listings: [...one.listings],
  skus: [...one.skus],
  byUnits: one.byUnits,
  verdict: one.verdict,
  ...driftTexts(one, language, momentText),
  at: iso(one.at),
})

export function driftRoutes({ store: { db } }: ApiDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/drift',
      summary: 'List the shelves that were not as believed, with what most likely did it',
      needs: 'read',
      query: z.strictObject({
        ...pageFields,
        since: moment.optional().describe('Only what was found since then'),
        lang: z.enum(explainLanguages).default('en'),
      }),
      answer: pageOf(drift),
      async handle({ query: { limit, after, since, lang } }) {
        const from = since === undefined ? 0 : Date.parse(since)
        const rows = await readDrifts(db, { after, limit: limit + 1, since: from })
        return paged(
          rows,
          limit,
          ({ at, id }) => [at, id],
          (row) => viewOf(row, lang),
        )
      },
    }),
  ]
}
