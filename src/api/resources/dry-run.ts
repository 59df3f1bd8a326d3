/** Going live: what it would change in a shop, row by row, and the word that lets it happen. */

import { z } from 'zod'
import { asId } from '../../domain.ts'
import { type DryRunRow, dryRunChanges, isWritten } from '../../planner/dry-run.ts'
import type { ApiDeps } from '../deps.ts'
import { goLive } from '../go-live.ts'
import { paged, pageOf, pageQuery } from '../paging.ts'
import { livenessOf, readDryRun } from '../read/dry-run.ts'
import { whyOf } from '../read/dry-run-words.ts'
import { type ExplainLanguage, explainLanguages } from '../read/explain-words.ts'
import { isRefusal, notFound } from '../refusal.ts'
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

const names = z.array(z.string().min(1).max(500)).min(1).max(500)

const part = z
  .strictObject({
    listings: names.optional().describe('Only these listings; those with the same counter come along'),
    skus: names.optional().describe('Only the listings that sell one of these'),
  })
  .default({})

const wentLive = z.object({
  account: z.string(),
  live: liveness,
  listings: z.array(z.string()).describe('Written to from now on by this word'),
  keptRegisters: z.int().describe('Counters whose shelf was kept as it was; one kept before keeps its first number'),
})

const keptShelf = z.object({
  register: z.string(),
  units: z.int().describe('What it showed when it went live'),
  nowUnits: z.int().nullable().describe('What it showed when it was read last'),
  readAt: time,
  keptAt: time,
  keptBy: z.string(),
})

const keptShelfOf = (kept: {
  register: string
  units: number
  read_at: number
  kept_at: number
  kept_by: string
  available_units: number | null
}): z.input<typeof keptShelf> => ({
  register: kept.register,
  units: kept.units,
  nowUnits: kept.available_units,
  readAt: iso(kept.read_at),
  keptAt: iso(kept.kept_at),
  keptBy: kept.kept_by,
})

export function dryRunRoutes(deps: ApiDeps): Route[] {
  const { accounts, clock, store } = deps
  return [
    route({
      method: 'POST',
      path: '/accounts/:id/go-live',
      summary: 'Let a shop, or a part of it, be written to; its shelf as it was is kept first',
      needs: 'shops',
      body: part,
      answer: wentLive,
      async handle({ params: { id }, body, who }) {
        const done = await goLive(deps, who, id, body)
        return isRefusal(done) ? done : { account: id, ...done, listings: [...done.listings] }
      },
    }),
    route({
      method: 'GET',
      path: '/accounts/:id/kept-shelf',
      summary: 'What every counter of a shop showed before it went live, next to what it shows now',
      needs: 'read',
      query: pageQuery,
      answer: pageOf(keptShelf),
      async handle({ params: { id }, query: { limit, after } }) {
        if (!(await accounts.get(id))) return notFound(`account ${id}`)
        const rows = await store.db
          .selectFrom('shelf_snapshot as kept')
          .leftJoin('shelf', (join) =>
            join.onRef('shelf.account', '=', 'kept.account').onRef('shelf.register', '=', 'kept.register'),
          )
          .select(['kept.register', 'kept.units', 'kept.read_at', 'kept.kept_at', 'kept.kept_by'])
          .select('shelf.available_units')
          .where('kept.account', '=', id)
          .where('kept.register', '>', String(after?.[0] ?? ''))
          .orderBy('kept.register')
          .limit(limit + 1)
          .execute()
        return paged(rows, limit, ({ register }) => [register], keptShelfOf)
      },
    }),
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
