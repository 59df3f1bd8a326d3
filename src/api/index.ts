/** The JSON API: every route of the table behind what it needs, described by its own document. */

import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { ChannelError } from '../errors.ts'
import { InboxFull } from '../ingress/inbox.ts'
import { reasonOf } from '../log.ts'
import { may, type Who } from '../users/roles.ts'
import { whoOf } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { createIdempotency, fingerprintOf, type Idempotency } from './idempotency.ts'
import { linksFile } from './links-file.ts'
import { openApiDocument } from './openapi.ts'
import { detailsOf, isRefusal, problemResponse, refuse } from './refusal.ts'
import { accessRoutes } from './resources/access.ts'
import { accountRoutes } from './resources/accounts.ts'
import { connectionRoutes } from './resources/connections.ts'
import { deliveryRoutes } from './resources/deliveries.ts'
import { driftRoutes } from './resources/drift.ts'
import { dryRunRoutes } from './resources/dry-run.ts'
import { exposureRoutes } from './resources/exposure.ts'
import { importRoutes } from './resources/import.ts'
import { listingRoutes } from './resources/listings.ts'
import { listingLinkRoutes } from './resources/listings-links.ts'
import { orderRoutes } from './resources/orders.ts'
import { problemRoutes } from './resources/problems.ts'
import { readinessRoutes } from './resources/readiness.ts'
import { reportRoutes } from './resources/reports.ts'
import { returnRoutes } from './resources/returns.ts'
import { ruleRoutes } from './resources/rules.ts'
import { shipmentRoutes } from './resources/shipments.ts'
import { skuRoutes } from './resources/skus.ts'
import { statusRoutes } from './resources/status.ts'
import { userRoutes } from './resources/users.ts'
import { vaultRoutes } from './resources/vault.ts'
import type { RawAsk, Route } from './route.ts'

export { createProbes } from './probes.ts'

interface Env {
  Variables: { who: Who }
}

const bodyBytesMax = 1024 * 1024
/** A file of links, as text in JSON. */
const fileBytesMax = 8 * bodyBytesMax

const limited = (maxSize: number, sentence: string) =>
  bodyLimit({ maxSize, onError: () => problemResponse(refuse(413, sentence)) })

/** Every route there is; each names what one needs to ask it. */
export const routesOf = (deps: ApiDeps): Route[] => [
  ...statusRoutes(deps),
  ...accountRoutes(deps),
  ...connectionRoutes(deps),
  ...importRoutes(deps),
  ...dryRunRoutes(deps),
  ...skuRoutes(deps),
  ...listingRoutes(deps),
  ...listingLinkRoutes(deps),
  ...readinessRoutes(deps),
  ...ruleRoutes(deps),
  ...exposureRoutes(deps),
  ...driftRoutes(deps),
  ...orderRoutes(deps),
  ...shipmentRoutes(deps),
  ...returnRoutes(deps),
  ...problemRoutes(deps),
  ...deliveryRoutes(deps),
  ...reportRoutes(deps),
  ...userRoutes(deps),
  ...accessRoutes(deps),
  ...vaultRoutes(deps),
]

/** Mount at `/api`. */
export function createApi(deps: ApiDeps): Hono<Env> {
  const routes = routesOf(deps)
  const document = openApiDocument(routes)
  const idempotency = createIdempotency(deps.store.db, deps.clock)
  const api = new Hono<Env>()

  api.onError((error) => failure(error, deps))
  api.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } }))
  api.get('/openapi.json', (c) => c.json(document))
  api.use(async (c, next) => {
    const who = await whoOf(c, deps)
    if (!who)
      return problemResponse(refuse(401, 'Send a token as `Authorization: Bearer …`.'), {
        'www-authenticate': 'Bearer realm="onhand"',
      })
    c.set('who', who)
    await next()
  })
  api.use('/listings/csv', limited(fileBytesMax, 'A file may have 8 MiB at most.'))
  const small = limited(bodyBytesMax, 'A request may have 1 MiB at most.')
  api.use((c, next) => (c.req.path.endsWith('/listings/csv') ? next() : small(c, next)))
  api.get('/listings.csv', async (c) =>
    may(c.get('who'), 'read')
      ? linksFile(deps, c.req.query())
      : problemResponse(refuse(403, 'It needs the permission `read`.')),
  )
  for (const route of routes) api.on(route.method, route.path, (c) => answer(route, c, idempotency))
  api.all('*', (c) => problemResponse(refuse(404, `Nothing answers ${c.req.method} ${c.req.path}.`)))
  return api
}

async function answer(route: Route, c: Context<Env>, idempotency: Idempotency): Promise<Response> {
  const who = c.get('who')
  // The one place where permissions are asked.
  if (!may(who, route.needs))
    return problemResponse(refuse(403, `${who.name} may not do this: it needs the permission \`${route.needs}\`.`))
  const text = route.method === 'GET' ? '' : await c.req.text()
  const body = text.trim() === '' ? { ok: true as const, value: undefined } : readJson(text)
  if (!body.ok) return problemResponse(refuse(400, 'The body is not JSON.'))
  const key = route.method === 'POST' ? c.req.header('idempotency-key') || undefined : undefined
  const raw: RawAsk = { params: c.req.param(), query: c.req.query(), body: body.value, key, who }
  if (key === undefined) return responseOf(await perform(route, raw))

  const claim = await idempotency.claim(
    key,
    fingerprintOf(route.method, `${c.req.url} ${who.id}`, route.isSecret ? '' : text),
  )
  if (claim.kind === 'refused') return problemResponse(claim.refusal)
  if (claim.kind === 'again') return responseOf(claim, { 'idempotency-replayed': 'true' })
  try {
    const done = await perform(route, raw)
    const kept = route.isSecret && done.status < 400 ? shownOnce : done
    await idempotency.keep(key, kept.status, kept.body)
    return responseOf(done)
  } catch (error) {
    await idempotency.release(key)
    throw error
  }
}

/** What a request that is sent again gets instead of a secret. */
const shownOnce: Done = {
  status: 409,
  body: JSON.stringify(
    detailsOf(
      refuse(
        409,
        'This was done already, and its secret was shown once. Look at the list; make a new one if it is lost.',
      ),
    ),
  ),
}

interface Done {
  readonly status: number
  readonly body: string
}

async function perform(route: Route, raw: RawAsk): Promise<Done> {
  const done = await route.run(raw)
  const body = isRefusal(done) ? detailsOf(done) : done.body
  return { status: done.status, body: JSON.stringify(body) }
}

const responseOf = ({ status, body }: Done, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(body, {
    status,
    headers: {
      'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
      'cache-control': 'no-store',
      ...headers,
    },
  })

function readJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false }
  }
}

/** What went wrong outside of a handler's own words. */
function failure(error: Error, { log }: ApiDeps): Response {
  if (error instanceof ChannelError)
    return problemResponse(refuse(502, `The shop answered: ${reasonOf(error)} Nothing else was changed; try again.`))
  if (error instanceof InboxFull) return problemResponse(refuse(503, error.message), { 'retry-after': '5' })
  log.error('api request failed', { reason: reasonOf(error) })
  return problemResponse(refuse(500, 'The log says more. What was asked may not have been done.'))
}
