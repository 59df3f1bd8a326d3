/** One signed request to TikTok Shop and what its envelope says; every refusal leaves here as a ChannelError. */

import type { ZodType } from 'zod'
import type { ChannelDeps, Urgency } from '../../src/channel.ts'
import type { Fetch } from '../../src/clock.ts'
import { ChannelError } from '../../src/errors.ts'
import { createHttp, type HttpAnswer } from '../http.ts'
import { parseJson } from '../json.ts'
import { isRefusedToken, refusal, restOfHourMs } from './errors.ts'
import { sign, wantsShopCipher } from './sign.ts'
import { createTokens } from './tokens.ts'
import { type Credentials, type Envelope, envelope } from './types.ts'

export interface ApiRequest<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Never empty: implementations differ on whether `{}` is signed, so it is not sent. */
  readonly body?: Readonly<Record<string, unknown>>
  readonly answer: ZodType<T>
  /** A second identical request does no harm. */
  readonly repeatable: boolean
  /** Absent: the caller has been admitted already. */
  readonly urgency?: Urgency
}

export interface ApiAnswer<T> {
  readonly data: T
  /** By our clock, when the request that was answered went out. */
  readonly startedAt: number
}

export interface Client {
  call<T>(request: ApiRequest<T>): Promise<ApiAnswer<T>>
}

type ClientDeps = Pick<ChannelDeps<Credentials>, 'fetch' | 'clock' | 'random' | 'pace' | 'secrets'>

export function createClient(deps: ClientDeps, origins: { readonly api: string; readonly auth: string }): Client {
  const http = createHttp({
    fetch: withHourlyLimit(deps.fetch, deps.clock.now),
    clock: deps.clock,
    random: deps.random,
    origins: [origins.api, origins.auth],
  })
  const tokens = createTokens({
    secrets: deps.secrets,
    http,
    clock: deps.clock,
    authOrigin: origins.auth,
    admit: () => deps.pace.admit(1, 'decrease'),
  })

  async function send(request: ApiRequest<unknown>, credentials: Credentials): Promise<HttpAnswer> {
    // A dropped connection is retried by the http door within a second or two, well inside the 5 minutes a signature lives.
    const signed = await signedRequest(request, credentials, origins.api, deps.clock.now())
    try {
      const answer = await http({ ...signed, repeatable: request.repeatable })
      return answer
    } catch (error) {
      if (error instanceof ChannelError && error.kind === 'throttled') deps.pace.throttled(error.retryAfterMs)
      throw error
    }
  }

  async function attempt(request: ApiRequest<unknown>, credentials: Credentials) {
    const startedAt = deps.clock.now()
    const answer = await send(request, credentials)
    return { startedAt, opened: openEnvelope(answer, request.repeatable), headers: answer.headers }
  }

  return {
    async call<T>(request: ApiRequest<T>): Promise<ApiAnswer<T>> {
      if (request.urgency) await deps.pace.admit(1, request.urgency)
      const first = await tokens.usable()
      let tried = await attempt(request, first)
      if (isRefusedToken(tried.opened.code, tried.opened.message ?? '')) {
        deps.pace.accepted()
        const renewed = await tokens.renewed(first.accessToken)
        await deps.pace.admit(1, request.urgency ?? 'decrease')
        tried = await attempt(request, renewed)
      }
      const { opened, startedAt } = tried
      if (opened.code !== 0) {
        const error = refusal(
          { code: opened.code, message: opened.message ?? '' },
          { repeatable: request.repeatable, now: deps.clock.now(), ...retryAfter(tried.headers) },
        )
        if (error.kind === 'throttled') deps.pace.throttled(error.retryAfterMs)
        else deps.pace.accepted()
        throw error
      }
      deps.pace.accepted()
      return { data: read(request, opened.data), startedAt }
    },
  }
}

function retryAfter(headers: Readonly<Record<string, string>>): { retryAfterMs?: number } {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
}

/** `data` may be `{}`, null or absent in a success. */
function read<T>(request: ApiRequest<T>, data: unknown): T {
  const parsed = request.answer.safeParse(data ?? {})
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  throw new ChannelError(
    request.repeatable ? 'transient' : 'unknownOutcome',
    `TikTok Shop answered ${request.path} in a shape that Onhand does not know (${where}).`,
  )
}

/** The envelope of an answer. Gateways in front of TikTok answer HTML or nothing: then the status decides. */
function openEnvelope(answer: HttpAnswer, repeatable: boolean): Envelope {
  let value: unknown
  try {
    value = parseJson(answer.text)
  } catch {
    value = undefined
  }
  const parsed = envelope.safeParse(value)
  if (parsed.success) return parsed.data
  const what = `TikTok Shop answered ${answer.status} without its usual envelope.`
  if (answer.status === 401) throw new ChannelError('auth', what)
  // A block page (403) is the platform protecting itself, and passes; nothing behind it has seen the request.
  if (answer.status === 403) throw new ChannelError('transient', what)
  if (answer.status >= 300) throw new ChannelError('rejected', what)
  throw new ChannelError(repeatable ? 'transient' : 'unknownOutcome', what)
}

/** Signed anew for every attempt: a signature is good for 5 minutes back and 30 seconds ahead. */
async function signedRequest(
  request: ApiRequest<unknown>,
  credentials: Credentials,
  origin: string,
  now: number,
): Promise<{ method: ApiRequest<unknown>['method']; url: string; headers: Record<string, string>; body?: string }> {
  const query: Record<string, string> = {
    ...request.query,
    app_key: credentials.appKey,
    timestamp: String(Math.floor(now / 1000)),
  }
  if (wantsShopCipher(request.method, request.path)) query.shop_cipher = credentials.shopCipher
  if (request.body && Object.keys(request.body).length === 0) throw new Error(`${request.path}: an empty body`)
  const body = request.body && JSON.stringify(request.body)
  const signable = { path: request.path, query, ...(body === undefined ? {} : { body }) }
  const url = new URL(request.path, origin)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  url.searchParams.set('sign', await sign(signable, credentials.appSecret))
  return {
    method: request.method,
    url: url.href,
    // TikTok's own SDK sends the content type on GET too.
    headers: { 'content-type': 'application/json', 'x-tts-access-token': credentials.accessToken },
    ...(body === undefined ? {} : { body }),
  }
}

/**
 * The hourly limit of development shops comes as HTTP 429 with its code in the body, which the http door does not open:
 * it is told as the `retry-after` that TikTok leaves out.
 */
function withHourlyLimit(fetch: Fetch, now: () => number): Fetch {
  return async (request) => {
    const response = await fetch(request)
    if (response.status !== 429 || response.headers.has('retry-after')) return response
    const text = await response.text()
    const headers = new Headers(response.headers)
    headers.delete('content-encoding')
    headers.delete('content-length')
    if (/"code"\s*:\s*36009037\b/.test(text)) headers.set('retry-after', String(Math.ceil(restOfHourMs(now()) / 1000)))
    return new Response(text, { status: response.status, headers })
  }
}
