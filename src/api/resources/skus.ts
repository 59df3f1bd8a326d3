/** Skus: what is counted, changing the count, and why the shops show what they show. */

import { z } from 'zod'
import { addSku, setSafetyStock } from '../../catalog/skus.ts'
import { asId } from '../../domain.ts'
import type { ManualEntry } from '../../ledger/manual.ts'
import type { Who } from '../../users/roles.ts'
import type { ApiDeps } from '../deps.ts'
import { enter } from '../enter.ts'
import { paged, pageOf, pageQuery } from '../paging.ts'
import { explain, explanation } from '../read/explain.ts'
import { explainLanguages } from '../read/explain-words.ts'
import { balanceOf, readSkus, type SkuView } from '../read/skus.ts'
import { isRefusal, notFound, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, moment, time } from '../times.ts'

const unitsAt = z.object({ units: z.int(), at: time })

const listing = z.object({
  account: z.string(),
  listing: z.string(),
  title: z.string(),
  state: z.string(),
  counting: z.string(),
  unitsPerSale: z.int(),
  register: z.string().nullable(),
  believedUnits: z.int().nullable().describe('What the shop should be showing; null until it was looked at'),
  shelf: unitsAt.nullable().describe('What it showed when it was last looked at'),
  lastTold: unitsAt.nullable().describe('What it was last told and acknowledged'),
  targetUnits: z.int().nullable().describe('What it should come to show'),
})

const sku = z.object({
  sku: z.string(),
  title: z.string(),
  gtin: z.string().nullable(),
  safetyUnits: z.int(),
  onHand: z.int(),
  reserved: z.int(),
  available: z.int(),
  createdAt: time,
  listings: z.array(listing),
})

const newSku = z.strictObject({
  sku: z.string().trim().min(1).max(200),
  title: z.string().min(1).max(500),
  gtin: z
    .string()
    .regex(/^\d{8,14}$/, 'must be 8 to 14 digits')
    .optional(),
  safetyUnits: z.int().min(0).max(1_000_000).default(0),
})

const adjustment = z.strictObject({
  kind: z.enum(['receive', 'adjust']).describe('`receive` adds what came in; `adjust` corrects the count up or down'),
  units: z.int().min(-1_000_000).max(1_000_000),
  reason: z.string().max(500).default(''),
})

const adjusted = z.object({
  delivery: z.string(),
  sku: z.string(),
  onHand: z.int(),
  reserved: z.int(),
  available: z.int(),
})

function viewOf({ listings, createdAt, ...rest }: SkuView): z.input<typeof sku> {
  const told = (value: { units: number; at: number } | null) => value && { units: value.units, at: iso(value.at) }
  return {
    ...rest,
    createdAt: iso(createdAt),
    listings: listings.map((one) => ({ ...one, shelf: told(one.shelf), lastTold: told(one.lastTold) })),
  }
}

export function skuRoutes(deps: ApiDeps): Route[] {
  const { store, clock, engine } = deps
  const { db } = store

  const safetyBy = (who: Who) => ({ now: clock.now(), newId: store.newId, by: who.name })

  async function one(code: string) {
    const [found] = await readSkus(db, { sku: code, limit: 1 })
    return found ? viewOf(found) : notFound(`sku ${code}`)
  }

  return [
    route({
      method: 'POST',
      path: '/skus',
      summary: 'Add a sku, with nothing on hand',
      needs: 'catalogue',
      body: newSku,
      answer: sku,
      status: 201,
      async handle({ body: { safetyUnits, ...body }, who }) {
        const isNew = await store.transaction(async (tx) => {
          const id = asId<'sku'>(body.sku)
          if (!(await addSku(tx, { ...body, sku: id }, clock.now()))) return false
          if (safetyUnits > 0) await setSafetyStock(tx, id, safetyUnits, safetyBy(who))
          return true
        })
        return isNew ? await one(body.sku) : refuse(409, `There is a sku ${body.sku} already; nothing was changed.`)
      },
    }),
    route({
      method: 'GET',
      path: '/skus',
      summary: 'List the skus with their balance and what each shop shows',
      needs: 'read',
      query: pageQuery,
      answer: pageOf(sku),
      async handle({ query: { limit, after } }) {
        const rows = await readSkus(db, { after, limit: limit + 1 })
        return paged(rows, limit, (row) => [row.sku], viewOf)
      },
    }),
    route({
      method: 'GET',
      path: '/skus/:sku',
      summary: 'Show one sku with its balance and what each shop shows',
      needs: 'read',
      answer: sku,
      handle: ({ params }) => one(params.sku),
    }),
    route({
      method: 'PATCH',
      path: '/skus/:sku',
      summary: 'Set the units that are never offered anywhere',
      needs: 'stock',
      body: z.strictObject({ safetyUnits: z.int().min(0).max(1_000_000) }),
      answer: sku,
      async handle({ params, body, who }) {
        const id = asId<'sku'>(params.sku)
        const isKnown = await store.transaction((tx) => setSafetyStock(tx, id, body.safetyUnits, safetyBy(who)))
        if (!isKnown) return notFound(`sku ${params.sku}`)
        engine.wake([id])
        return await one(params.sku)
      },
    }),
    route({
      method: 'POST',
      path: '/skus/:sku/adjust',
      summary: 'Receive stock, or correct the count',
      needs: 'stock',
      body: adjustment,
      answer: adjusted,
      async handle({ params, body, key }) {
        if (!(await balanceOf(db, params.sku))) return notFound(`sku ${params.sku}`)
        if (body.kind === 'receive' && body.units < 1)
          return refuse(422, 'What came in is at least one unit; use `adjust` to take units away.', [
            { field: 'units', reason: 'must be 1 or more' },
          ])
        const entry: ManualEntry = { ...body, sku: params.sku }
        const delivery = await enter(deps, entry, key ?? store.newId())
        if (isRefusal(delivery)) return delivery
        const after = await balanceOf(db, params.sku)
        return after ? { delivery, ...after } : notFound(`sku ${params.sku}`)
      },
    }),
    route({
      method: 'GET',
      path: '/skus/:sku/explain',
      summary: 'Why the shops show what they show, or showed at any instant: terms that add up',
      needs: 'read',
      query: z.strictObject({
        at: moment.optional().describe('At this instant; now when absent'),
        lang: z.enum(explainLanguages).default('en').describe('The language of the sentences'),
      }),
      answer: explanation,
      async handle({ params, query }) {
        const now = clock.now()
        const at = query.at === undefined ? now : Date.parse(query.at)
        if (at > now)
          return refuse(422, 'Only what was can be explained, not what will be.', [
            { field: 'at', reason: 'is in the future' },
          ])
        const [found] = await readSkus(db, { sku: params.sku, limit: 1 })
        if (!found) return notFound(`sku ${params.sku}`)
        if (at < found.createdAt)
          return notFound(`sku ${params.sku} at ${iso(at)}: it was added at ${iso(found.createdAt)}`)
        return await explain(db, { sku: params.sku, at, isPast: query.at !== undefined, language: query.lang })
      },
    }),
  ]
}
