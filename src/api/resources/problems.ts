/** Problems: what waits for a person, and the two things one can do about each. */

import { z } from 'zod'
import type { ApiDeps } from '../deps.ts'
import { judgeAgain } from '../judge-again.ts'
import { pageOf, pageQuery } from '../paging.ts'
import {
  meanings,
  type Problem,
  parseProblemId,
  problemKinds,
  readProblem,
  readProblems,
  type Verb,
} from '../read/problems.ts'
import { isRefusal, notFound, type Refusal, refuse } from '../refusal.ts'
import { replay } from '../replay.ts'
import { type Route, route } from '../route.ts'
import { iso, time } from '../times.ts'

const problem = z.object({
  id: z.string(),
  kind: z.enum(problemKinds),
  account: z.string(),
  subject: z.string(),
  reason: z.string(),
  since: time,
  meaning: z.string().describe('What it means for stock and orders'),
  verbs: z.array(z.enum(['retry', 'dismiss'])),
})

const done = z.object({
  id: z.string(),
  verb: z.enum(['retry', 'dismiss']),
  isSolved: z.boolean().describe('False when the same problem is there still'),
})

const impossible: Readonly<Record<Verb, string>> = {
  retry: 'is not something to try again',
  dismiss: 'cannot be dismissed',
}

const viewOf = (found: Problem): z.input<typeof problem> => ({
  ...found,
  since: iso(found.since),
  meaning: meanings[found.meaning],
  verbs: [...found.verbs],
})

export function problemRoutes(deps: ApiDeps): Route[] {
  const { db } = deps.store
  const find = (id: string) => readProblem(db, deps.clock.now(), id)

  async function act(id: string, verb: Verb, work: () => Promise<Refusal | undefined>) {
    const found = await find(id)
    if (!found) return notFound(`problem ${id}; it may have been solved meanwhile`)
    if (!found.verbs.includes(verb)) return refuse(409, `This problem ${impossible[verb]}. ${meanings[found.meaning]}`)
    const trouble = await work()
    if (trouble) return trouble
    deps.engine.wake()
    await deps.engine.ledger.sweep()
    await deps.engine.planner.sweep()
    return { id, verb, isSolved: (await find(id)) === undefined }
  }

  return [
    route({
      method: 'GET',
      path: '/problems',
      summary: 'List what waits for a person',
      needs: 'read',
      query: pageQuery,
      answer: pageOf(problem),
      async handle({ query }) {
        const { items, next } = await readProblems(db, deps.clock.now(), query)
        return { items: items.map(viewOf), next }
      },
    }),
    route({
      method: 'GET',
      path: '/problems/:id',
      summary: 'Show one problem',
      needs: 'read',
      answer: problem,
      async handle({ params: { id } }) {
        const found = await find(id)
        return found ? viewOf(found) : notFound(`problem ${id}`)
      },
    }),
    route({
      method: 'POST',
      path: '/problems/:id/retry',
      summary: 'Try again now',
      needs: 'work',
      answer: done,
      handle: ({ params: { id } }) => act(id, 'retry', () => retry(deps, id)),
    }),
    route({
      method: 'POST',
      path: '/problems/:id/dismiss',
      summary: 'Leave it as it is; something newer may still replace it',
      needs: 'work',
      answer: done,
      handle: ({ params: { id } }) => act(id, 'dismiss', () => dismiss(deps, id)),
    }),
  ]
}

/** An order needs no more than the sweep that follows. */
async function retry(deps: ApiDeps, id: string): Promise<Refusal | undefined> {
  const ref = parseProblemId(id)
  const now = deps.clock.now()
  switch (ref?.kind) {
    case 'receipt':
      await deps.store.db
        .updateTable('receipt')
        .set({ state: 'due', attempts: 0, due_at: now, reason: null, updated_at: now })
        .where('account', '=', ref.account)
        .where('kind', '=', ref.of)
        .where('subject', '=', ref.subject)
        .where('state', '=', 'parked')
        .execute()
      if (ref.of === 'tracking') await judgeAgain(deps, ref.subject)
      return undefined
    case 'delivery': {
      const replayed = await replay(deps, ref.delivery)
      return isRefusal(replayed) ? replayed : undefined
    }
    case 'account':
      await deps.accounts.change(ref.account, { state: 'active', reason: null })
      return undefined
    default:
      return undefined
  }
}

async function dismiss({ accounts, store: { db }, clock }: ApiDeps, id: string): Promise<Refusal | undefined> {
  const ref = parseProblemId(id)
  if (ref?.kind === 'account') await accounts.change(ref.account, { reason: null })
  const now = clock.now()
  if (ref?.kind === 'receipt')
    await db
      .updateTable('receipt')
      .set({ state: 'dismissed', updated_at: now })
      .where('account', '=', ref.account)
      .where('kind', '=', ref.of)
      .where('subject', '=', ref.subject)
      .where('state', '=', 'parked')
      .execute()
  if (ref?.kind === 'delivery')
    await db
      .updateTable('reading_receipt')
      .set({ outcome: 'dismissed', at: now })
      .where('delivery', '=', ref.delivery)
      .where('outcome', '=', 'parked')
      .execute()
  return undefined
}
