/** Imports: a shop's listings and shelves are read in the background; who asked sees how far it is. */

import { z } from 'zod'
import { importOf, isUnderWay, progressOf } from '../../catalog/import-jobs.ts'
import { asId } from '../../domain.ts'
import type { Db } from '../../store/tables.ts'
import type { ApiDeps } from '../deps.ts'
import { notFound } from '../refusal.ts'
import { type Route, route } from '../route.ts'
import { iso, isoOrNull, time } from '../times.ts'

const view = z
  .object({
    state: z.enum(['listings', 'shelves', 'done', 'failed']).describe('What is read now, or how it ended'),
    progress: z
      .object({ phase: z.enum(['listings', 'shelves']), done: z.int(), total: z.int().nullable() })
      .describe('Counted, never guessed; `total` is null while the shop has not said how many there are'),
    listings: z.int().describe('In the books, those that the shop deleted left out'),
    linked: z.int(),
    registers: z.int().describe('Counters whose shelf has been seen'),
    startedAt: time,
    endedAt: time.nullable(),
    askedBy: z.string(),
    reason: z.string().nullable().describe('Why it failed; what was read until then is kept'),
  })
  .describe('An import: the one under way, or the last one')

type ImportView = z.input<typeof view>

/** Long enough for most shops, and shorter than any proxy's patience. */
const waitMsMax = 20_000

export function importRoutes(deps: ApiDeps): Route[] {
  const { accounts, engine, clock } = deps
  const { db } = deps.store

  return [
    route({
      method: 'POST',
      path: '/accounts/:id/import',
      summary:
        "Read the shop's listings and shelves into the books. Answers 200 when that is done within 20 seconds, else 202: it goes on, over restarts too. `wait=false` answers at once, `wait=true` when it is done",
      needs: 'work',
      query: z.strictObject({ wait: z.enum(['true', 'false']).optional() }),
      answer: view,
      statusOf: ({ state }) => (state === 'done' ? 200 : 202),
      async handle({ params: { id }, query: { wait }, who }) {
        if (!(await accounts.get(id))) return notFound(`account ${id}`)
        const { ended } = await engine.imports.begin(asId(id), who.name)
        if (wait === 'true') await ended
        else if (wait !== 'false') {
          const patience = new AbortController()
          await Promise.race([ended, clock.sleep(waitMsMax, patience.signal).catch(() => undefined)]).finally(() =>
            patience.abort(),
          )
        }
        return (await importView(db, id)) ?? notFound(`import of account ${id}`)
      },
    }),
    route({
      method: 'GET',
      path: '/accounts/:id/import',
      summary: 'How far the import of a shop is, or how the last one ended',
      needs: 'read',
      answer: view,
      handle: async ({ params: { id } }) =>
        (await importView(db, id)) ?? notFound(`import of account ${id}: nobody has asked for one yet`),
    }),
  ]
}

/** Undefined when nobody has ever asked for one. */
export async function importView(db: Db, account: string): Promise<ImportView | undefined> {
  const job = await importOf(db, account)
  if (!job) return undefined
  return {
    state: job.state,
    progress: isUnderWay(job) || job.shelves_at === null ? await progressOf(db, job) : await wholeOf(db, account),
    ...(await countsOf(db, account)),
    startedAt: iso(job.started_at),
    endedAt: isoOrNull(job.ended_at),
    askedBy: job.asked_by,
    reason: job.reason,
  }
}

/** Once it has ended, what is seen later is no progress of it. */
async function wholeOf(db: Db, account: string): Promise<ImportView['progress']> {
  const { registers } = await countsOf(db, account)
  return { phase: 'shelves', done: registers, total: registers }
}

async function countsOf(db: Db, account: string): Promise<Pick<ImportView, 'listings' | 'linked' | 'registers'>> {
  const listings = await db
    .selectFrom('listing')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account', '=', account)
    .where('state', '<>', 'deleted')
    .executeTakeFirstOrThrow()
  const linked = await db
    .selectFrom('link')
    .select((eb) => eb.fn.count<number>('listing').distinct().as('n'))
    .where('account', '=', account)
    .where('units', '>', 0)
    .executeTakeFirstOrThrow()
  const shelves = await db
    .selectFrom('shelf')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow()
  return { listings: Number(listings.n), linked: Number(linked.n), registers: Number(shelves.n) }
}
