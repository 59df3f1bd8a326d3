/** The way into the API: dark mode, the host's limit, routing, authentication, then the handler; every request is counted. */

import { Hono } from 'hono'
import { checkRights, createAuth } from './auth.ts'
import { type Answer, trim } from './lists.ts'
import type { ApiKey } from './options.ts'
import { readQuery } from './query.ts'
import { noRoute, RestError } from './rest-error.ts'
import { type Call, type Handler, isVerb, type Route } from './route.ts'
import type { State } from './state.ts'
import { type Fields, fieldsOf, phpBool } from './values.ts'

export interface Door {
  readonly app: Hono
  dark: boolean
  readonly counts: { calls: number; throttled: number; stockWrites: number; darkened: number }
}

const prefix = '/wp-json'

const htmlPage = (status: number, title: string, retryAfterSeconds: number) =>
  new Response(`<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`, {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8', 'retry-after': String(retryAfterSeconds) },
  })

interface Compiled extends Route {
  readonly pattern: RegExp
}

function compile(route: Route): Compiled {
  const source = route.path.replaceAll(':id', '(\\d+)').replaceAll(':word', '([\\w-]+)')
  return { ...route, pattern: new RegExp(`^${source}/?$`) }
}

interface Match {
  readonly route: Compiled
  readonly handler: Handler
  readonly parts: readonly string[]
}

/** A known path with another verb is no route either: the API has no 405. */
function findRoute(routes: readonly Compiled[], path: string, verb: string): Match | undefined {
  for (const route of routes) {
    const match = route.pattern.exec(path)
    const handler = match && isVerb(verb) ? route.verbs[verb] : undefined
    if (match && handler) return { route, handler, parts: match.slice(1) }
  }
  return undefined
}

/** What somebody without a key is told. */
function strangers(verb: string, path: string): RestError {
  const isItem = /\/\d+\/?$/.test(path)
  const [code, text] = path.endsWith('/batch')
    ? ['batch', 'you are not allowed to batch manipulate this resource']
    : verb === 'GET'
      ? ['view', isItem ? 'you cannot view this resource' : 'you cannot list resources']
      : verb === 'DELETE'
        ? ['delete', 'you are not allowed to delete this resource']
        : isItem
          ? ['edit', 'you are not allowed to edit this resource']
          : ['create', 'you are not allowed to create resources']
  return new RestError(401, `woocommerce_rest_cannot_${code}`, `Sorry, ${text}.`)
}

interface Body {
  readonly fields: Fields
  readonly form: readonly (readonly [string, string])[]
  readonly isBroken: boolean
}

/** JSON needs its content type; forms are signed by OAuth; anything else is no body. */
async function readBody(request: Request): Promise<Body> {
  const empty = { fields: {}, form: [], isBroken: false }
  if (request.method === 'GET' || request.method === 'HEAD') return empty
  const type = request.headers.get('content-type') ?? ''
  const text = await request.text()
  if (text === '') return empty
  if (type.includes('application/x-www-form-urlencoded')) {
    const form = [...new URLSearchParams(text)]
    return { fields: Object.fromEntries(form), form, isBroken: false }
  }
  if (!/^application\/([\w!#$&\-^.+]+\+)?json/i.test(type)) return empty
  try {
    return { ...empty, fields: fieldsOf(JSON.parse(text)) }
  } catch {
    return { ...empty, isBroken: true }
  }
}

const badJson = () =>
  new RestError(400, 'rest_invalid_json', 'Invalid JSON body passed.', {
    status: 400,
    json_error_code: 4,
    json_error_message: 'Syntax error',
  })

/** `?_method=` and the override header work on POST, for hosts that block the other verbs. */
function verbOf(request: Request, override: string | undefined): string {
  if (request.method === 'HEAD') return 'GET'
  if (request.method !== 'POST') return request.method
  return (override ?? request.headers.get('x-http-method-override') ?? 'POST').toUpperCase()
}

/** A host's limit: so many requests in one second of the clock. */
function createLimit(state: State): () => boolean {
  let second = 0
  let used = 0
  return () => {
    const { requestsPerSecond } = state.options
    if (requestsPerSecond === undefined) return false
    const now = state.nowSeconds()
    used = now === second ? used + 1 : 1
    second = now
    return used > requestsPerSecond
  }
}

function jsonResponse(state: State, { status, body, headers }: Answer): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      link: `<${state.options.home}${prefix}/>; rel="https://api.w.org/"`,
      'cache-control': 'no-cache, must-revalidate, max-age=0, no-store, private',
      ...headers,
    },
  })
}

export function createDoor(state: State, routes: readonly Route[], keys: () => readonly ApiKey[]): Door {
  const compiled = routes.map(compile)
  const { requireTls, homeFromRequest, hidesHttps, stripsAuthorization, plainPermalinks } = state.options
  const home = () => state.options.home
  const identify = createAuth({ keys, requireTls, home, homeFromRequest, nowSeconds: state.nowSeconds })
  const isOverLimit = createLimit(state)

  async function handle(request: Request): Promise<Answer> {
    const url = new URL(request.url)
    const query = readQuery(url.search)
    const verb = verbOf(request, query.get('_method'))
    const path = url.pathname.slice(prefix.length + 1)
    const body = await readBody(request)
    const authorization = stripsAuthorization ? undefined : (request.headers.get('authorization') ?? undefined)
    if (hidesHttps) url.protocol = 'http:'
    const isShop = /^wc[/-]/.test(path)
    const key = isShop ? identify({ method: request.method, url, query, authorization, form: body.form }) : undefined
    if (key) checkRights(key, verb)
    const found = findRoute(compiled, path, verb)
    if (!found) throw noRoute()
    if (body.isBroken) throw badJson()
    const { parts, route, handler } = found
    const force = phpBool(query.get('force')) || phpBool(body.fields.force)
    const call: Call = { url, query, fields: body.fields, parts, force, id: (at) => Number(parts[at]) }
    if (!key && !(verb === 'GET' && route.isPublic?.(call))) throw strangers(verb, path)
    const answer = handler(call)
    return { ...answer, body: trim(answer.body, query.list('_fields')) }
  }

  const door: Door = { app: new Hono(), dark: false, counts: { calls: 0, throttled: 0, stockWrites: 0, darkened: 0 } }

  async function serve(request: Request): Promise<Response> {
    door.counts.calls++
    if (door.dark) {
      door.counts.darkened++
      return htmlPage(503, 'Briefly unavailable for scheduled maintenance.', state.options.darkRetryAfterSeconds)
    }
    if (isOverLimit()) {
      door.counts.throttled++
      return htmlPage(429, 'Too Many Requests', 1)
    }
    const before = state.stockChanges
    try {
      return jsonResponse(state, await handle(request))
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      return jsonResponse(state, { status: error.status, body: error.body() })
    } finally {
      if (state.stockChanges !== before) door.counts.stockWrites++
    }
  }

  if (plainPermalinks) {
    door.app.get('/', (c) => {
      const path = c.req.query('rest_route')
      if (path === undefined) return c.html('<!DOCTYPE html>\n<html><head><title>Shop</title></head></html>\n')
      return serve(new Request(new URL(`${prefix}${path}`, c.req.url)))
    })
    return door
  }
  door.app.all(`${prefix}/*`, (c) => serve(c.req.raw))
  door.app.all(prefix, (c) => serve(c.req.raw))
  return door
}
