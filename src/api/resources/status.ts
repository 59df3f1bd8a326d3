/** Status: one object that says whether everything is in sync. */

import { z } from 'zod'
import { schemaVersion } from '../../store/migrations.ts'
import type { ApiDeps } from '../deps.ts'
import { version } from '../openapi.ts'
import { countProblems, problemKinds } from '../read/problems.ts'
import { accountStatuses } from '../read/status.ts'
import { type Route, route } from '../route.ts'
import { iso, isoOrNull, time } from '../times.ts'

const latency = z
  .object({
    publications: z.int(),
    p50Ms: z.int().nullable(),
    p95Ms: z.int().nullable(),
    p99Ms: z.int().nullable(),
  })
  .describe("From a shop's event to the acknowledged number in this shop, over the last hour")

const status = z.object({
  version: z.string(),
  schema: z.int(),
  now: time,
  isStopping: z.boolean(),
  totals: z.object({
    accounts: z.int(),
    skus: z.int(),
    due: z.int(),
    parked: z.int(),
    problems: z.record(z.enum(problemKinds), z.int()),
    inboxWaiting: z.int(),
  }),
  accounts: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      platform: z.string(),
      state: z.enum(['active', 'paused', 'broken']),
      reason: z.string().nullable(),
      due: z.int(),
      parked: z.int(),
      oldestDueAt: time.nullable(),
      lastPollAt: time.nullable(),
      latency,
      orders: z.record(z.string(), z.int()).describe('How many orders are in each phase'),
      states: z.record(z.string(), z.int()).describe('How many orders are in each state'),
    }),
  ),
})

export function statusRoutes(deps: ApiDeps): Route[] {
  const { db } = deps.store
  return [
    route({
      method: 'GET',
      path: '/status',
      summary: 'Whether everything is in sync',
      needs: 'read',
      answer: status,
      async handle() {
        const accounts = await accountStatuses(db, await deps.accounts.list(), deps.clock.now())
        const skus = await db
          .selectFrom('sku')
          .select((eb) => eb.fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow()
        return {
          version,
          schema: schemaVersion,
          now: iso(deps.clock.now()),
          isStopping: deps.isStopping(),
          totals: {
            accounts: accounts.length,
            skus: Number(skus.n),
            due: accounts.reduce((sum, { due }) => sum + due, 0),
            parked: accounts.reduce((sum, { parked }) => sum + parked, 0),
            problems: await countProblems(db, deps.clock.now()),
            inboxWaiting: deps.engine.inbox.waiting(),
          },
          accounts: accounts.map((account) => ({
            ...account,
            oldestDueAt: isoOrNull(account.oldestDueAt),
            lastPollAt: isoOrNull(account.lastPollAt),
          })),
        }
      },
    }),
  ]
}
