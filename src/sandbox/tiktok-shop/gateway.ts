/** The door of the API: every check that a request passes before its path sees it, and the envelope of every answer. */

import { Hono } from 'hono'
import type { SandboxDeps } from '../shop.ts'
import type { Shop } from './model.ts'
import { createPatience } from './rate.ts'
import { Refusal, type RefusalName, refuse, refuseParameter } from './refusal.ts'
import type { Route } from './route.ts'
import { isSameSign, requestSign } from './signing.ts'
import type { Tokens } from './tokens.ts'

/** What a request may be behind and ahead of the server's time. */
const behindMaxS = 300
const aheadMaxS = 30

export interface Counts {
  calls: number
  throttled: number
  stockWrites: number
  darkened: number
}

export interface Gateway {
  readonly app: Hono
  setDark(dark: boolean): void
}

interface Incoming {
  readonly url: URL
  readonly query: ReadonlyMap<string, string>
  readonly headers: Headers
  readonly body: string
}

async function readRequest(request: Request): Promise<Incoming> {
  const url = new URL(request.url)
  return { url, query: new Map(url.searchParams), headers: request.headers, body: await request.text() }
}

function checkSignature(shop: Shop, now: number, { url, query, headers, body }: Incoming): void {
  if (query.get('app_key') !== shop.appKey) refuse('badAppKey')
  const timestamp = query.get('timestamp') ?? ''
  const behindS = now / 1000 - Number(timestamp)
  if (!/^\d{10}$/.test(timestamp) || behindS > behindMaxS || behindS < -aheadMaxS) refuse('badTimestamp')
  const sign = query.get('sign')
  if (!sign) refuse('missingSign')
  const contentType = headers.get('content-type') ?? ''
  const expected = requestSign(shop.appSecret, { path: url.pathname, query, contentType, body })
  // Implementations of the platform differ on whether `{}` is signed, so a client must never send it.
  if (!isSameSign(expected, sign) || body === '{}') refuse('badSign')
  if (body !== '' && !/^application\/json\s*(;|$)/i.test(contentType)) refuse('badBody')
}

function checkToken(tokens: Tokens, headers: Headers): void {
  const state = tokens.check(headers.get('x-tts-access-token') ?? '')
  if (state === 'expired') refuse('expiredToken')
  if (state === 'unknown') refuse('badToken')
}

function checkQuery(shop: Shop, route: Route, { url, query }: Incoming): void {
  const cipher = query.get('shop_cipher')
  if (!route.cipher && cipher !== undefined) refuse('unexpectedCipher')
  if (route.cipher && !cipher) refuse('missingCipher')
  if (route.cipher && cipher !== shop.cipher) refuse('badCipher')
  for (const name of query.keys())
    if (!common.has(name) && !route.query.includes(name)) refuseParameter(name, 'unknown query parameter.')
  if (url.searchParams.size !== query.size) refuseParameter('query', 'a parameter is there twice.')
}

const common = new Set(['app_key', 'timestamp', 'sign', 'shop_cipher', 'access_token'])

/** `{a}` matches one segment; the version is left open where asked. */
const pattern = (path: string, anyVersion: boolean) =>
  new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+').replace(/\/\d{6}\//, anyVersion ? '/\\d{6}/' : '$&')}$`)

function whyUnknown(routes: readonly Route[], path: string): RefusalName {
  if (routes.some((route) => pattern(route.path, false).test(path))) return 'noSuchMethod'
  if (routes.some((route) => pattern(route.path, true).test(path))) return 'noSuchVersion'
  return 'noSuchPath'
}

/** One segment of letters and digits; ids of the platform are nothing else. */
function paramsOf(params: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(params)) if (!/^\w+$/.test(value)) refuseParameter(name, 'not an id.')
  return params
}

export function createGateway(
  deps: SandboxDeps,
  parts: {
    readonly shop: Shop
    readonly tokens: Tokens
    readonly routes: readonly Route[]
    readonly authRoutes: readonly Route[]
    readonly counts: Counts
  },
): Gateway {
  const { shop, tokens, routes, authRoutes, counts } = parts
  const { clock } = deps
  const { options } = shop
  const patience = createPatience(clock, options.requestsPerSecond, options.sandboxPerHour)
  let dark = false
  let requests = 0

  const requestId = () =>
    new Date(clock.now()).toISOString().replace(/\D/g, '').slice(0, 14) +
    (++requests).toString(16).toUpperCase().padStart(20, '0')

  function envelope(code: number, message: string, data: unknown, status = 200): Response {
    const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' }
    if (status === 429 && options.sendRetryAfter) headers['retry-after'] = '1'
    return new Response(JSON.stringify({ code, data, message, request_id: requestId() }), { status, headers })
  }

  function refused(error: unknown): Response {
    if (!(error instanceof Refusal)) throw error
    const status = error.status === 'auth' ? options.refusedStatus : error.status
    if (status === 429) counts.throttled++
    return envelope(error.code, error.message, undefined, status)
  }

  async function answer(request: Request, work: (incoming: Incoming) => unknown): Promise<Response> {
    counts.calls++
    const incoming = await readRequest(request)
    if (dark) {
      counts.darkened++
      return new Response('Service Unavailable', { status: 503 })
    }
    shop.timeline.runDue(clock.now())
    try {
      return envelope(0, 'Success', (await work(incoming)) ?? {})
    } catch (error) {
      return refused(error)
    }
  }

  const app = new Hono()
  for (const route of routes)
    app.on(route.method, route.path.replace(/\{(\w+)\}/g, ':$1'), (c) =>
      answer(c.req.raw, (incoming) => {
        checkSignature(shop, clock.now(), incoming)
        checkToken(tokens, incoming.headers)
        const impatient = patience()
        if (impatient) refuse(impatient)
        checkQuery(shop, route, incoming)
        return route.answer({ params: paramsOf(c.req.param()), query: incoming.query, body: incoming.body })
      }),
    )
  for (const route of authRoutes)
    app.on(route.method, route.path, (c) =>
      answer(c.req.raw, ({ query, body }) => route.answer({ params: {}, query, body })),
    )
  app.notFound((c) => answer(c.req.raw, ({ url }) => refuse(whyUnknown(routes, url.pathname))))

  return {
    app,
    setDark(value) {
      dark = value
    },
  }
}
