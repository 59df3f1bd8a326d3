/** The JSON API: every route of the table behind the bearer token, described by its own document. */

import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ChannelError } from '../errors.ts'
import { InboxFull } from '../ingress/inbox.ts'
import { reasonOf } from '../log.ts'
import { isBearer } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { createIdempotency, fingerprintOf, type Idempotency } from './idempotency.ts'
import { openApiDocument } from './openapi.ts'
import { detailsOf, isRefusal, problemResponse, refuse } from './refusal.ts'
import { accountRoutes } from './resources/accounts.ts'
import { deliveryRoutes } from './resources/deliveries.ts'
import { listingRoutes } from './resources/listings.ts'
import { orderRoutes } from './resources/orders.ts'
import { problemRoutes } from './resources/problems.ts'
import { reportRoutes } from './resources/reports.ts'
import { shipmentRoutes } from './resources/shipments.ts'
import { skuRoutes } from './resources/skus.ts'
import { statusRoutes } from './resources/status.ts'
import type { RawAsk, Route } from './route.ts'

export { createProbes } from './probes.ts'

const bodyBytesMax = 1024 * 1024

const routesOf = (deps: ApiDeps): Route[] => [
  ...statusRoutes(deps),
  ...accountRoutes(deps),
  ...skuRoutes(deps),
  ...listingRoutes(deps),
  ...orderRoutes(deps),
  ...shipmentRoutes(deps),
  ...problemRoutes(deps),
  ...deliveryRoutes(deps),
  ...reportRoutes(deps),
]

/** Mount at `/api`. */
export function createApi(deps: ApiDeps): Hono {
  const routes = routesOf(deps)
  const document = openApiDocument(routes)
  const idempotency = createIdempotency(deps.store.db, deps.clock)
  const api = new Hono()

  api.onError((error) => failure(error, deps))
  api.get('/openapi.json', (c) => c.json(document))
  api.use(async (c, next) => {
    if (isBearer(c.req.header('authorization'), deps.adminToken)) return await next()
    return problemResponse(refuse(401, 'Send the admin token as `Authorization: Bearer …`.'), {
      'www-authenticate': 'Bearer realm="onhand"',
    })
  })
  api.use(
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: () => problemResponse(refuse(413, 'A request may have 1 MiB at most.')),
    }),
  )
  for (const route of routes) api.on(route.method, route.path, (c) => answer(route, c, idempotency))
  api.all('*', (c) => problemResponse(refuse(404, `Nothing answers ${c.req.method} ${c.req.path}.`)))
  return api
}

async function answer(route: Route, c: Context, idempotency: Idempotency): Promise<Response> {
  const text = route.method === 'GET' ? '' : await c.req.text()
  const body = text.trim() === '' ? { ok: true as const, value: undefined } : readJson(text)
  if (!body.ok) return problemResponse(refuse(400, 'The body is not JSON.'))
  const key = route.method === 'POST' ? c.req.header('idempotency-key') || undefined : undefined
  const raw: RawAsk = { params: c.req.param(), query: c.req.query(), body: body.value, key }
  if (key === undefined) return responseOf(await perform(route, raw))

  const claim = await idempotency.claim(key, fingerprintOf(route.method, c.req.url, text))
  if (claim.kind === 'refused') return problemResponse(claim.refusal)
  if (claim.kind === 'again') return responseOf(claim, { 'idempotency-replayed': 'true' })
  try {
    const done = await perform(route, raw)
    await idempotency.keep(key, done.status, done.body)
    return responseOf(done)
  } catch (error) {
    await idempotency.release(key)
    throw error
  }
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
