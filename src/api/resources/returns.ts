/** Goods that buyers send back: what the shops tell of them, and what somebody found in the parcel. */

import { z } from 'zod'
import { type Inspection, judgeInspection, verdicts } from '../../ledger/returns.ts'
import type { ApiDeps } from '../deps.ts'
import { enter } from '../enter.ts'
import { beyond, paged, pageFields, pageOf } from '../paging.ts'
import { type ReturnView, viewReturns } from '../read/returns.ts'
import { isRefusal, notFound, type Refusal, refuse } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, time } from '../times.ts'

const verdict = z.enum(verdicts)

const returned = z.object({
  account: z.string(),
  return: z.string(),
  order: z.string(),
  orderName: z.string().nullable(),
  status: z.string().describe("The shop's own word"),
  reason: z.string().nullable().describe("The shop's own words; null where it gives none"),
  cause: z.string().describe('The reason in our words; `change_of_mind` is nobody’s fault and stays apart'),
  state: z
    .enum(['open', 'inspected', 'elsewhere'])
    .describe('`elsewhere` is never inspected here: the platform’s own warehouse, a copy, or no goods at all'),
  why: z.string().nullable().describe('Why it is not inspected here, or what an inspection does not do'),
  firstSeenAt: time,
  lines: z.array(
    z.object({
      line: z.string(),
      title: z.string().nullable(),
      units: z.int(),
      sellableUnits: z.int(),
      damagedUnits: z.int(),
      lostUnits: z.int(),
    }),
  ),
  inspections: z.array(
    z.object({
      line: z.string(),
      units: z.int(),
      verdict,
      by: z.string(),
      note: z.string(),
      at: time,
      delivery: z.string(),
    }),
  ),
})

const inspect = z.strictObject({
  lines: z
    .array(z.strictObject({ line: z.string().min(1), units: z.int().min(1).max(100_000), verdict }))
    .min(1)
    .max(200),
  note: z.string().trim().max(500).default('').describe('What was found, kept for good'),
  by: z.string().trim().min(1).max(60).optional().describe('Who looked, where that is not who asks'),
})

const inspected = z.object({ delivery: z.string(), return: returned })

const viewOf = ({ found, orderName, state, why, lines, inspections }: ReturnView): z.input<typeof returned> => ({
  account: found.account,
  return: found.return_id,
  order: found.order_id,
  orderName,
  status: found.status,
  reason: found.reason,
  cause: found.cause ?? 'other',
  state,
  why,
  firstSeenAt: iso(found.first_seen_at),
  lines: [...lines],
  inspections: inspections.map(({ line_id, units, verdict, made_by, note, at, delivery }) => ({
    line: line_id,
    units,
    verdict,
    by: made_by,
    note,
    at: iso(at),
    delivery,
  })),
})

export function returnRoutes(deps: ApiDeps): Route[] {
  const { store, engine, identity, log } = deps
  const { db } = store

  async function one(account: string, id: string): Promise<ReturnView | undefined> {
    const rows = await db
      .selectFrom('return_case')
      .selectAll()
      .where('account', '=', account)
      .where('return_id', '=', id)
      .execute()
    return (await viewReturns(db, rows))[0]
  }

  /** Somebody else may have inspected the same goods in between: then the entry was not posted. */
  async function refusedAfterAll(delivery: string): Promise<Refusal | undefined> {
    const receipt = await db
      .selectFrom('reading_receipt')
      .select(['outcome', 'reason'])
      .where('delivery', '=', delivery)
      .executeTakeFirst()
    return receipt?.outcome === 'parked' ? refuse(409, receipt.reason ?? 'It could not be posted.') : undefined
  }

  return [
    route({
      method: 'GET',
      path: '/returns',
      summary: 'List the returns, newest first, with what was inspected of them',
      needs: 'read',
      query: z.strictObject({ ...pageFields, account: z.string().optional(), order: z.string().optional() }),
      answer: pageOf(returned),
      async handle({ query: { limit, after, account, order } }) {
        const rows = await db
          .selectFrom('return_case')
          .selectAll()
          .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
          .$if(order !== undefined, (query) => query.where('order_id', '=', order ?? ''))
          .where(beyond(['first_seen_at desc', 'account', 'return_id'], after))
          .orderBy('first_seen_at', 'desc')
          .orderBy('account')
          .orderBy('return_id')
          .limit(limit + 1)
          .execute()
        const views = await viewReturns(db, rows)
        return paged(views, limit, ({ found }) => [found.first_seen_at, found.account, found.return_id], viewOf)
      },
    }),
    route({
      method: 'POST',
      path: '/returns/:account/:return/inspect',
      summary: 'Say what was found of the goods of a return: sellable ones are stock again',
      needs: 'stock',
      body: inspect,
      answer: inspected,
      async handle({ params, body, key, who }) {
        const named = `return ${params.return} of ${params.account}`
        if (!(await one(params.account, params.return))) return notFound(named)
        const by = body.by === undefined ? who.name : `${body.by} (entered by ${who.name})`
        const entry: Inspection = {
          kind: 'inspect',
          account: params.account,
          return: params.return,
          lines: body.lines,
          by,
          note: body.note,
        }
        const judged = await judgeInspection(db, entry)
        if (typeof judged === 'string') return refuse(409, `${judged} Nothing was changed.`)
        const delivery = await enter(deps, entry, key ?? store.newId())
        if (isRefusal(delivery)) return delivery
        const refused = await refusedAfterAll(delivery)
        if (refused) return refused
        const found = body.lines.map(({ line, units, verdict }) => `${units} × ${line}: ${verdict}`).join(', ')
        await identity.audit(db, {
          who,
          what: 'return.inspected',
          subject: `${params.account}/${params.return}`,
          detail: { found, by, note: body.note, delivery },
        })
        log.info('return inspected', { ...params, lines: body.lines.length, by, delivery })
        engine.wake()
        const after = await one(params.account, params.return)
        return after ? { delivery, return: viewOf(after) } : notFound(named)
      },
    }),
  ]
}
