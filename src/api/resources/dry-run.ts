/** Going live: what it would change in a shop, row by row, and the word that lets it happen. */

import { z } from 'zod'
import { asId } from '../../domain.ts'
import { type DryRunRow, dryRunChanges, isWritten } from '../../planner/dry-run.ts'
import type { ApiDeps } from '../deps.ts'
import { livenessOf, readDryRun } from '../read/dry-run.ts'
import { whyOf } from '../read/dry-run-words.ts'
import { type ExplainLanguage, explainLanguages } from '../read/explain-words.ts'
import { notFound } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, time } from '../times.ts'

const liveness = z.enum(['no', 'part', 'all']).describe('How much of the shop is written to')

const row = z.object({
  register: z.string(),
  title: z.string(),
  listings: z.array(z.string()),
  change: z.enum(dryRunChanges),
  isWritten: z.boolean(),
  nowUnits: z.int().nullable().describe('As its shelf was read last'),
  wantedUnits: z.int().nullable(),
  viaUnits: z.int().nullable().describe('Shown for a moment in between, where a shop takes absolute numbers only'),
  why: z.string(),
  components: z.array(
    z.object({
      sku: z.string(),
      unitsPerSale: z.int(),
      onHand: z.int(),
      reserved: z.int(),
      safetyUnits: z.int(),
      allowanceUnits: z.int(),
      heldForOthers: z.int().describe('What the other counters may still sell'),
    }),
  ),
})

const dryRunView = z.object({
  account: z.string(),
  at: time,
  live: liveness,
  totals: z.record(z.enum(dryRunChanges), z.int()),
  writes: z.int().describe('Counters that would be written'),
  nowUnits: z.int().describe('What the counters that would be written show now, together'),
  wantedUnits: z.int(),
  items: z.array(row).describe('The riskiest first'),
})

const viewOf = (one: DryRunRow, language: ExplainLanguage): z.input<typeof row> => ({
  register: one.register,
  title: one.title,
  listings: [...one.listings],
  change: one.change,
  isWritten: isWritten(one),
  nowUnits: one.nowUnits,
  wantedUnits: one.wantedUnits,
  viaUnits: one.viaUnits,
  why: whyOf(one, language),
  components: one.terms.map((term) => ({ ...term })),
})

export function dryRunRoutes(deps: ApiDeps): Route[] {
  const { accounts, clock, store } = deps
  return [
    route({
      method: 'GET',
      path: '/accounts/:id/dry-run',
      summary: 'Every change that going live would make in a shop, the riskiest first; nothing is written',
      needs: 'read',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(10_000).default(200),
        lang: z.enum(explainLanguages).default('en'),
      }),
      answer: dryRunView,
      async handle({ params: { id }, query: { limit, lang } }) {
        const found = await accounts.get(id)
        if (!found) return notFound(`account ${id}`)
        const { totals, nowUnits, wantedUnits, rows } = await readDryRun(deps, asId(id))
        return {
          account: id,
          at: iso(clock.now()),
          live: await livenessOf(store.db, found),
          totals,
          writes: rows.filter(isWritten).length,
          nowUnits,
          wantedUnits,
          items: rows.slice(0, limit).map((one) => viewOf(one, lang)),
        }
      },
    }),
  ]
}
