/** What machines ask: is it alive, may it get traffic, and its numbers for Prometheus. */

import { Hono } from 'hono'
import { reasonOf } from '../log.ts'
import { idFloor } from '../store/index.ts'
import { schemaVersion } from '../store/migrations.ts'
import { may } from '../users/roles.ts'
import { isLocal, whoOf } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { readExposure } from './read/exposure.ts'
import { workByAccount } from './read/status.ts'
import { problemResponse, refuse } from './refusal.ts'

/** Mount at `/`: `/health`, `/ready`, `/metrics`. */
export function createProbes(deps: ApiDeps): Hono {
  const app = new Hono()
  const countPublications = createPublicationCount(deps)
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.get('/ready', async (c) => {
    const trouble = await troubleOf(deps)
    return trouble ? problemResponse(refuse(503, trouble)) : c.json({ status: 'ready' })
  })
  app.get('/metrics', async (c) => {
    if (!isLocal(c)) {
      const who = await whoOf(c, deps)
      if (!who || !may(who, 'read'))
        return problemResponse(
          refuse(who ? 403 : 401, 'From another machine the numbers want a token with the scope `read`.'),
          {
            'www-authenticate': 'Bearer realm="onhand"',
          },
        )
    }
    await refreshGauges(deps)
    await countPublications()
    const { registry } = deps.metrics
    return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType })
  })
  return app
}

/** Why no traffic should come here; undefined when it may. */
async function troubleOf({ store, isStopping }: ApiDeps): Promise<string | undefined> {
  if (isStopping()) return 'Onhand is stopping.'
  try {
    const schema = await store.db.selectFrom('meta').select('value').where('name', '=', 'schema').executeTakeFirst()
    if (Number(schema?.value) === schemaVersion) return undefined
    return `The database has schema ${schema?.value ?? 'none'}, this program needs ${schemaVersion}.`
  } catch (error) {
    return `The database does not answer: ${reasonOf(error)}`
  }
}

/** Counts what was published since the last look. The books are where it stands, so no stage has to tell anybody. */
function createPublicationCount({ store, clock, metrics }: ApiDeps): () => Promise<void> {
  let upTo = idFloor(clock.now())
  return async () => {
    const rows = await store.db
      .selectFrom('publication')
      .select(['id', 'account', 'latency_ms'])
      .where('id', '>', upTo)
      .orderBy('id')
      .limit(publicationsMax)
      .execute()
    for (const { account, latency_ms } of rows)
      if (latency_ms !== null) metrics.publications.observe({ account }, latency_ms / 1000)
    upTo = rows.at(-1)?.id ?? upTo
  }
}

/** An hour between two scrapes at 25 publications a second. */
const publicationsMax = 100_000

async function refreshGauges(deps: ApiDeps): Promise<void> {
  const { metrics, accounts, engine } = deps
  const work = await workByAccount(deps.store.db)
  metrics.due.reset()
  metrics.parked.reset()
  metrics.throttled.reset()
  for (const { id } of await accounts.list()) {
    const mine = work.get(id)
    metrics.due.set({ account: id }, mine?.due ?? 0)
    metrics.parked.set({ account: id }, mine?.parked ?? 0)
    // An account whose channel cannot be opened is told by its state; its calls are none.
    const opened = await accounts.open(id).catch(() => undefined)
    metrics.throttled.set({ account: id }, opened?.pacer.throttledCalls ?? 0)
  }
  const { byPolicy } = await readExposure(deps.store.db, deps.clock.now(), 0)
  metrics.exposed.set({ policy: 'strict' }, byPolicy.strict)
  metrics.exposed.set({ policy: 'mirror' }, byPolicy.mirror)
  metrics.inboxWaiting.set(engine.inbox.waiting())
}
